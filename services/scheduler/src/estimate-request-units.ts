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
}

/** The writer looks each repository up in the run before: a point read, and two queries for one that is not there. */
const LOOK_UP_RU = 1;
const NEW_REPOSITORY_RU = 2 * 3.4;
/** Run document, selection, notices of start and end, the reporter's sums and lists. */
const RUN_RU = 177;
const SOURCE_RU = 8.2;
/** A plan: written once, read by the resolver. */
const PLAN_RU = 12.2;
/** An outcome, and the plan that fetcher and writer read: 14.5 and a little for each name in them. */
const BATCH_RU = 14.5;
const NAME_RU = 0.06;
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
  const lookUps = before ? repositories * LOOK_UP_RU + unseen * NEW_REPOSITORY_RU : 0;
  return {
    repoStats: repositories * writeRu + lookUps,
    runInfo:
      RUN_RU +
      sources * SOURCE_RU +
      plans * PLAN_RU +
      batches * BATCH_RU +
      repositories * NAME_RU +
      Math.floor(seconds / PROGRESS_SECONDS) * PROGRESS_RU,
    pace: calls * CALL_RU + lanes * LANE_RU,
  };
}
