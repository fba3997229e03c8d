/** What can be asked of a queue by sequence number: peek, receive deferred, cancel scheduled, and its counts. */
import { messageNotFound } from './errors.ts';
import { STATE, type StoredMessage } from './message.ts';
import type { Queue } from './queue.ts';

/** Each message is counted in exactly one of active (ready), locked, deferred and scheduled. */
export interface QueueCounts {
  readonly active: number;
  readonly scheduled: number;
  readonly locked: number;
  readonly deferred: number;
  readonly deadLetter: number;
  /** Messages accepted from senders since the data file was created. */
  readonly enqueuedTotal: number;
}

export function countMessages(queue: Queue): QueueCounts {
  const counts = { active: 0, scheduled: 0, locked: 0, deferred: 0 };
  for (const message of queue.messages.values()) {
    if (message.lock) counts.locked++;
    else if (message.fields.state === STATE.deferred) counts.deferred++;
    else if (message.fields.state === STATE.scheduled) counts.scheduled++;
    else counts.active++;
  }
  const deadLetter = queue.deadLetterQueue?.messages.size ?? 0;
  return { ...counts, deadLetter, enqueuedTotal: queue.enqueuedTotal };
}

/** Yields messages in every state, from a sequence number on. */
export function* peekMessages(
  queue: Queue,
  from: number,
  sessionId: string | undefined,
): Generator<StoredMessage> {
  for (const message of queue.messages.values()) {
    if (message.sequenceNumber < from) continue;
    if (sessionId === undefined || message.fields.sessionId === sessionId) yield message;
  }
}

/** Finds all of these, deferred and free to be received, or throws message-not-found. */
export function findDeferred(
  queue: Queue,
  sequenceNumbers: number[],
  sessionId: string | undefined,
): StoredMessage[] {
  return sequenceNumbers.map((sequenceNumber) => {
    const message = queue.messages.get(sequenceNumber);
    if (message?.fields.state !== STATE.deferred || message.lock) throw messageNotFound();
    if (sessionId !== undefined && message.fields.sessionId !== sessionId) throw messageNotFound();
    return message;
  });
}

/** Removes all of these, or, throwing message-not-found, none. */
export function cancelScheduled(queue: Queue, sequenceNumbers: number[]): void {
  const found = sequenceNumbers.map((sequenceNumber) => {
    const message = queue.messages.get(sequenceNumber);
    if (message?.fields.state !== STATE.scheduled) throw messageNotFound();
    return message;
  });
  for (const message of found) queue.remove(message);
}
