/**
 * What the conformance suites run against: a broker of their own for each test, or the namespace that the environment names
 * (conformance-namespace.ts).
 */
import {
  ServiceBusClient,
  type ServiceBusClientOptions,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
} from '@azure/service-bus';
import { azureIdentity } from '@github-repo-stats/shared/clients/identity';
import { afterEach, beforeEach } from 'vitest';
import type { ServiceBusConfig } from './config.ts';
import { namespaceOf, type Namespace } from './conformance-namespace.ts';
import { purge } from './conformance-purge.ts';
import { CONFORMANCE_QUEUES } from './conformance-queues.ts';
import { startServiceBus, type ServiceBusServer } from './server.ts';

const external = namespaceOf(process.env);
if (!external)
  console.log(
    'No namespace is named: the conformance suites run against the embedded broker alone (npm run test:azure)',
  );

/** For tests of what only the embedded broker can be asked; the reason is printed with the skip. */
export function localOnly(reason: string): { skip: boolean } {
  if (external) console.log(`skipped against a namespace: ${reason}`);
  return { skip: external !== undefined };
}

/** Durations of the broker under test, by which the suites wait. */
const scale = external ? 1 : 0.1;
export const SHORT_LOCK_MS = 5000 * scale;
export const SHORT_LIFE_MS = 5000 * scale;
/** How long a message may take to come: Azure looks for what has expired now and then. */
const COMES_WITHIN_MS = external ? 60_000 : 5000;

export const config: ServiceBusConfig = {
  UserConfig: { Namespaces: [{ Name: 'conformance', Queues: CONFORMANCE_QUEUES }] },
};

const credential = azureIdentity();
const open = (namespace: Namespace): ServiceBusClient => {
  const options: ServiceBusClientOptions = {
    retryOptions: { maxRetries: 1, timeoutInMs: 8000, retryDelayInMs: 200 },
  };
  return 'host' in namespace
    ? new ServiceBusClient(namespace.host, credential, options)
    : new ServiceBusClient(namespace.connectionString, options);
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
    const client = open(external ?? server!);
    target = { client, errors, server };
    if (external) await purge(client, CONFORMANCE_QUEUES);
  });
  afterEach(async () => {
    await target.client.close();
    await target.server?.close();
  });
  return () => target;
}

/** Receives until `count` messages came, and fails when nothing comes any more. */
export async function receive(
  receiver: ServiceBusReceiver,
  count: number,
): Promise<ServiceBusReceivedMessage[]> {
  const messages: ServiceBusReceivedMessage[] = [];
  while (messages.length < count) {
    const more = await receiver.receiveMessages(count - messages.length, {
      maxWaitTimeInMs: COMES_WITHIN_MS,
    });
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
