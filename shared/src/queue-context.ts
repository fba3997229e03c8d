/** The metadata of a delivery that handlers look at; ids that count stand in the body, this is for people, for the count and for telemetry. */
import type { LogContext } from './log.ts';

export interface QueueContext extends LogContext {
  triggerMetadata?: Record<string, unknown> | undefined;
  /** The host's own trace of the invocation. */
  traceContext?: { traceParent?: string | undefined } | undefined;
}

/** The application property that names the span which sent the message. In lower case: hosts lower the first letter of such names. */
export const TRACEPARENT = 'traceparent';

export interface DeliveryMeta {
  messageId: string;
  sessionId: string;
  /** Counts from 1. */
  deliveryCount: number;
  /** Stays the same over all deliveries of a message. */
  sequenceNumber: string;
  /** When the message was put into the queue, or was due if it was scheduled: epoch ms; undefined when the host does not say. */
  enqueuedAt: number | undefined;
  traceparent: string | undefined;
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Hosts parse texts as JSON, so a session named by digits may come as a number. */
export function contextMeta(context: QueueContext): DeliveryMeta {
  const {
    messageId,
    sessionId,
    deliveryCount,
    sequenceNumber,
    enqueuedTimeUtc,
    applicationProperties = {},
  } = context.triggerMetadata ?? {};
  const enqueuedAt = Date.parse(typeof enqueuedTimeUtc === 'string' ? enqueuedTimeUtc : '');
  const traceparent = (Object(applicationProperties) as Record<string, unknown>)[TRACEPARENT];
  return {
    messageId: asText(messageId ?? '(without id)'),
    sessionId: asText(sessionId ?? ''),
    deliveryCount: Number(deliveryCount ?? 1),
    sequenceNumber: asText(sequenceNumber ?? ''),
    enqueuedAt: Number.isNaN(enqueuedAt) ? undefined : enqueuedAt,
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
  };
}
