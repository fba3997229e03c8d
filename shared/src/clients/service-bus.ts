/** Opens Service Bus and sends to its queues; a broker that is away is tried again before the sender gives up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient, type ServiceBusSender } from '@azure/service-bus';
import type { Envelope } from '../messages.ts';
import { isOutage, type QueueSender } from '../settlement.ts';
import { azureIdentity } from './identity.ts';

/** The settings that lead to Service Bus. */
export const SERVICE_BUS_SETTINGS = [
  'ServiceBusConnection',
  'ServiceBusConnection__fullyQualifiedNamespace',
] as const;

export interface ServiceBusSettings {
  ServiceBusConnection?: string | undefined;
  ServiceBusConnection__fullyQualifiedNamespace?: string | undefined;
}

export function openServiceBus(settings: ServiceBusSettings): ServiceBusClient {
  const retryOptions = { maxRetries: 3, retryDelayInMs: 200, timeoutInMs: 10_000 };
  return settings.ServiceBusConnection
    ? new ServiceBusClient(settings.ServiceBusConnection, { retryOptions })
    : new ServiceBusClient(settings.ServiceBusConnection__fullyQualifiedNamespace ?? '', azureIdentity(), {
        retryOptions,
      });
}

/** Pauses between tries while the broker is away; after the last the handler throws and the message comes back. */
const RETRY_MS = [100, 300, 1000, 3000];
/** The SDK throws this for a port that is closed, and calls it not retryable. */
const CLOSED = /ECONNREFUSED|ECONNRESET|socket|disconnected|connection/i;

async function persist<T>(send: () => Promise<T>): Promise<T> {
  for (const pause of RETRY_MS) {
    try {
      return await send();
    } catch (error) {
      const { retryable, message } = error as { retryable?: boolean; message?: string };
      if (!retryable && !isOutage(error) && !CLOSED.test(message ?? '')) throw error;
    }
    await sleep(pause);
  }
  return send();
}

/** Sends to one queue; several messages go in as few transfers as the link's size limit allows, in order. */
export function queueSender(sender: ServiceBusSender): QueueSender {
  const transfer = async (messages: readonly Envelope[]): Promise<void> => {
    if (messages.length === 1) return sender.sendMessages(messages[0]!);
    let batch = await sender.createMessageBatch();
    for (const message of messages) {
      if (batch.tryAddMessage(message)) continue;
      await sender.sendMessages(batch);
      batch = await sender.createMessageBatch();
      if (!batch.tryAddMessage(message)) await sender.sendMessages(message);
    }
    if (batch.count > 0) await sender.sendMessages(batch);
  };
  return {
    send: (messages) => (messages.length === 0 ? Promise.resolve() : persist(() => transfer(messages))),
    schedule: async (message, at) => void (await persist(() => sender.scheduleMessages(message, at))),
  };
}
