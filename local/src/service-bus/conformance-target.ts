/**
 * What the conformance suites run against: a broker of their own for each test, or, when
 * SERVICEBUS_CONFORMANCE_CONNECTION is set, a namespace that has the queues listed here.
 */
import {
  ServiceBusClient,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
} from '@azure/service-bus';
import { afterEach, beforeEach } from 'vitest';
import type { ServiceBusConfig } from './config.ts';
import { startServiceBus, type ServiceBusServer } from './server.ts';

const external = process.env['SERVICEBUS_CONFORMANCE_CONNECTION'];
if (!external) {
  console.log(
    'SERVICEBUS_CONFORMANCE_CONNECTION is not set: the conformance suites skip Azure, and run here only',
  );
}

/** Durations of the broker under test, by which the suites wait. */
const scale = external ? 1 : 0.1;
export const SHORT_LOCK_MS = 5000 * scale;
export const SHORT_LIFE_MS = 5000 * scale;

export const config: ServiceBusConfig = {
  UserConfig: {
    Namespaces: [
      {
        Name: 'conformance',
        Queues: [
          { Name: 'plain' },
          { Name: 'short', Properties: { LockDuration: 'PT5S', MaxDeliveryCount: 3 } },
          { Name: 'sessions', Properties: { RequiresSession: true } },
          {
            Name: 'short-sessions',
            Properties: { RequiresSession: true, LockDuration: 'PT5S', MaxDeliveryCount: 3 },
          },
          { Name: 'long-sessions', Properties: { RequiresSession: true, LockDuration: 'PT5M' } },
          { Name: 'unique', Properties: { RequiresDuplicateDetection: true } },
          {
            Name: 'mortal',
            Properties: { DefaultMessageTimeToLive: 'PT5S', DeadLetteringOnMessageExpiration: true },
          },
        ],
      },
    ],
  },
};

interface Target {
  readonly client: ServiceBusClient;
  /** Protocol errors the broker reported. */
  readonly errors: unknown[];
  /** Absent when the target is not ours. */
  readonly server: ServiceBusServer | undefined;
}

/** Call in a describe block: each test gets a client, and a broker with empty queues. */
export function useTarget(): () => Target {
  let target: Target;
  beforeEach(async () => {
    const errors: unknown[] = [];
    const server = external
      ? undefined
      : await startServiceBus({
          config,
          dataFile: ':memory:',
          durationScale: scale,
          onError: (error) => errors.push(error),
        });
    const client = new ServiceBusClient(server?.connectionString ?? external ?? '', {
      retryOptions: { maxRetries: 1, timeoutInMs: 8000, retryDelayInMs: 200 },
    });
    target = { client, errors, server };
    if (external) await purge(client);
  });
  afterEach(async () => {
    await target.client.close();
    await target.server?.close();
  });
  return () => target;
}

/** Receives until `count` messages came, and fails when nothing comes for 5 seconds. */
export async function receive(
  receiver: ServiceBusReceiver,
  count: number,
): Promise<ServiceBusReceivedMessage[]> {
  const messages: ServiceBusReceivedMessage[] = [];
  while (messages.length < count) {
    const more = await receiver.receiveMessages(count - messages.length, { maxWaitTimeInMs: 5000 });
    if (more.length === 0) throw new Error(`Only ${messages.length} of ${count} messages came`);
    messages.push(...more);
  }
  return messages;
}

export async function receiveOne(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage> {
  const [message] = await receive(receiver, 1);
  return message!;
}

/** True when nothing can be received now. */
export async function isEmpty(receiver: ServiceBusReceiver): Promise<boolean> {
  return (await receiver.receiveMessages(1, { maxWaitTimeInMs: external ? 3000 : 100 })).length === 0;
}

/** The error that this throws; fails when it does not. */
export async function errorOf(action: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await action;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('Nothing was thrown');
}

async function purge(client: ServiceBusClient): Promise<void> {
  for (const { Name, Properties } of config.UserConfig.Namespaces[0]?.Queues ?? []) {
    const sub = client.createReceiver(Name, { subQueueType: 'deadLetter', receiveMode: 'receiveAndDelete' });
    while (!(await isEmpty(sub)));
    if (Properties?.RequiresSession) continue;
    const receiver = client.createReceiver(Name, { receiveMode: 'receiveAndDelete' });
    while (!(await isEmpty(receiver)));
  }
}
