/** What every queue handler does around its use case: parse, settle, log, tell, and on the last delivery write what can be written. */
import { credentialOfLane } from './ids.ts';
import { contextMeta, type DeliveryMeta, type QueueContext } from './queue-context.ts';
import { errorFields, logTo, type Log } from './log.ts';
import type { FieldsOf } from './log-entries.ts';
import { runIdOfBody, UnreadableMessage, type Envelope } from './messages.ts';
import { settle, type QueueSender, type Settlement } from './settlement.ts';
import { contextOfWork, spanIdOf } from './telemetry/run-trace.ts';
import { inSpan } from './telemetry/spans.ts';
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

/** How a delivery ended: completed, completed after a copy was scheduled for later, or thrown back to the queue. */
type Result = 'completed' | 'copied' | 'thrown';

/** Handles one delivery; resolves when the message is to be completed, throws when it is to be abandoned. */
export async function consume<M>(body: unknown, context: QueueContext, consumer: Consumer<M>): Promise<void> {
  const log = logTo(context);
  const meta = contextMeta(context);
  const { messageId, deliveryCount: delivery } = meta;
  const runId = runIdOfBody(body);
  const queue = consumer.queue.name;
  const started = Date.now();
  const waited = Math.max(0, started - (meta.enqueuedAt ?? started)) / 1000;
  const isLast = delivery >= consumer.queue.maxDeliveryCount;
  let result: Result = 'thrown';
  const options = {
    kind: 'consumer' as const,
    within: contextOfWork(runId, meta.traceparent),
    // The same in every delivery of a message: what a delivery sent before its process died lies below the one that ends it.
    id: spanIdOf(queue, messageId, meta.sequenceNumber),
    comesAgain: !isLast,
    link: context.traceContext?.traceParent,
    attributes: { queue, messageId, ...(runId !== undefined && { runId }), delivery, waited },
  };
  await inSpan(queue, options, async ({ note }) => {
    try {
      result = await handleOnce(body, meta, runId, isLast, consumer, log);
    } finally {
      note({ result });
      const seconds = (Date.now() - started) / 1000;
      log('info', 'message handled', { queue, messageId, runId, delivery, waited, seconds, result });
    }
  });
}

async function handleOnce<M>(
  body: unknown,
  { messageId, sessionId, deliveryCount }: DeliveryMeta,
  runId: string | undefined,
  isLast: boolean,
  consumer: Consumer<M>,
  log: Log,
): Promise<Result> {
  const queue = consumer.queue.name;
  let message: M | undefined;
  let result: Result = 'completed';
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
        onAgain({ why, delayMs }) {
          result = 'copied';
          logWait(log, why, delayMs, { credential: credentialOfLane(sessionId), runId, queue, messageId });
        },
      },
    );
    return result;
  } catch (error) {
    const fields = { queue, messageId, deliveryCount, ...errorFields(error) };
    if (error instanceof UnreadableMessage) log('error', 'message cannot be understood', fields);
    else log('error', 'handler failed', { ...fields, runId });
    if (isLast)
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
function logWait(
  log: Log,
  reason: string,
  waitMs: number,
  about: Pick<FieldsOf<'waiting'>, 'credential' | 'runId' | 'queue' | 'messageId'>,
): void {
  const until = new Date(Date.now() + waitMs).toISOString();
  log('info', 'waiting', { ...about, reason, until, seconds: waitMs / 1000 });
}

/** Logs a wait in place for somebody else's grant. */
export const watching =
  (log: Log, runId: string, credential: string) =>
  (waitMs: number): void =>
    logWait(log, 'another instance holds, or held, the right to ask GitHub', waitMs, { credential, runId });
