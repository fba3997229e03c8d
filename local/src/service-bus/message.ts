/** What the broker keeps in memory of a message: everything but its body. */
import type { Envelope } from './envelope.ts';
import type { Lock } from './lock.ts';

/** The numbers are those of the annotation `x-opt-message-state`. */
export const STATE = { active: 0, deferred: 1, scheduled: 2 } as const;
export type MessageState = (typeof STATE)[keyof typeof STATE];

/** The part of a message that is stored beside its body. Times are ms since the epoch, 0 for none. */
export interface MessageFields {
  /** Names the body in the store; kept when the message moves to the dead-letter queue. */
  readonly id: number;
  sequenceNumber: number;
  /** The number it had where it was first enqueued. */
  readonly enqueuedSequenceNumber: number;
  readonly sessionId: string | undefined;
  state: MessageState;
  enqueuedAt: number;
  readonly scheduledAt: number;
  readonly expiresAt: number;
  deliveryCount: number;
  /** The application-properties section that replaces the sender's, once something was added. */
  properties: Buffer | undefined;
  readonly deadLetterSource: string | undefined;
}

interface Enqueued {
  readonly id: number;
  readonly sequenceNumber: number;
  readonly now: number;
  /** The queue's, ms. */
  readonly timeToLive: number;
  /** Multiplies the sender's lifetime. */
  readonly durationScale: number;
}

/** The fields of a message that is just being enqueued; it lives no longer than the queue allows. */
export function newFields(envelope: Envelope, enqueued: Enqueued): MessageFields {
  const { id, sequenceNumber, now, timeToLive, durationScale } = enqueued;
  const { scheduledAt, sessionId } = envelope;
  const lifetime = Math.min((envelope.timeToLive ?? Infinity) * durationScale, timeToLive);
  return {
    id,
    sequenceNumber,
    enqueuedSequenceNumber: sequenceNumber,
    sessionId,
    state: scheduledAt > now ? STATE.scheduled : STATE.active,
    enqueuedAt: now,
    scheduledAt,
    expiresAt: Number.isFinite(lifetime) ? Math.max(now, scheduledAt) + Math.ceil(lifetime) : 0,
    deliveryCount: 0,
    properties: undefined,
    deadLetterSource: undefined,
  };
}

/**
 * A message of one queue. scheduled → active ⇄ locked ⇄ deferred; gone once completed, expired or moved.
 */
export class StoredMessage {
  readonly fields: MessageFields;
  lock: Lock | undefined;
  gone = false;

  constructor(fields: MessageFields) {
    this.fields = fields;
  }

  get sequenceNumber(): number {
    return this.fields.sequenceNumber;
  }

  /** May be delivered now. */
  get ready(): boolean {
    return !this.gone && !this.lock && this.fields.state === STATE.active;
  }
}
