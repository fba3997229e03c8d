/** Streams the statistics of a run out of the database: one page in memory, without what Cosmos DB adds. */
import type { Container } from '@azure/cosmos';
import { RepoStats } from '@github-repo-stats/shared/documents';

/** Property names in the order of the schema, which is the order of columns. */
export const COLUMNS: readonly string[] = Object.keys(RepoStats.shape);

/** A document without the system properties (`_rid`, `_ts` …). */
export const withoutSystem = (document: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(document).filter(([name]) => !name.startsWith('_')));

const PAGE = 1000;

/** In no particular order: the index policy of the container sorts nothing. */
export async function* statsOfRun(repoStats: Container, runId: string): AsyncGenerator<RepoStats> {
  const query = {
    query: 'SELECT * FROM c WHERE c.runId = @runId',
    parameters: [{ name: '@runId', value: runId }],
  };
  const iterator = repoStats.items.query<RepoStats>(query, { maxItemCount: PAGE });
  while (iterator.hasMoreResults()) yield* (await iterator.fetchNext()).resources ?? [];
}
