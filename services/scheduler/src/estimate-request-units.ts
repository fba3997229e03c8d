/**
 * Request units of a run by container. The numbers were measured with `node bench/request-units.ts` on the embedded Cosmos DB,
 * whose charge table is Azure's documentation in numbers, with batches of 10, 65 and 100; test/estimate.test.ts holds those of
 * repo-stats to whole runs.
 */
import type { RequestUnits } from '@github-repo-stats/shared/estimate';

/** What the run before this one says of repositories that are known. */
export interface Before {
  /** Repositories that it stored. */
  repositories: number;
  sameSelection: boolean;
  /** Runs besides that one which numbers are compared with. */
  otherRuns: number;
}

/** The writer looks each repository up in the runs before: a point read each, and two queries for one that is not there. */
const LOOK_UP_RU = 1;
const NEW_REPOSITORY_RU = 2 * 3.4;
/** What is rare of a repository, written at first sight. */
const RECORD_RU = 5.5;
/** Run document, selection, notices of start and end, the reporter's sums and lists, the summary. */
const RUN_RU = 225;
const SOURCE_RU = 8.2;
/** A plan: written once, read by the resolver. */
const PLAN_RU = 12.2;
/** An outcome, rows, and the plan that fetcher and writer read: 24 and a little for each name in them. */
const BATCH_RU = 24;
const NAME_RU = 0.1;
/** While a run goes on, the reporter sums it up and writes its totals: this much, and a little for each plan and outcome that there is. */
const PROGRESS_RU = 25;
const SUMMED_RU = 0.05;
/** A grant: the pace document replaced, and read again when the other kind of call came between. */
const CALL_RU = 12;
const LANE_RU = 40;

/** How often the reporter sums a run up: every half minute, later after a hundredth of its time, from 500 minutes on every five (`feed-hints.ts`). */
function timesSummed(seconds: number): number {
  const [first, last] = [3_000, 30_000];
  if (seconds <= first) return Math.floor(seconds / 30);
  const middle = 100 * (1 + Math.log(Math.min(seconds, last) / first));
  return middle + Math.max(0, seconds - last) / 300;
}

/** @param writeRu of one statistics document, as CosmosDB_RU_NeededForEachWrite says. */
export function requestUnitsOf(
  run: {
    repositories: number;
    sources: number;
    plans: number;
    batches: number;
    calls: number;
    lanes: number;
    seconds: number;
  },
  writeRu: number,
  before: Before | undefined,
): RequestUnits {
  const { repositories, sources, plans, batches, calls, lanes, seconds } = run;
  const unseen = before ? Math.max(0, repositories - before.repositories) : 0;
  const lookUps = before
    ? repositories * LOOK_UP_RU * (1 + before.otherRuns) + unseen * NEW_REPOSITORY_RU
    : 0;
  return {
    repoStats: repositories * writeRu + lookUps,
    runInfo:
      RUN_RU +
      sources * SOURCE_RU +
      plans * PLAN_RU +
      batches * BATCH_RU +
      repositories * NAME_RU +
      // Listing is done early; of the outcomes half are there in the mean.
      timesSummed(seconds) * (PROGRESS_RU + SUMMED_RU * (plans + batches / 2)),
    repos: (before ? unseen : repositories) * RECORD_RU,
    pace: calls * CALL_RU + lanes * LANE_RU,
  };
}
