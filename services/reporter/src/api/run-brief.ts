/** Runs as lists show them: of a run that has ended its summary, of one under way its document. */
import { REASON_ADVICE, type FailureReason } from '@github-repo-stats/shared/reasons';
import { WINDOWS, type CompareTo, type Window } from '@github-repo-stats/shared/trend';
import type { Summary } from '../summary.ts';
import type { ListedSummary, ShownRun } from './api-store.ts';
import type { ReasonCount, RunBrief } from './contract.ts';

const seconds = (from: string, to: string): number =>
  // Two apps told these times, and their clocks may differ.
  Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;

export const briefOfSummary = (s: ListedSummary | Summary): RunBrief => ({
  runId: s.runId,
  revision: s.revision,
  status: s.status,
  trigger: s.trigger,
  startedAt: s.startedAt,
  endedAt: s.endedAt,
  seconds: seconds(s.startedAt, s.endedAt),
  planned: s.created + s.failed + s.duplicates,
  created: s.created,
  failed: s.failed,
  duplicates: s.duplicates,
  failedSources: s.failedSources.length,
  githubCalls: s.costs.githubCalls,
  githubPoints: s.costs.githubPoints,
  githubSeconds: s.costs.githubSeconds,
  requestUnits: s.costs.requestUnits,
});

/** Of a run under way, or of one that ended before runs were summed up. */
export function briefOfRun(run: ShownRun): RunBrief {
  const { endedAt } = run;
  const costs = endedAt === undefined ? undefined : run.costs;
  return {
    runId: run.id,
    revision: run.revision,
    status: run.status,
    trigger: run.trigger,
    startedAt: run.startedAt,
    endedAt: endedAt ?? null,
    seconds: endedAt === undefined ? null : seconds(run.startedAt, endedAt),
    planned: run.totalPlanned,
    created: run.totalCreatedCount,
    failed: run.totalFailedCount,
    duplicates: run.totalDuplicateCount,
    failedSources: run.failedSources.length,
    githubCalls: costs?.githubCalls ?? null,
    githubPoints: costs?.githubPoints ?? null,
    githubSeconds: costs?.githubSeconds ?? null,
    requestUnits: costs?.requestUnits ?? null,
  };
}

/** The most frequent reason first, with what to do about it. */
export const reasonCounts = (failures: Readonly<Record<string, number>>): ReasonCount[] =>
  Object.entries(failures)
    .map(([reason, count]) => ({
      reason,
      count,
      // Written by a newer version of the apps, it may be one that this does not know.
      ...(REASON_ADVICE[reason as FailureReason] ?? REASON_ADVICE['unknown-reason']),
    }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));

/** When the runs began that a run is compared with. */
export const comparedWith = (compareTo: Partial<CompareTo> | undefined): Record<Window, string | null> =>
  Object.fromEntries(
    WINDOWS.map((window) => {
      const runId = compareTo?.[window];
      return [window, runId ? startOf(runId) : null];
    }),
  ) as Record<Window, string | null>;

/** A run id is the epoch second at which it began. */
export const startOf = (runId: string): string => new Date(Number(runId) * 1000).toISOString();
