/** What a run of either side came to, and how it is counted alike for both. */
import type { CallReport } from '@github-repo-stats/local/github/call-log';
import type { Pipeline } from '../../test/pipeline.ts';

export interface GithubUse {
  calls: number;
  listingCalls: number;
  /** GitHub's seconds of everything but listings; dry runs count as statistics. */
  statisticsSeconds: number;
  listingSeconds: number;
}

export interface Measured {
  side: string;
  finished: boolean;
  /** From the trigger to the last of last document, run document, event and final mail; or to the stop. */
  seconds: number;
  github: GithubUse;
  /** Of writing the statistics. */
  requestUnits: number;
  stored: number;
  /** Executions of the baseline that failed. */
  failures?: number;
}

/** By the simulator's own log, so far. */
export async function githubUse(pipeline: Pipeline): Promise<GithubUse> {
  const { tokens } = (await pipeline.calls()) as CallReport;
  const use: GithubUse = { calls: 0, listingCalls: 0, statisticsSeconds: 0, listingSeconds: 0 };
  for (const { calls, byKind } of Object.values(tokens)) {
    use.calls += calls.listing + calls.stats + calls.other;
    use.listingCalls += calls.listing;
    use.listingSeconds += byKind.listing.serverSeconds;
    use.statisticsSeconds += byKind.stats.serverSeconds + byKind.other.serverSeconds;
  }
  return use;
}

export const since = (now: GithubUse, before: GithubUse): GithubUse => ({
  calls: now.calls - before.calls,
  listingCalls: now.listingCalls - before.listingCalls,
  statisticsSeconds: now.statisticsSeconds - before.statisticsSeconds,
  listingSeconds: now.listingSeconds - before.listingSeconds,
});
