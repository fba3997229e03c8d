import type { AlertRule } from '@github-repo-stats/shared/alert-rules';
import type { Run } from '@github-repo-stats/shared/documents';
import { rowOf } from '@github-repo-stats/shared/rows';
import { RUN_ID, runOf } from '@github-repo-stats/shared/run.fixture';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { raisedBy, type Alerts } from './alerts.ts';
import { alertWorld } from './alerts.fixture.ts';
import { openAlerts, raiseAlerts } from './raise-alerts.ts';
import { documentOf } from './rows.fixture.ts';

const RULES: AlertRule[] = [{ metric: 'stars', percent: 5, amount: 50, days: 7 }, { event: 'archived' }];
/** What a run saw of a repository: much more stars, no more, or nothing to compare with; or that it was archived. */
type Sight = 'more' | 'same' | 'unknown' | 'archived';
type Sights = Record<string, Sight>;

const run = (n: number, revision = 1, previous = n - 1): Run =>
  runOf({
    id: String(Number(RUN_ID) + n * 21_600),
    revision,
    compareTo: { previous: String(Number(RUN_ID) + previous * 21_600), d7: null, d30: null },
  });
const rowAs = (repo: string, sight: Sight) => {
  const stars = sight === 'more' ? 100 : 0;
  const d7 = sight === 'unknown' ? null : { stars, forks: 0, openIssues: 0, openPRs: 0 };
  const turned = sight === 'archived' ? ['archived' as const] : [];
  return rowOf({ ...documentOf(repo, { stars: 1000 }), change: { previous: null, d7, d30: null }, turned });
};

function world() {
  const w = alertWorld();
  const told = new Map<string, Alerts>();
  const raise = async (of: Run, sights: Sights, rules = RULES) => {
    const open = await openAlerts(of, rules, w.store);
    for (const [repo, sight] of Object.entries(sights)) open.watch?.row(rowAs(repo, sight));
    const before = told.get(`${of.id}.${of.revision}`) ?? told.get(`${of.id}.${of.revision - 1}`);
    return raiseAlerts(open, before, w.store);
  };
  return {
    ...w,
    raise,
    /** As a reporter does: tells, then keeps; again while somebody else wrote. */
    async told(of: Run, sights: Sights, rules?: AlertRule[]): Promise<string[]> {
      for (;;) {
        const { alerts, keep } = await raise(of, sights, rules);
        told.set(`${of.id}.${of.revision}`, alerts);
        if (await keep()) return namesOf(alerts, of.revision);
      }
    },
  };
}
const namesOf = (alerts: Alerts, ...revisions: number[]): string[] =>
  raisedBy(alerts, revisions)
    .first.map((a) => (a.kind === 'lostAccess' ? a.owner : a.repo))
    .toSorted();

