/** Hands the writer what is final of a batch, and tells what a copy of the rest has to carry. */
import { NO_COST, since } from '@github-repo-stats/shared/github/cost';
import type { Log } from '@github-repo-stats/shared/log';
import { writeEnvelope, type FetchBatch, type WriteStats } from '@github-repo-stats/shared/messages';
import type { QueueSender } from '@github-repo-stats/shared/settlement';
import type { Asked } from './ask-all.ts';

export interface HandDeps {
  writeQueue: QueueSender;
  writeLanes: number;
  log: Log;
}

/**
 * @param credential the one that asked, if any did.
 * @returns the cost that no message carries yet; nothing once it is with the writer.
 */
export async function hand(
  message: FetchBatch,
  asked: Asked,
  credential: string | undefined,
  deps: HandDeps,
): Promise<Pick<FetchBatch, 'spent'>> {
  const { runId, batchId, attempt, refusedBy } = message;
  const { stats, failures, cost = NO_COST } = asked;
  const isFinal = stats.length + failures.length > 0;
  if (isFinal) {
    const write: WriteStats = {
      runId,
      batchId,
      attempt,
      wait: 0,
      stats,
      failures,
      cost,
      ...(refusedBy && { refusedBy }),
    };
    await deps.writeQueue.send([writeEnvelope(write, deps.writeLanes)]);
  }
  if (credential !== undefined && asked.cost !== message.spent) {
    const spent = since(message.spent, cost);
    deps.log('info', 'batch fetched', {
      runId,
      batchId,
      attempt,
      credential,
      repositories: stats.length + failures.length,
      failures: failures.length,
      again: asked.again.length,
      left: asked.left.length,
      calls: spent.calls,
      points: spent.points,
      seconds: Number(spent.seconds.toFixed(3)),
    });
  }
  return isFinal || !asked.cost ? {} : { spent: asked.cost };
}
