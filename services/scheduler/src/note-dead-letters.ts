/** Notes for the page what lies in the dead-letter queues: when that changed, and now and then so that it is known to be of late. */
import { DEAD_LETTERS_ID, type DeadLettersSeen } from '@github-repo-stats/shared/shown-letter';
import { ORDERS } from '@github-repo-stats/shared/orders';
import type { AnyQueueName } from '@github-repo-stats/shared/topology';
import type { LetterBox } from './letter-box.ts';
import { shownLetter } from './letter-content.ts';

/** Letters that are shown of each queue. */
const SHOWN = 20;
const OFTEN_MS = 5 * 60_000;

export interface NoteDeps {
  queues: readonly AnyQueueName[];
  peek: LetterBox['peek'];
  read: () => Promise<DeadLettersSeen | undefined>;
  write: (seen: DeadLettersSeen) => Promise<void>;
  now: () => Date;
}

export async function noteDeadLetters({ queues: names, peek, read, write, now }: NoteDeps): Promise<void> {
  const queues: DeadLettersSeen['queues'] = [];
  for (const queue of names) {
    const letters = await peek(queue, undefined);
    queues.push({
      queue,
      count: letters.length,
      oldestAt: letters[0]?.enqueuedAt ?? null,
      letters: letters.slice(0, SHOWN).map((letter) => shownLetter(queue, letter)),
    });
  }
  const before = await read();
  const isFresh = before && now().getTime() - Date.parse(before.seenAt) < OFTEN_MS;
  if (isFresh && JSON.stringify(before.queues) === JSON.stringify(queues)) return;
  await write({
    id: DEAD_LETTERS_ID,
    runId: ORDERS,
    type: 'dead-letters',
    seenAt: now().toISOString(),
    queues,
  });
}
