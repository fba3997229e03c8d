/** What a dead letter is about, read again out of its message. */
import {
  ResolveSource,
  WriteStats,
  batchOfBody,
  parseFetchBatch,
  parseMessage,
  type FetchBatch,
  type FetchBatchByHand,
} from '@github-repo-stats/shared/messages';
import { namesIn } from '@github-repo-stats/shared/planned-names';
import type { ShownLetter } from '@github-repo-stats/shared/shown-letter';
import type { QueueName } from '@github-repo-stats/shared/topology';
import type { DeadLetter } from './letter-box.ts';

export type LetterContent =
  | { kind: 'page'; message: ResolveSource }
  | { kind: 'batch'; message: FetchBatch | FetchBatchByHand }
  | { kind: 'stats'; message: WriteStats };

/** @throws UnreadableMessage naming the message and every field that is wrong. */
export function contentOf(queue: QueueName, { body, messageId }: DeadLetter): LetterContent {
  switch (queue) {
    case 'resolve':
      return { kind: 'page', message: parseMessage(ResolveSource, body, messageId) };
    case 'fetch':
      return { kind: 'batch', message: parseFetchBatch(body, messageId) };
    case 'write':
      return { kind: 'stats', message: parseMessage(WriteStats, body, messageId) };
  }
}

/** The planned names that a batch or its statistics are about; undefined for the whole batch. */
export function namesOf(content: Exclude<LetterContent, { kind: 'page' }>): string[] | undefined {
  if (content.kind === 'stats')
    return [...content.message.stats, ...content.message.failures].map((s) => s.name);
  return namesIn(content.message);
}

export function shownLetter(queue: QueueName, letter: DeadLetter): ShownLetter {
  const { sequenceNumber, messageId, enqueuedAt, reason } = letter;
  const shown = { queue, sequenceNumber, messageId, ...(enqueuedAt && { enqueuedAt }), reason };
  try {
    const content = contentOf(queue, letter);
    if (content.kind === 'page') {
      const { runId, sourceId, page, attempt } = content.message;
      return { ...shown, runId, sourceId, page, attempt };
    }
    const { runId, batchId } = content.message;
    const names = namesOf(content);
    return {
      ...shown,
      runId,
      batchId,
      ...('attempt' in content.message && { attempt: content.message.attempt }),
      ...(names && { repositories: names.length }),
    };
  } catch (error) {
    return { ...shown, ...batchOfBody(letter.body), problem: (error as Error).message };
  }
}
