/** How a long history is thinned: few points, the last of each span, and the latest one always. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HistoryPoint } from './contract.ts';
import { thinned } from './repository-history.ts';

const HOUR = 3_600_000;
const pointsAt = (hours: readonly number[]): HistoryPoint[] =>
  hours.map((hour) => ({
    runId: String(hour),
    at: new Date(hour * HOUR).toISOString(),
    repo: 'a/b',
    stars: hour,
    forks: null,
    openIssues: null,
    closedIssues: null,
    openPRs: null,
    closedPRs: null,
    mergedPRs: null,
  }));

it('what is few enough stays as it is', () => {
  const points = pointsAt([1, 2, 30]);
  expect(thinned(points, 3)).toEqual(points);
});

it('of too many the last of each day remains', () => {
  expect(thinned(pointsAt([0, 6, 12, 18, 24, 30, 54]), 3).map(({ stars }) => stars)).toEqual([18, 30, 54]);
});

it('there are never more than asked for, in their order, and the latest is among them', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 60 }),
      (hours, most) => {
        const points = pointsAt(hours.toSorted((a, b) => a - b));
        const left = thinned(points, most);
        expect(left.length).toBeLessThanOrEqual(most);
        expect(left.at(-1)).toEqual(points.at(-1));
        expect(points.filter((point) => left.includes(point))).toEqual(left);
      },
    ),
  );
});
