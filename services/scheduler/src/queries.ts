/** Queries of the scheduler over run-info. */
import type { Container } from '@azure/cosmos';
import type { Run } from '@github-repo-stats/shared/documents';

/** Documents of one type of a run; one page in memory. */
export async function* pagesOf<T>(
  runInfo: Container,
  runId: string,
  type: string,
  select: string,
  where = '',
): AsyncGenerator<T> {
  const query = {
    query: `SELECT ${select} FROM c WHERE c.runId = @runId AND c.type = @type${where}`,
    parameters: [
      { name: '@runId', value: runId },
      { name: '@type', value: type },
    ],
  };
  const iterator = runInfo.items.query<T>(query, { partitionKey: runId, maxItemCount: 100 });
  while (iterator.hasMoreResults()) yield* (await iterator.fetchNext()).resources ?? [];
}

/** Runs that are not at their end. */
export async function activeRuns(runInfo: Container): Promise<Run[]> {
  const query = `SELECT * FROM c WHERE c.type = 'run' AND c.status IN ('starting', 'running', 'stalled')`;
  return (await runInfo.items.query<Run>(query).fetchAll()).resources;
}

/** What the list of runs shows of each: everything but the lists of names. */
export type RunSummary = Omit<Run, 'createdList' | 'failedList'>;

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
