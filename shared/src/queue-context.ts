/** The metadata of a delivery that handlers look at; ids that count stand in the body, this is for people and for the count. */
import type { LogContext } from './log.ts';

export interface QueueContext extends LogContext {
  triggerMetadata?: Record<string, unknown> | undefined;
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** deliveryCount counts from 1. Hosts parse texts as JSON, so a session named by digits may come as a number. */
export function contextMeta(context: QueueContext): {
  messageId: string;
  sessionId: string;
  deliveryCount: number;
} {
  const { messageId, sessionId, deliveryCount } = context.triggerMetadata ?? {};
  return {
    messageId: asText(messageId ?? '(without id)'),
    sessionId: asText(sessionId ?? ''),
    deliveryCount: Number(deliveryCount ?? 1),
  };
}
