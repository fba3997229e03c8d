/** Opens Service Bus and sends to its queues; a broker that is away is tried again before the sender gives up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient, type ServiceBusMessage, type ServiceBusSender } from '@azure/service-bus';
import type { Envelope } from '../messages.ts';
import { TRACEPARENT } from '../queue-context.ts';
import { isOutage, type QueueSender } from '../settlement.ts';
import { currentTraceparent } from '../telemetry/spans.ts';
import { azureIdentity } from './identity.ts';

export interface ServiceBusSettings {
  ServiceBusConnection?: string | undefined;
  ServiceBusConnection__fullyQualifiedNamespace?: string | undefined;
}

/** A connection that is opened anew after it broke. */
export interface ServiceBus {
  /** Sends to one queue; several messages go in as few transfers as the link's size limit allows, in order. */
  queue<E extends ServiceBusMessage = Envelope>(name: string): QueueSender<E>;
  /** Does something with the client as it is now, tried again like a send. */
  use<T>(work: (client: ServiceBusClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The SDK repeats once by itself; an operation on a connection that broke meanwhile ends after this time. */
const RETRY_OPTIONS = { maxRetries: 1, retryDelayInMs: 200, timeoutInMs: 5_000 };
/** Pauses between tries while the broker is away; after the last the handler throws and the message comes back. */
const RETRY_MS = [100, 300, 1000, 3000];
/** The SDK throws this for a port that is closed, and calls it not retryable. */
const CLOSED = /ECONNREFUSED|ECONNRESET|socket|disconnected|connection/i;

const isBroken = (error: unknown): boolean => {
  const { retryable, message } = error as { retryable?: boolean; message?: string };
  return retryable === true || isOutage(error) || CLOSED.test(message ?? '');
};

/** After its repetition the SDK throws an AggregateError, without message and code: the last try says what is wrong. */
const lastTry = (error: unknown): unknown =>
  error instanceof AggregateError && error.errors.length > 0 ? (error.errors.at(-1) as unknown) : error;

export function openServiceBus(settings: ServiceBusSettings): ServiceBus {
  const open = (): ServiceBusClient =>
    settings.ServiceBusConnection
      ? new ServiceBusClient(settings.ServiceBusConnection, { retryOptions: RETRY_OPTIONS })
      : new ServiceBusClient(settings.ServiceBusConnection__fullyQualifiedNamespace ?? '', azureIdentity(), {
          retryOptions: RETRY_OPTIONS,
        });
  let client = open();
  const senders = new Map<string, ServiceBusSender>();

  /** A client whose connection broke while a link was opening may never recover, so it is replaced; its close may hang. */
  const replace = (broken: ServiceBusClient): void => {
    if (broken !== client) return;
    client = open();
    senders.clear();
    void broken.close().catch(() => undefined);
  };
  const use = async <T>(work: (current: ServiceBusClient) => Promise<T>): Promise<T> => {
    for (let tries = 0; ; tries++) {
      const current = client;
      try {
        return await work(current);
      } catch (thrown) {
        const error = lastTry(thrown);
        const pause = RETRY_MS[tries];
        if (!isBroken(error)) throw error;
        replace(current);
        if (pause === undefined) throw error;
        await sleep(pause);
      }
    }
  };
  const withSender = <T>(name: string, work: (sender: ServiceBusSender) => Promise<T>): Promise<T> =>
    use((current) => {
      const sender = senders.get(name) ?? current.createSender(name);
      senders.set(name, sender);
      return work(sender);
    });
  return {
    use,
    queue: (name) => ({
      async send(messages) {
        if (messages.length === 0) return;
        const caused = messages.map(withCause);
        await withSender(name, (sender) => transfer(sender, caused));
      },
      schedule(message, at) {
        const caused = withCause(message);
        return withSender(name, async (sender) => void (await sender.scheduleMessages(caused, at)));
      },
    }),
    close: () => client.close(),
  };
}

/** The message and, where telemetry is on, the span that sends it. */
function withCause(message: ServiceBusMessage): ServiceBusMessage {
  const traceparent = currentTraceparent();
  return traceparent === undefined
    ? message
    : { ...message, applicationProperties: { [TRACEPARENT]: traceparent } };
}

async function transfer(sender: ServiceBusSender, messages: readonly ServiceBusMessage[]): Promise<void> {
  if (messages.length === 1) return sender.sendMessages(messages[0]!);
  let batch = await sender.createMessageBatch();
  for (const message of messages) {
    if (batch.tryAddMessage(message)) continue;
    await sender.sendMessages(batch);
    batch = await sender.createMessageBatch();
    if (!batch.tryAddMessage(message)) await sender.sendMessages(message);
  }
  if (batch.count > 0) await sender.sendMessages(batch);
}
