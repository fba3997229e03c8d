/** Queries of the scheduler over run-info. */
import type { Container } from '@azure/cosmos';
import type { Run } from '@github-repo-stats/shared/documents';
import { IS_ACTIVE_RUN } from '@github-repo-stats/shared/run-info';

/** Runs that are not at their end. */
export async function activeRuns(runInfo: Container): Promise<Run[]> {
  const query = `SELECT * FROM c WHERE ${IS_ACTIVE_RUN}`;
  return (await runInfo.items.query<Run>(query).fetchAll()).resources;
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
