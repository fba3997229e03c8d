/** Lets a source fail by name, whoever finds out that it cannot be resolved. */
import type { Container } from '@azure/cosmos';
import type { Source } from './documents.ts';
import { addQueries } from './github/cost.ts';
import { sourceDocumentId } from './ids.ts';
import type { GithubCost } from './messages.ts';
import type { FailureReason } from './reasons.ts';
import { changeDocument } from './run-info.ts';

/**
 * Nothing when the source has failed already or is unknown. Safe to repeat.
 * @param spent what GitHub was asked in vain.
 */
export const failSource = (
  runInfo: Container,
  { runId, sourceId }: { runId: string; sourceId: string },
  { reason, detail, refusedBy }: { reason: FailureReason; detail: string; refusedBy?: string[] },
  spent?: GithubCost,
): Promise<void> =>
  changeDocument<Source>(runInfo, sourceDocumentId(sourceId), runId, (now) =>
    now.failedCount > 0
      ? undefined
      : {
          ...now,
          failedCount: 1,
          reason,
          detail: detail.slice(0, 300),
          ...(spent && costsOf(now, spent)),
          ...(refusedBy && { refusedBy }),
        },
  );

/** With what an earlier failure cost, if it was resolved again since. */
function costsOf(now: Source, spent: GithubCost): Partial<Source> {
  const queries = addQueries(now.queries, spent.queries);
  return {
    calls: (now.calls ?? 0) + spent.calls,
    points: (now.points ?? 0) + spent.points,
    seconds: (now.seconds ?? 0) + spent.seconds,
    ...(queries && { queries }),
  };
}
