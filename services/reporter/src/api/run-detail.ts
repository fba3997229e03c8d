/** GET api/runs/{runId}: one run, from its summary; while it is under way, from its document and the outcomes so far. */
import * as z from 'zod';
import type { Summary } from '../summary.ts';
import { RunDetail } from './contract.ts';
import type { ApiDeps } from './deps.ts';
import { countFailures } from './failures.ts';
import { versionOf } from './known-runs.ts';
import { liveRun } from './live-run.ts';
import { notThere } from './problem.ts';
import { route, type Route } from './route.ts';
import { briefOfRun, briefOfSummary, comparedWith, reasonCounts } from './run-brief.ts';

export function runDetail({ store, runs, now }: ApiDeps): Route {
  return route({
    path: 'runs/{runId}',
    about: 'One run; `latest` is the latest that has ended',
    query: z.strictObject({}),
    answer: RunDetail,
    version: async ({ params }) => versionOf(await runs.run(params['runId']!)),
    async handle({ params }) {
      const { runId, revision, active } = await runs.run(params['runId']!);
      const asOf = now();
      const summary = revision > 0 ? await store.summary(runId, revision) : undefined;
      if (active) {
        const failures = active.totalFailedCount > 0 ? await countFailures(store.failedOutcomes(runId)) : {};
        return {
          asOf: asOf.toISOString(),
          run: briefOfRun(active),
          live: liveRun(active, await store.pace(), asOf.getTime()),
          failures: reasonCounts(failures),
          failedSources: active.failedSources.map(withDetail),
          refusedCredentials: active.refusedCredentials ?? [],
          ...numbersOf(summary),
          comparedWith: comparedWith(active.compareTo),
        };
      }
      if (!summary) throw notThere(`Run ${runId} has no summary; api/runs lists the runs that have one`);
      return {
        asOf: summary.endedAt,
        run: briefOfSummary(summary),
        live: null,
        failures: reasonCounts(summary.failuresByReason),
        failedSources: summary.failedSources.map(withDetail),
        refusedCredentials: summary.refusedCredentials,
        ...numbersOf(summary),
        comparedWith: comparedWith(summary.compareTo),
      };
    },
  });
}

const withDetail = ({ source, reason, detail }: Summary['failedSources'][number]) => ({
  source,
  reason,
  detail: detail ?? null,
});

const numbersOf = (summary: Summary | undefined) => ({
  totals: summary?.totals ?? null,
  change: summary?.change ?? null,
  events: summary?.events ?? null,
});
