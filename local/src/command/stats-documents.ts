/** What a run left in the database, as it is handed out: one page in memory, without what Cosmos DB adds. */
import type { Container } from '@azure/cosmos';
import { RepoStats, type Run } from '@github-repo-stats/shared/documents';

/** Property names in the order of the schema, which is the order of columns. */
export const COLUMNS: readonly string[] = Object.keys(RepoStats.shape);

/** A document without the system properties (`_rid`, `_ts` …). */
export const withoutSystem = (document: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(document).filter(([name]) => !name.startsWith('_')));

/** The run document as --json prints it, in one line. */
export function runJson(run: Run): string {
  const { requestKey: _digest, ...shown } = withoutSystem(run);
  return JSON.stringify(shown);
}

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
