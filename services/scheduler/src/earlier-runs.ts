/** Finds the runs before a new one from which renames are told and with which its numbers are compared. */
import type { Container, SqlParameter } from '@azure/cosmos';
import type { Run } from '@github-repo-stats/shared/documents';
import { REACH, type CompareTo } from '@github-repo-stats/shared/trend';

/** What a new run says of those before it; written once, since what follows from it must not change. */
export interface EarlierRuns {
  /** Looked at first to tell renames; left out for the first run. */
  previousRunId?: string;
  compareTo: CompareTo;
}

type Candidate = Pick<Run, 'id' | 'status' | 'trigger' | 'selectionDigest'>;

/** Runs that are looked through for a better one: their documents carry lists, up to 20 RU each. */
const LOOK_BACK = 20;
const RUNS_PER_PAGE = 2;

/** The latest ones first, no more than are worth looking at. */
async function* candidates(
  runInfo: Container,
  condition: string,
  parameters: SqlParameter[],
): AsyncGenerator<Candidate> {
  const query = `SELECT c.id, c.status, c.trigger, c.selectionDigest FROM c WHERE c.type = 'run' AND ${condition} ORDER BY c.runId DESC`;
  const iterator = runInfo.items.query<Candidate>({ query, parameters }, { maxItemCount: RUNS_PER_PAGE });
  for (let seen = 0; seen < LOOK_BACK && iterator.hasMoreResults();) {
    const resources = (await iterator.fetchNext()).resources ?? [];
    yield* resources;
    seen += Math.max(1, resources.length);
  }
}

/**
 * The latest of the same selection. When there is none of late, since the selection was changed: the latest scheduled one, then
 * the latest of all. Undefined without any.
 */
export async function bestOf(
  runs: AsyncIterable<Candidate>,
  selectionDigest: string,
): Promise<string | undefined> {
  let scheduled: string | undefined;
  let latest: string | undefined;
  for await (const run of runs) {
    if (run.selectionDigest === selectionDigest) return run.id;
    if (run.trigger === 'schedule') scheduled ??= run.id;
    latest ??= run.id;
  }
  return scheduled ?? latest;
}

const COMPLETED = `c.status = 'completed'`;

/** The latest run before `runId`, best of the same selection. */
export const previousRun = (
  runInfo: Container,
  runId: string,
  selectionDigest: string,
  condition = 'true',
): Promise<string | undefined> =>
  bestOf(
    candidates(runInfo, `c.runId < @runId AND ${condition}`, [{ name: '@runId', value: runId }]),
    selectionDigest,
  );

/** Three or four queries of 3 RU and what reading a few run documents costs. */
export async function earlierRuns(
  runInfo: Container,
  runId: string,
  selectionDigest: string,
): Promise<EarlierRuns> {
  const previousRunId = await previousRun(runInfo, runId, selectionDigest);
  if (previousRunId === undefined) return { compareTo: { previous: null, d7: null, d30: null } };
  const within = async ({ least, most }: { least: number; most: number }): Promise<string | null> => {
    const parameters = [
      { name: '@from', value: String(Number(runId) - most) },
      { name: '@to', value: String(Number(runId) - least) },
    ];
    const condition = `c.runId >= @from AND c.runId <= @to AND ${COMPLETED}`;
    return (await bestOf(candidates(runInfo, condition, parameters), selectionDigest)) ?? null;
  };
  const [previous, d7, d30] = await Promise.all([
    previousRun(runInfo, runId, selectionDigest, COMPLETED),
    within(REACH.d7),
    within(REACH.d30),
  ]);
  return { previousRunId, compareTo: { previous: previous ?? null, d7, d30 } };
}
