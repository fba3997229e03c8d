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
import { toldQuality } from './told-quality.ts';

export function runDetail({ store, runs, now, isEventHeld }: ApiDeps): Route {
  return route({
    path: 'runs/{runId}',
    about: 'One run; `latest` is the latest that has ended',
    query: z.strictObject({}),
    answer: RunDetail,
    async version({ params }) {
      const run = await runs.run(params['runId']!);
      const version = versionOf(run);
      // A release is no new revision.
      return version && `${version}${(await isEventHeld(run.runId, run.revision)) ? ' held' : ''}`;
    },
    async handle({ params }) {
      const { runId, revision, active } = await runs.run(params['runId']!);
      const asOf = now();
      const summary = revision > 0 ? await store.summary(runId, revision) : undefined;
      const isHeld = !active && (await isEventHeld(runId, revision));
      const quality = toldQuality(summary?.quality, isHeld);
      if (active) {
        const failures = active.totalFailedCount > 0 ? await countFailures(store.failedOutcomes(runId)) : {};
        return {
          asOf: asOf.toISOString(),
          run: briefOfRun(active),
          live: liveRun(active, await store.pace(), asOf.getTime()),
          failures: reasonCounts(failures),
          failedSources: active.failedSources.map(withDetail),
          refusedCredentials: active.refusedCredentials ?? [],
          quality,
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
        quality,
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
