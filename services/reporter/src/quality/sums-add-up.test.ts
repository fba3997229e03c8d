import { runOf } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { addTo, noChange, noTotals } from '../fold-rows.ts';
import { earlierOf, NO_EARLIER, rowWith, times } from './quality.fixture.ts';
import { SumsAddUp } from './sums-add-up.ts';

const rows = [
  ...times(9, (i) => rowWith(`o/${i}`, { previous: { stars: 8 } })),
  rowWith('o/new', { previous: null }),
];
const run = runOf({
  totalPlanned: 12,
  totalReceived: 11,
  totalCreatedCount: 10,
  totalFailedCount: 1,
  totalDuplicateCount: 1,
});

function folded() {
  const all = { totals: noTotals(), change: noChange() };
  for (const row of rows) addTo(all, row);
  return { ...all, orgs: [{ owner: 'o', ...structuredClone(all) }], orgsTotal: 1 };
}
function found(given = run, told = folded(), earlier = NO_EARLIER) {
  const check = new SumsAddUp();
  for (const row of rows) check.row(row);
  return check.finding(given, told, earlier);
}
/** What the nine had before. */
const then = {
  stars: 9 * 3370,
  forks: 9 * 1048,
  openIssues: 9 * 46,
  closedIssues: 9 * 455,
  openPRs: 9 * 13,
  closedPRs: 9 * 150,
  mergedPRs: 9 * 598,
};
const before = (more: Partial<typeof then> = {}, revision = 1) => {
  const earlier = earlierOf({ o: 9 });
  const totals = { ...earlier.previous!.totals!, ...then, ...more };
  return { ...earlier, previous: { ...earlier.previous!, revision, totals } };
};

describe('sums', () => {
  it('add up: what was planned, stored and told, in total, by owner, and before', () => {
    expect(found()).toMatchObject({ measured: 0, examples: [] });
    expect(found(run, folded(), before())).toMatchObject({ measured: 0, said: '27 sums add up' });
  });

  it('do not when rows are missing', () => {
    expect(found({ ...run, totalCreatedCount: 20, totalReceived: 21, totalPlanned: 22 })).toMatchObject({
      measured: 0.5,
      examples: [{ what: 'rows and stored repositories', said: '10 and 20' }],
    });
  });

  it('do not when what was planned is not settled', () => {
    expect(found({ ...run, totalPlanned: 16 })).toMatchObject({ measured: 0.25 });
  });

  it('do not when totals and owners differ', () => {
    const told = folded();
    told.orgs[0]!.totals.stars -= 378;
    expect(found(run, told)).toMatchObject({ examples: [{ what: 'stars of owners and in total' }] });
    // Beyond those that are told there are others, which have the rest.
    expect(found(run, { ...told, orgsTotal: 2 })).toMatchObject({ measured: 0 });
  });

  it('do not when changes lead to other numbers than the run before told', () => {
    expect(found(run, folded(), before({ stars: 9 * 3370 - 7 }))).toMatchObject({
      examples: [{ what: 'stars before, by changes and by the run before', said: '30,330 and 30,323' }],
    });
    // Some of it was collected again since, so that the changes may be to what stood there before.
    expect(found(run, folded(), before({ stars: 9 * 3370 - 7 }, 2))).toMatchObject({ measured: 0 });
  });

  it('do not when a repository had less than nothing', () => {
    const check = new SumsAddUp();
    for (const row of rows.slice(1)) check.row(row);
    check.row(rowWith('o/0', { previous: { stars: 4000 } }));
    expect(check.finding(run, folded(), NO_EARLIER)).toMatchObject({
      measured: 1,
      examples: [{ what: 'repositories that had less than nothing', said: '1 and 0' }],
    });
  });
});
