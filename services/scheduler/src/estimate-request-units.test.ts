import { expect, test } from 'vitest';
import { requestUnitsOf } from './estimate-request-units.ts';

/**
 * Whole runs over one owner as `node bench/request-units.ts` measured them: repositories, repositories per batch, whether there
 * was a run before, GitHub calls with dry runs, and RU of repo-stats documents, run-info, repos and pace.
 */
test.each([
  [650, 65, false, 24, 3_888, 632, 3_630, 302],
  [650, 65, true, 20, 4_485, 702, 0, 260],
  [2_600, 65, false, 84, 15_348, 1_894, 14_373, 1_045],
  [2_600, 65, true, 80, 17_940, 2_151, 0, 983],
  [500, 10, false, 57, 2_959, 1_516, 2_770, 628],
  [500, 10, true, 55, 3_450, 1_545, 0, 609],
  [1_000, 100, false, 24, 5_915, 650, 5_562, 323],
  [1_000, 100, true, 20, 6_900, 736, 0, 269],
])(
  'of %i repositories in batches of %i, after a run %j, are within 10 % of what was measured',
  (repositories, size, after, calls, ofStats, ofInfo, ofRepos, ofPace) => {
    const batches = repositories / size;
    const plans = Math.ceil(repositories / (size * Math.floor(100 / size)));
    const run = { repositories, sources: 1, plans, batches, calls, lanes: 1, seconds: 5 };
    const { repoStats, runInfo, repos, pace } = requestUnitsOf(
      run,
      6,
      after ? { repositories, sameSelection: true, otherRuns: 0 } : undefined,
    );
    expect(Math.abs(repoStats / ofStats - 1)).toBeLessThan(0.1);
    expect(Math.abs(runInfo / ofInfo - 1)).toBeLessThan(0.1);
    expect(Math.abs(repos - ofRepos)).toBeLessThanOrEqual(0.1 * ofRepos);
    // What the grants cost depends on how often listing and statistics come between each other.
    expect(Math.abs(pace / ofPace - 1)).toBeLessThan(0.25);
    const sum = ofStats + ofInfo + ofRepos + ofPace;
    expect(Math.abs((repoStats + runInfo + repos + pace) / sum - 1)).toBeLessThan(0.1);
  },
);

test('grow with the time that a run takes', () => {
  const run = { repositories: 0, sources: 1, plans: 1, batches: 0, calls: 1, lanes: 1 };
  const ru = (seconds: number): number => requestUnitsOf({ ...run, seconds }, 6, undefined).runInfo;
  expect(ru(3600)).toBeGreaterThan(ru(60));
});

test('grow by a point read a repository for each run more that it is compared with', () => {
  const run = { repositories: 1000, sources: 1, plans: 10, batches: 16, calls: 26, lanes: 1, seconds: 5 };
  const ru = (otherRuns: number): number =>
    requestUnitsOf(run, 6, { repositories: 1000, sameSelection: true, otherRuns }).repoStats;
  expect(ru(2) - ru(0)).toBe(2000);
});
