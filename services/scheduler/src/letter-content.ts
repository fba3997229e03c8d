/** What a dead letter is about, read again out of its message. */
import {
  ResolveSource,
  WriteStats,
  batchOfBody,
  parseFetchBatch,
  parseMessage,
  runIdOfBody,
  type FetchBatch,
  type FetchBatchByHand,
} from '@github-repo-stats/shared/messages';
import { parseEvent, runOfEvent, type RunCompleted } from '@github-repo-stats/shared/archive/completed-event';
import { namesIn } from '@github-repo-stats/shared/planned-names';
import type { ShownLetter } from '@github-repo-stats/shared/shown-letter';
import type { AnyQueueName } from '@github-repo-stats/shared/topology';
import type { DeadLetter } from './letter-box.ts';

export type LetterContent =
  | { kind: 'page'; message: ResolveSource }
  | { kind: 'batch'; message: FetchBatch | FetchBatchByHand }
  | { kind: 'stats'; message: WriteStats }
  | { kind: 'event'; message: RunCompleted };

/** @throws UnreadableMessage naming the message and every field that is wrong. */
export function contentOf(queue: AnyQueueName, { body, messageId }: DeadLetter): LetterContent {
  switch (queue) {
    case 'resolve':
      return { kind: 'page', message: parseMessage(ResolveSource, body, messageId) };
    case 'fetch':
      return { kind: 'batch', message: parseFetchBatch(body, messageId) };
    case 'write':
      return { kind: 'stats', message: parseMessage(WriteStats, body, messageId) };
    case 'archive':
      return { kind: 'event', message: parseEvent(body, messageId) };
  }
}

/** The run that a letter is about, as far as it says so; readable or not, save for an event. */
export function runIdOfLetter(queue: AnyQueueName, { body, messageId }: DeadLetter): string | undefined {
  if (queue !== 'archive') return runIdOfBody(body);
  try {
    return runOfEvent(parseEvent(body, messageId));
  } catch {
    return undefined;
  }
}

export const runIdIn = (content: LetterContent): string =>
  content.kind === 'event' ? runOfEvent(content.message) : content.message.runId;

/** The planned names that a batch or its statistics are about; undefined for the whole batch. */
export function namesOf(content: Extract<LetterContent, { kind: 'batch' | 'stats' }>): string[] | undefined {
  if (content.kind === 'stats')
    return [...content.message.stats, ...content.message.failures].map((s) => s.name);
  return namesIn(content.message);
}

export function shownLetter(queue: AnyQueueName, letter: DeadLetter): ShownLetter {
  const { sequenceNumber, messageId, enqueuedAt, reason } = letter;
  const shown = { queue, sequenceNumber, messageId, ...(enqueuedAt && { enqueuedAt }), reason };
  try {
    const content = contentOf(queue, letter);
    if (content.kind === 'event') return { ...shown, runId: runOfEvent(content.message) };
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
