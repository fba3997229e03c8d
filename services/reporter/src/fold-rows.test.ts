import { mergeRows, type Row } from '@github-repo-stats/shared/rows';
import type { Change } from '@github-repo-stats/shared/trend';
import { describe, expect, it } from 'vitest';
import { foldRows } from './fold-rows.ts';
import { streamOf } from './reporter.fixture.ts';

const NOTHING: Change = { previous: null, d7: null, d30: null };
const changed = (stars: number): Change => ({
  ...NOTHING,
  d7: { stars, forks: null, openIssues: 0, openPRs: 0 },
});
let next = 0;
const row = (repo: string, more: Partial<Row> = {}): Row => ({
  repo,
  repoId: `R_${next++}`,
  stars: 10,
  forks: 1,
  openIssues: 2,
  closedIssues: 3,
  openPRs: 4,
  closedPRs: 5,
  mergedPRs: 6,
  isArchived: false,
  isTemplate: false,
  isFork: false,
  visibility: 'PUBLIC',
  language: null,
  createdAt: 0,
  pushedAt: null,
  collectedAt: 1,
  change: NOTHING,
  done: null,
  turned: [],
  ...more,
});
/** As they stand in documents of some repositories each. */
function fold(rows: Row[], size = 7) {
  const documents = [];
  for (let i = 0; i < rows.length; i += size)
    documents.push(mergeRows(undefined, { runId: '1', batchId: `b${i}` }, rows.slice(i, i + size), 60)!);
  return foldRows(streamOf(documents));
}

describe('folding the rows of a run', () => {
  it('adds up all of them and those of each owner, whatever the case of the owner’s name', async () => {
    const folded = await fold([row('acme/a'), row('Acme/b', { isArchived: true, stars: 5 }), row('zoo/c')]);
    const one = {
      stars: 10,
      forks: 1,
      openIssues: 2,
      closedIssues: 3,
      openPRs: 4,
      closedPRs: 5,
      mergedPRs: 6,
    };
    expect(folded?.totals).toMatchObject({ repositories: 3, archived: 1, stars: 25, mergedPRs: 18 });
    expect(folded?.orgs.map(({ owner, totals }) => [owner, totals.repositories])).toEqual([
      ['acme', 2],
      ['zoo', 1],
    ]);
    expect(folded?.orgs[1]?.totals).toEqual({ repositories: 1, archived: 0, ...one });
    expect(folded?.orgsTotal).toBe(2);
  });

  it('knows nothing without rows, which is not zero', async () => {
    expect(await fold([])).toBeUndefined();
  });

  it('adds up changes of those that can be compared, and says how many they are', async () => {
    const folded = await fold([
      row('a/a', { change: changed(3) }),
      row('a/b', { change: changed(-1) }),
      row('a/c'),
    ]);
    expect(folded?.change).toEqual({
      previous: null,
      d7: { repositories: 2, stars: 2, forks: 0, openIssues: 0, openPRs: 0 },
      d30: null,
    });
    expect(folded?.orgs[0]?.change).toEqual(folded?.change);
  });

  it('names ten movers each way, the furthest first, and none that stood still', async () => {
    const rows = Array.from({ length: 41 }, (_, i) => row(`a/r${i}`, { change: changed(i - 20) }));
    const folded = await fold(
      rows.toSorted((a, b) => a.repoId.length - b.repoId.length || (a.repo < b.repo ? 1 : -1)),
    );
    const { up, down } = folded!.movers.stars.d7;
    expect(up.map((m) => m.by)).toEqual([20, 19, 18, 17, 16, 15, 14, 13, 12, 11]);
    expect(down.map((m) => m.by)).toEqual([-20, -19, -18, -17, -16, -15, -14, -13, -12, -11]);
    expect(up[0]).toEqual({ repo: 'a/r40', now: 10, by: 20 });
    expect(folded!.movers.openIssues.d7).toEqual({ up: [], down: [] });
    expect(folded!.movers.stars.previous).toEqual({ up: [], down: [] });
  });

  it('names what turned, up to fifty, and counts the rest', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => row(`a/r${i}`, { turned: ['archived'] }));
    const folded = await fold([...rows, row('a/shown', { turned: ['published'] })]);
    expect(folded?.turned.archived.total).toBe(60);
    expect(folded?.turned.archived.first).toHaveLength(50);
    expect(folded?.turned.published).toEqual({ total: 1, first: ['a/shown'] });
    expect(folded?.turned.hidden).toEqual({ total: 0, first: [] });
  });

  it('tells of a hundred owners, the largest, and counts the rest', async () => {
    const rows = Array.from({ length: 150 }, (_, i) => [
      row(`o${i}/a`),
      ...(i === 120 ? [row(`o${i}/b`)] : []),
    ]);
    const folded = await fold(rows.flat());
    expect(folded?.orgs).toHaveLength(100);
    expect(folded?.orgs[0]?.owner).toBe('o120');
    expect(folded?.orgsTotal).toBe(150);
  });
});
