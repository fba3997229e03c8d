/** The reporter's documents in run-info: runs, outcomes, plans, sources, notices. */
import type { Container, SqlQuerySpec } from '@azure/cosmos';
import type { FailedSource, Outcome, Run, Source } from '@github-repo-stats/shared/documents';
import type { Notices } from '@github-repo-stats/shared/notices';
import { endedSources, measureProgress } from '@github-repo-stats/shared/progress';
import { addQueries } from '@github-repo-stats/shared/github/cost';
import { unionOf } from '@github-repo-stats/shared/outcome';
import { createOnce, readDocument, replaceIfUnchanged } from '@github-repo-stats/shared/run-info';
import type { ListingCosts, ReporterStore } from './check-run.ts';
import type { NoticesStore } from './notices.ts';

const byType = (runId: string, type: string, select: string): SqlQuerySpec => ({
  query: `SELECT ${select} FROM c WHERE c.runId = @runId AND c.type = @type`,
  parameters: [
    { name: '@runId', value: runId },
    { name: '@type', value: type },
  ],
});

/** Pages through the documents of a query; one page in memory. */
async function* pages<T>(container: Container, query: SqlQuerySpec, partition: string): AsyncGenerator<T> {
  const iterator = container.items.query<T>(query, { partitionKey: partition, maxItemCount: 200 });
  while (iterator.hasMoreResults()) yield* (await iterator.fetchNext()).resources ?? [];
}

export function reporterStore(runInfo: Container): ReporterStore {
  return {
    readRun: (runId) => readDocument<Run>(runInfo, runId, runId),
    measure: (runId) => measureProgress(runInfo, runId),
    outcomes: (runId) => pages<Outcome>(runInfo, byType(runId, 'outcome', '*'), runId),
    async listingCosts(runId) {
      const query: SqlQuerySpec = {
        query: `SELECT c.calls, c.points, c.seconds, c.queries, c.refusedBy FROM c WHERE c.runId = @runId AND c.type IN ('plan', 'source')`,
        parameters: [{ name: '@runId', value: runId }],
      };
      const sum: ListingCosts = { calls: 0, points: 0, seconds: 0 };
      for await (const spent of pages<Partial<ListingCosts>>(runInfo, query, runId)) {
        sum.calls += spent.calls ?? 0;
        sum.points += spent.points ?? 0;
        sum.seconds += spent.seconds ?? 0;
        sum.queries = addQueries(sum.queries, spent.queries);
        sum.refusedBy = unionOf(sum.refusedBy, spent.refusedBy);
      }
      return sum;
    },
    async failedSources(runId) {
      const failed: FailedSource[] = [];
      const ids = (await endedSources(runInfo, runId)).failed;
      for await (const s of pages<Source>(runInfo, byType(runId, 'source', '*'), runId))
        if (ids.has(s.sourceId) && failed.length < 100)
          failed.push({
            source: s.what.kind === 'owner' ? s.what.owner : s.what.names.join(',').slice(0, 200),
            reason: s.reason ?? 'transport',
            ...(s.detail && { detail: s.detail }),
          });
      return failed;
    },
    replaceRun: async (run, etag) => (await replaceIfUnchanged(runInfo, run, run.id, etag)) !== undefined,
  };
}

export const noticesStore = (runInfo: Container): NoticesStore => ({
  create: async (notices) => void (await createOnce(runInfo, notices)),
  read: (runId, id) => readDocument<Notices>(runInfo, id, runId),
  replace: (notices, etag) => replaceIfUnchanged(runInfo, notices, notices.runId, etag),
});

/** Runs under way and runs with notices to send: what the sweep looks at. */
export async function runsToSweep(runInfo: Container): Promise<string[]> {
  const query = `SELECT c.runId FROM c WHERE (c.type = 'run' AND c.status IN ('starting', 'running', 'stalled')) OR (c.type = 'notices' AND c.open > 0)`;
  const { resources } = await runInfo.items.query<{ runId: string }>(query).fetchAll();
  return [...new Set(resources.map((r) => r.runId))];
}

/** Ids of the notices of a run that are to be sent, the earlier revision first. */
export async function openNotices(runInfo: Container, runId: string): Promise<string[]> {
  const query: SqlQuerySpec = {
    query: `SELECT c.id, c.revision FROM c WHERE c.runId = @runId AND c.type = 'notices' AND c.open > 0`,
    parameters: [{ name: '@runId', value: runId }],
  };
  const { resources } = await runInfo.items
    .query<{ id: string; revision: number }>(query, { partitionKey: runId })
    .fetchAll();
  return resources.sort((a, b) => a.revision - b.revision).map((r) => r.id);
}
