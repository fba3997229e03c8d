/** GET api/overview: what every page opens with. */
import { nextOccurrence } from '@github-repo-stats/shared/schedule';
import * as z from 'zod';
import { Overview } from './contract.ts';
import type { ApiDeps } from './deps.ts';
import { liveRun } from './live-run.ts';
import { route, type Route } from './route.ts';
import { briefOfSummary, comparedWith, reasonCounts } from './run-brief.ts';
import { briefQuality } from './told-quality.ts';

export function overview({ store, runs, schedule, now }: ApiDeps): Route {
  const nextRunAt = (): string => new Date(nextOccurrence(schedule, now()) * 1000).toISOString();
  return route({
    path: 'overview',
    about: 'The latest run, the one under way, totals and what changed',
    query: z.strictObject({}),
    answer: Overview,
    async version() {
      const { active, latest } = await runs.now();
      return active.length > 0 ? undefined : `${latest?.runId}.${latest?.revision} ${nextRunAt()}`;
    },
    async handle() {
      const { active, latest } = await runs.now();
      const asOf = now();
      const summary = latest && (await store.summary(latest.runId, latest.revision));
      const live = active[0] && liveRun(active[0], await store.pace(), asOf.getTime());
      return {
        asOf: asOf.toISOString(),
        last: summary ? briefOfSummary(summary) : null,
        failures: reasonCounts(summary?.failuresByReason ?? {}),
        live: live ?? null,
        nextRunAt: nextRunAt(),
        quality: briefQuality(summary?.quality),
        totals: summary?.totals ?? null,
        change: summary?.change ?? null,
        comparedWith: comparedWith(summary?.compareTo),
        movers: summary?.movers ?? null,
        events: summary?.events ?? null,
      };
    },
  });
}