describe('an alert', () => {
  it('is told once until its repository has recovered', async () => {
    const w = world();
    expect(await w.told(run(1), { 'o/a': 'more', 'o/b': 'same' })).toEqual(['o/a']);
    expect(await w.told(run(2), { 'o/a': 'more', 'o/b': 'more' })).toEqual(['o/b']);
    expect(await w.told(run(3), { 'o/a': 'same', 'o/b': 'more' })).toEqual([]);
    expect(await w.told(run(4), { 'o/a': 'more', 'o/b': 'more' })).toEqual(['o/a']);
  });

  it('stands while its repository cannot be compared, or is not there', async () => {
    const w = world();
    await w.told(run(1), { 'o/a': 'more' });
    await w.told(run(2), { 'o/a': 'unknown' });
    await w.told(run(3), {});
    expect(await w.told(run(4), { 'o/a': 'more' })).toEqual([]);
  });

  it('is told again by the same revision, and by no later one of the run', async () => {
    const w = world();
    for (let i = 0; i < 3; i++) expect(await w.told(run(1), { 'o/a': 'more' })).toEqual(['o/a']);
    expect(await w.told(run(1, 2), { 'o/a': 'more', 'o/b': 'more' })).toEqual(['o/b']);
    const { alerts } = await w.raise(run(1, 2), { 'o/a': 'more', 'o/b': 'more' });
    expect(alerts).toMatchObject({ total: 2, byRevision: { 1: 1, 2: 1 } });
    expect(namesOf(alerts, 1, 2)).toEqual(['o/a', 'o/b']);
  });

  it('is not raised by an older run that is collected again, which tells what it told', async () => {
    const w = world();
    await w.told(run(1), { 'o/a': 'more' });
    await w.told(run(2), { 'o/a': 'same', 'o/b': 'more' });
    const book = structuredClone(w.book());
    expect(await w.told(run(1), { 'o/a': 'more' })).toEqual(['o/a']);
    expect(await w.told(run(1, 2), { 'o/a': 'more', 'o/b': 'same', 'o/c': 'more' })).toEqual([]);
    expect(w.book()).toEqual(book);
    expect(await w.told(run(3), { 'o/a': 'same', 'o/b': 'more' })).toEqual([]);
  });

  it('about what became of a repository is told once, and anew when it becomes so again', async () => {
    const w = world();
    expect(await w.told(run(2), { 'o/a': 'archived' })).toEqual(['o/a']);
    // Compared with a run before the one that told it, as runs of another selection are.
    expect(await w.told(run(3, 1, 1), { 'o/a': 'archived' })).toEqual([]);
    expect(await w.told(run(4), {})).toEqual([]);
    expect(await w.told(run(5), { 'o/a': 'archived' })).toEqual(['o/a']);
  });

  it('about what became of a repository is forgotten after 45 days', async () => {
    const w = world();
    await w.told(run(1), { 'o/a': 'archived', 'o/b': 'more' });
    await w.told(run(1 + 45 * 4), {});
    expect(Object.keys(w.book())).toHaveLength(2);
    await w.told(run(2 + 45 * 4), {});
    expect(Object.keys(w.book())).toHaveLength(1);
  });

  it('of a rule that is no more is forgotten, and another limit is another rule', async () => {
    const w = world();
    await w.told(run(1), { 'o/a': 'more' });
    const other: AlertRule[] = [{ metric: 'stars', percent: 6, amount: 60, days: 7 }];
    expect(await w.told(run(2), { 'o/a': 'more' }, other)).toEqual(['o/a']);
    expect(await w.told(run(3), { 'o/a': 'more' })).toEqual(['o/a']);
  });

  it('is raised by no rule when there is none, and nothing is written', async () => {
    const w = world();
    expect(await w.told(run(1), { 'o/a': 'more' }, [])).toEqual([]);
    expect(w.documents.size).toBe(0);
  });

  it('is looked at anew when somebody else wrote meanwhile', async () => {
    const w = world();
    await w.told(run(1), { 'o/z': 'more' });
    w.beforeWrite.push(() => {
      for (const { document } of w.documents.values()) w.put(document);
    });
    expect(await w.told(run(2), { 'o/a': 'more', 'o/z': 'same' })).toEqual(['o/a']);
    expect(await w.told(run(3), { 'o/a': 'more', 'o/z': 'more' })).toEqual(['o/z']);
  });

  it('names the 20 gravest, and counts the rest', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`o/r${i}`, 'more' as const]));
    const { alerts } = await world().raise(run(1), { ...many, 'o/x': 'archived' });
    expect(alerts.total).toBe(31);
    expect(alerts.first).toHaveLength(20);
    expect(alerts.first[0]).toEqual({ kind: 'archived', repo: 'o/x', revision: 1 });
  });
});

describe('whatever dies and is done again', () => {
  const REPOS = ['o/a', 'o/b', 'o/c'];
  const sights = fc.record(
    Object.fromEntries(REPOS.map((repo) => [repo, fc.constantFrom<Sight>('more', 'same', 'unknown')])),
  );
  /** A run, how often its reporter dies at which write, and how often it is collected again. */
  const step = fc.record({
    sights: fc.array(sights, { minLength: 1, maxLength: 3 }),
    deaths: fc.array(fc.nat(4), { maxLength: 2 }),
  });

  it('each alert is told by just one revision until it has recovered', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        const w = world();
        const standing = new Set<string>();
        for (const [i, { sights: bySight, deaths }] of steps.entries())
          for (const [r, seen] of bySight.entries()) {
            const expected = REPOS.filter((repo) => seen[repo] === 'more' && !standing.has(repo));
            for (const repo of REPOS)
              if (seen[repo] === 'more') standing.add(repo);
              else if (seen[repo] === 'same') standing.delete(repo);
            const of = run(i + 1, r + 1);
            for (const write of r === 0 ? deaths : []) {
              w.beforeWrite.push(...Array.from({ length: write }, () => () => undefined), () => {
                throw new Error('died');
              });
              await w.told(of, seen).catch(() => undefined);
              w.beforeWrite.length = 0;
            }
            expect(await w.told(of, seen)).toEqual(expected);
            expect(await w.told(of, seen)).toEqual(expected);
          }
      }),
    ));
});
