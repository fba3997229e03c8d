import { expect, test } from 'vitest';
import { requestUnitsOf } from './estimate-request-units.ts';

/**
 * Whole runs over one owner as `node bench/request-units.ts` measured them: repositories, repositories per batch, whether there
 * was a run before, GitHub calls with dry runs, and RU of repo-stats documents, run-info and pace.
 */
test.each([
  [650, 65, false, 24, 3_835, 492, 317],
  [650, 65, true, 20, 4_485, 501, 273],
  [2_600, 65, false, 84, 15_340, 1_422, 1_088],
  [2_600, 65, true, 80, 17_940, 1_494, 976],
  [500, 10, false, 57, 2_950, 988, 630],
  [500, 10, true, 55, 3_450, 973, 616],
  [1_000, 100, false, 24, 5_900, 501, 343],
  [1_000, 100, true, 20, 6_900, 508, 265],
])(
  'of %i repositories in batches of %i, after a run %j, are within 10 % of what was measured',
  (repositories, size, after, calls, ofStats, ofInfo, ofPace) => {
    const batches = repositories / size;
    const plans = Math.ceil(repositories / (size * Math.floor(100 / size)));
    const run = { repositories, sources: 1, plans, batches, calls, lanes: 1, seconds: 5 };
    const { repoStats, runInfo, pace } = requestUnitsOf(
      run,
      6,
      after ? { repositories, sameSelection: true } : undefined,
    );
    expect(Math.abs(repoStats / ofStats - 1)).toBeLessThan(0.1);
    expect(Math.abs(runInfo / ofInfo - 1)).toBeLessThan(0.1);
    // What the grants cost depends on how often listing and statistics come between each other.
    expect(Math.abs(pace / ofPace - 1)).toBeLessThan(0.25);
    const sum = ofStats + ofInfo + ofPace;
    expect(Math.abs((repoStats + runInfo + pace) / sum - 1)).toBeLessThan(0.1);
  },
);

test('grow with the time that a run takes', () => {
  const run = { repositories: 0, sources: 1, plans: 1, batches: 0, calls: 1, lanes: 1 };
  const ru = (seconds: number): number => requestUnitsOf({ ...run, seconds }, 6, undefined).runInfo;
  expect(ru(3600)).toBeGreaterThan(ru(60));
});
