/** Removes one dead letter that nobody can understand; what it was about stays settled as it is. */
import type { AnyQueueName } from '@github-repo-stats/shared/topology';
import type { LetterBox } from './letter-box.ts';

/** @returns the message id of what was removed; undefined when it is not there, or under the lock of somebody else. */
export async function discardLetter(
  queue: AnyQueueName,
  sequenceNumber: string,
  take: LetterBox['take'],
): Promise<string | undefined> {
  let messageId: string | undefined;
  await take(queue, (letter) => {
    if (messageId !== undefined) return Promise.resolve('stop');
    if (letter.sequenceNumber !== sequenceNumber) return Promise.resolve('keep');
    ({ messageId } = letter);
    return Promise.resolve('remove');
  });
  return messageId;
}
