import type { Plan, Source } from '@github-repo-stats/shared/documents';
import { describe, expect, it } from 'vitest';
import { comparePlans, type Listed } from './compare-plans.ts';
import { streamOf } from './reporter.fixture.ts';

type Repos = Plan['batches'][number]['repos'];
/** An owner's repositories by name; the id of each is its name unless said. */
const named = (owner: string, names: readonly string[], ids: Record<string, string> = {}): Repos =>
  names.map((name) => ({ nameWithOwner: `${owner}/${name}`, id: ids[name] ?? `R_${owner}_${name}` }));
const many = (n: number): string[] => Array.from({ length: n }, (_, i) => `r${i}`);

interface OwnerListed {
  owner: string;
  repos: Repos;
  exclude?: string[];
  /** Whether it was listed to its end. */
  resolved?: boolean;
}

/** A run that listed these owners, and single repositories without ids. */
function run(...owners: OwnerListed[]): Listed {
  const sources = owners.map(({ owner, exclude = [] }, i): Source => ({
    id: `source.s${i}`,
    runId: '1',
    type: 'source',
    sourceId: `s${i}`,
    what: { kind: 'owner', owner, exclude, individual: [] },
    failedCount: 0,
  }));
  const single: Source = {
    ...sources[0]!,
    sourceId: 'single',
    what: { kind: 'repositories', names: ['x/y'] },
  };
  const plans = [
    ...owners.map(({ repos }, i) => ({
      sourceId: `s${i}`,
      batches: [
        { batchId: 'b1', repos: repos.slice(0, 2) },
        { batchId: 'b2', repos: repos.slice(2) },
      ],
    })),
    { sourceId: 'single', batches: [{ batchId: 'b3', repos: [{ nameWithOwner: 'x/y' }] }] },
  ];
  const resolved = owners.flatMap(({ resolved: is = true }, i) => (is ? `s${i}` : []));
  return {
    sources: [...sources, single],
    resolved: new Set([...resolved, 'single']),
    plans: () => streamOf(plans),
  };
}

const acme = (names: readonly string[], more: Partial<OwnerListed> = {}): OwnerListed => ({
  owner: 'acme',
  repos: named('acme', names),
  ...more,
});

describe('what is new and what is gone', () => {
  it('is what one listing has and the other has not', async () => {
    const compared = await comparePlans(run(acme(['a', 'c', 'd'])), run(acme(['a', 'b', 'c'])));
    expect(compared).toEqual({
      new: { total: 1, first: ['acme/d'] },
      gone: { total: 1, first: ['acme/b'] },
      lostAccess: [],
      goneRepositories: [{ repoId: 'R_acme_b', repo: 'acme/b' }],
    });
  });

  it('is nothing when a repository has another name, or another owner that is collected too', async () => {
    const renamed = acme(['a', 'new'], { repos: named('acme', ['a', 'new'], { new: 'R_acme_b' }) });
    expect(await comparePlans(run(renamed), run(acme(['a', 'b'])))).toMatchObject({
      new: { total: 0 },
      gone: { total: 0 },
    });
    const moved = { owner: 'zoo', repos: named('zoo', ['b'], { b: 'R_acme_b' }) };
    const zoo = { owner: 'zoo', repos: named('zoo', []) };
    expect(await comparePlans(run(acme(['a']), moved), run(acme(['a', 'b']), zoo))).toMatchObject({
      new: { total: 0 },
      gone: { total: 0 },
    });
  });

  it.each([
    ['could not be listed to its end now', run(acme(['a'], { resolved: false })), run(acme(['a', 'b']))],
    ['could not be listed to its end then', run(acme(['a', 'b'])), run(acme(['a'], { resolved: false }))],
    ['is listed in another way', run(acme(['a'], { exclude: ['b'] })), run(acme(['a', 'b']))],
  ])('is not said of an owner that %s', async (_why, now, then) => {
    expect(await comparePlans(now, then)).toEqual({
      new: null,
      gone: null,
      lostAccess: [],
      goneRepositories: [],
    });
  });

  it('says nothing of an owner that only one of the runs collects', async () => {
    const zoo = { owner: 'zoo', repos: named('zoo', ['z']) };
    expect(await comparePlans(run(acme(['a']), zoo), run(acme(['a'])))).toMatchObject({ new: { total: 0 } });
    expect(await comparePlans(run(acme(['a'])), run(acme(['a']), zoo))).toMatchObject({ gone: { total: 0 } });
  });

  it('is access that was lost, named once, when more than a twentieth of an owner is gone at once', async () => {
    const zoo = (names: string[]): OwnerListed => ({ owner: 'zoo', repos: named('zoo', names) });
    const compared = await comparePlans(
      run(acme(many(90)), zoo(['a'])),
      run(acme(many(100)), zoo(['a', 'b'])),
    );
    expect(compared).toEqual({
      new: { total: 0, first: [] },
      gone: { total: 1, first: ['zoo/b'] },
      lostAccess: [{ owner: 'acme', gone: 10, of: 100 }],
      goneRepositories: [{ repoId: 'R_zoo_b', repo: 'zoo/b' }],
    });
  });

  it('is named up to fifty times, and counted beyond', async () => {
    const compared = await comparePlans(run(acme(many(2000))), run(acme([...many(2060)].toReversed())));
    expect(compared.gone).toMatchObject({ total: 60 });
    expect(compared.gone?.first).toHaveLength(50);
    expect(compared.goneRepositories).toHaveLength(60);
  });
});
