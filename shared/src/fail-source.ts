/** Lets a source fail by name, whoever finds out that it cannot be resolved. */
import type { Container } from '@azure/cosmos';
import type { Source } from './documents.ts';
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
          ...spent,
          ...(refusedBy && { refusedBy }),
        },
  );
