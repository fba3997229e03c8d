/** GET api/runs/{runId}/failures: the repositories that were not collected, by name. */
import type { Outcome } from '@github-repo-stats/shared/documents';
import * as z from 'zod';
import { BestOf } from '../best-of.ts';
import { FailedRepository, FailureList } from './contract.ts';
import { listDigest, readCursor, writeCursor } from './cursor.ts';
import type { ApiDeps } from './deps.ts';
import { asOfRun, versionOf } from './known-runs.ts';
import { after, limit, route, type Route } from './route.ts';

export function failures({ store, runs, now }: ApiDeps): Route {
  async function* failed(runId: string, reason: string | undefined): AsyncGenerator<FailedRepository> {
    for await (const repository of failuresIn(store.failedOutcomes(runId)))
      if (reason === undefined || repository.reason === reason) yield repository;
  }
  const listed = (reason: string | undefined): string =>
    listDigest({ of: 'failures', reason: reason ?? null });
  return route({
    path: 'runs/{runId}/failures',
    about: 'Repositories of a run that were not collected, and why',
    query: z.strictObject({ reason: z.string().max(100).optional(), after, limit }),
    answer: FailureList,
    version: async ({ params }) => versionOf(await runs.run(params['runId']!)),
    async handle({ params, query }) {
      const list = listed(query.reason);
      const cursor = query.after === undefined ? undefined : readCursor(query.after, list);
      const run = await runs.run(cursor && params['runId'] === 'latest' ? cursor.runId : params['runId']!);
      const page = new BestOf<FailedRepository>(query.limit + 1, (a, b) => (a.repo < b.repo ? -1 : 1));
      let total = 0;
      for await (const repository of failed(run.runId, query.reason)) {
        total++;
        if (cursor === undefined || repository.repo > cursor.name) page.add(repository);
      }
      const items = page.list();
      const hasMore = items.length > query.limit && items.pop() !== undefined;
      const name = items.at(-1)?.repo ?? '';
      return {
        asOf: asOfRun(run, now()),
        total,
        items,
        ...(hasMore && { next: writeCursor({ list, value: null, name, runId: run.runId }) }),
      };
    },
    table: {
      row: FailedRepository,
      async *rows({ params, query }) {
        const { runId } = await runs.run(params['runId']!);
        yield* failed(runId, query.reason);
      },
    },
  });
}

async function* failuresIn(outcomes: AsyncIterable<Outcome>): AsyncGenerator<FailedRepository> {
  for await (const { batchId, entries } of outcomes)
    for (const [repo, { state, reason, detail, attempt }] of Object.entries(entries))
      if (state === 'failed')
        yield { repo, reason: reason ?? 'unknown-reason', detail: detail ?? null, attempt, batchId };
}

/** How many failed for each reason. */
export async function countFailures(outcomes: AsyncIterable<Outcome>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const { reason } of failuresIn(outcomes)) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
