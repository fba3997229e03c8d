/**
 * Keeps every batch in its own write lane, since a lane is what makes the budget exact: what comes in another one, sent by an app that was
 * deployed in the other mode, goes to its own and is not written here.
 */
import { writeEnvelope, type WriteStats } from '@github-repo-stats/shared/messages';
import { complete, type QueueSender, type Settlement } from '@github-repo-stats/shared/settlement';

/** @param sessionId the lane that the message came in. */
export async function inOwnLane(
  message: WriteStats,
  sessionId: string,
  { lanes, writeQueue }: { lanes: number; writeQueue: Pick<QueueSender, 'send'> },
  write: () => Promise<Settlement>,
): Promise<Settlement> {
  const own = writeEnvelope(message, lanes);
  if (own.sessionId === sessionId) return write();
  await writeQueue.send([own]);
  return complete;
}
