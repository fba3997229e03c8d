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
/** While a run goes on, the reporter sums it up every half minute, and writes its totals. */
const PROGRESS_RU = 25;
const PROGRESS_SECONDS = 30;
/** A grant: the pace document replaced, and read again when the other kind of call came between. */
const CALL_RU = 12;
const LANE_RU = 40;

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
      Math.floor(seconds / PROGRESS_SECONDS) * PROGRESS_RU,
    repos: (before ? unseen : repositories) * RECORD_RU,
    pace: calls * CALL_RU + lanes * LANE_RU,
  };
}
