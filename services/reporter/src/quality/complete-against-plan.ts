/** Whether what was planned is stored. It says nothing of what sources did not list: that is compared with the run before. */
import type { Run } from '@github-repo-stats/shared/documents';
import { someOf } from '../mail-words.ts';
import { EXAMPLES, partOf, percent, shareOf, type Finding } from './finding.ts';

export type Settled = Pick<
  Run,
  | 'totalPlanned'
  | 'totalCreatedCount'
  | 'totalFailedCount'
  | 'totalDuplicateCount'
  | 'failuresByReason'
  | 'failedFirst'
> & {
  failedSources: readonly Pick<Run['failedSources'][number], 'source' | 'reason'>[];
  sourcesTotal: number;
};

/**
 * A source that could not be listed is warned of and fails nothing by itself: how many repositories it has is not known, and one that is
 * gone for good would fail every run. What it had before is missed by the comparisons with the run before.
 */
export function completeAgainstPlan(run: Settled): Finding {
  const { totalCreatedCount: created, totalPlanned, totalDuplicateCount, failedSources, sourcesTotal } = run;
  const wanted = totalPlanned - totalDuplicateCount;
  if (wanted <= 0 && failedSources.length === 0) return { skipped: 'nothing was planned' };
  const missing = Math.abs(wanted - created);
  const measured = wanted > 0 ? shareOf(missing, wanted) : 1;
  const planned = `${partOf(missing, wanted)} planned repositories are not stored (${percent(measured)})`;
  const sources = `${partOf(failedSources.length, sourcesTotal)} sources could not be listed`;
  const said = [...(wanted > 0 ? [planned] : []), ...(failedSources.length > 0 ? [sources] : [])].join('; ');
  const reasons = Object.entries(run.failuresByReason).toSorted(([, a], [, b]) => b - a);
  return {
    measured,
    said,
    examples: [
      ...failedSources.map(({ source, reason }) => ({ what: source.slice(0, 140), said: reason })),
      ...reasons.map(([reason, n]) => ({ what: reason, said: someOf(run.failedFirst?.[reason] ?? [], n) })),
    ].slice(0, EXAMPLES),
    isOne: missing === 1,
    isTold: failedSources.length > 0,
  };
}
