/** Queries of the scheduler over run-info. */
import type { Container } from '@azure/cosmos';
import type { Run } from '@github-repo-stats/shared/documents';
import { IS_ACTIVE_RUN } from '@github-repo-stats/shared/run-info';

/** Runs that are not at their end. */
export async function activeRuns(runInfo: Container): Promise<Run[]> {
  const query = `SELECT * FROM c WHERE ${IS_ACTIVE_RUN}`;
  return (await runInfo.items.query<Run>(query).fetchAll()).resources;
}

/** Runs that are looked through for one of the same selection: their documents carry lists, up to 20 RU each. */
const LOOK_BACK = 20;
const RUNS_PER_PAGE = 2;

/** The latest run before `runId` of the same selection; when there is none of late, the latest of all; undefined for the first. */
export async function previousRun(
  runInfo: Container,
  runId: string,
  selectionDigest: string,
): Promise<string | undefined> {
  const query = {
    query: `SELECT c.id, c.selectionDigest FROM c WHERE c.type = 'run' AND c.runId < @runId ORDER BY c.runId DESC`,
    parameters: [{ name: '@runId', value: runId }],
  };
  const iterator = runInfo.items.query<Pick<Run, 'id' | 'selectionDigest'>>(query, {
    maxItemCount: RUNS_PER_PAGE,
  });
  let latest: string | undefined;
  for (let seen = 0; seen < LOOK_BACK && iterator.hasMoreResults();) {
    const resources = (await iterator.fetchNext()).resources ?? [];
    for (const run of resources) {
      if (run.selectionDigest === selectionDigest) return run.id;
      latest ??= run.id;
    }
    seen += Math.max(1, resources.length);
  }
  return latest;
}

/** What the list of runs shows of each: everything but the lists of names. */
export type RunSummary = Omit<Run, 'createdList' | 'failedList' | 'renamed' | 'takenOver'>;

const SHOWN: readonly (keyof RunSummary)[] = [
  'id',
  'date',
  'status',
  'trigger',
  'startedAt',
  'endedAt',
  'revision',
  'sourcesTotal',
  'sourcesResolved',
  'totalPlanned',
  'totalReceived',
  'totalCreatedCount',
  'totalFailedCount',
  'totalDuplicateCount',
  'renamedTotal',
  'takenOverTotal',
  'refusedCredentials',
  'costs',
];

/** Runs since an epoch second, newest first. Sorted here: over partitions, Cosmos sorts by indexed paths only. */
export async function runsSince(runInfo: Container, since: number): Promise<Partial<RunSummary>[]> {
  const query = {
    query: `SELECT ${SHOWN.map((name) => `c.${name}`).join(', ')} FROM c WHERE c.type = 'run' AND c.runId >= @since`,
    parameters: [{ name: '@since', value: String(since) }],
  };
  const { resources } = await runInfo.items.query<Partial<RunSummary>>(query).fetchAll();
  return resources.sort((a, b) => Number(b.id) - Number(a.id));
}
