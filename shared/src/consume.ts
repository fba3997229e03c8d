/** What every queue handler does around its use case: parse, settle, log, and on the last delivery write what can be written. */
import { contextMeta, type QueueContext } from './queue-context.ts';
import { errorFields, logTo, type Log } from './log.ts';
import { UnreadableMessage, type Envelope } from './messages.ts';
import { settle, type QueueSender, type Settlement } from './settlement.ts';
import type { QueueTopology } from './topology.ts';

export interface Consumer<M> {
  queue: QueueTopology;
  sender: QueueSender;
  /** Reads the body; throws UnreadableMessage. */
  parse(body: unknown, messageId: string): M;
  handle(message: M, log: Log, sessionId: string): Promise<Settlement>;
  /** The same message with its wait counter one higher. */
  waitingCopy(message: M): { copy: Envelope; wait: number };
  /** Before the queue dead-letters the message: settle what it was about. The message is undefined when unreadable. */
  lastDelivery(body: unknown, message: M | undefined, error: unknown, log: Log): Promise<void>;
  scale: number;
}

/** Handles one delivery; resolves when the message is to be completed, throws when it is to be abandoned. */
export async function consume<M>(body: unknown, context: QueueContext, consumer: Consumer<M>): Promise<void> {
  const log = logTo(context);
  const { messageId, sessionId, deliveryCount } = contextMeta(context);
  let message: M | undefined;
  try {
    const parsed = consumer.parse(body, messageId);
    message = parsed;
    await settle(
      consumer.sender,
      () => consumer.waitingCopy(parsed),
      () => consumer.handle(parsed, log, sessionId),
      {
        now: Date.now,
        scale: consumer.scale,
        onAgain: ({ why, delayMs }) => logWait(log, why, delayMs, { messageId }),
      },
    );
  } catch (error) {
    const text = error instanceof UnreadableMessage ? 'message cannot be understood' : 'handler failed';
    log('error', text, { messageId, deliveryCount, queue: consumer.queue.name, ...errorFields(error) });
    if (deliveryCount >= consumer.queue.maxDeliveryCount)
      await consumer.lastDelivery(body, message, error, log).catch((e: unknown) =>
        log('error', 'the outcome of a dead letter could not be written; the sweep will', {
          messageId,
          ...errorFields(e),
        }),
      );
    throw error;
  }
}

/** One entry for every wait, so that whoever watches can say what a run waits for. */
function logWait(log: Log, reason: string, waitMs: number, fields: Record<string, unknown> = {}): void {
  log('info', 'waiting', { ...fields, reason, until: new Date(Date.now() + waitMs).toISOString() });
}

/** Logs a wait in place for somebody else's grant. */
export const watching =
  (log: Log) =>
  (waitMs: number): void =>
    logWait(log, 'another instance holds, or held, the right to ask GitHub', waitMs);
