/** Empties queues through the SDK, whatever state their messages are in, so that a test on a lasting namespace finds them new. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceBusClient, ServiceBusReceivedMessage } from '@azure/service-bus';
import Long from 'long';
import type { ServiceBusConfig } from './config.ts';

type Queue = NonNullable<ServiceBusConfig['UserConfig']['Namespaces'][number]['Queues']>[number];

export interface PurgeOptions {
  /** How long to wait for locks that earlier clients left behind; the longest of a queue that suites leave locked is a minute. */
  patienceMs?: number;
  pauseMs?: number;
}

const PAGE = 250;
/** New for each receiver: the SDK changes the options that it is given. */
const deleting = () => ({ receiveMode: 'receiveAndDelete' }) as const;

/** Throws, naming queue and states, when something is still there in the end. */
export async function purge(
  client: ServiceBusClient,
  queues: readonly Queue[],
  { patienceMs = 150_000, pauseMs = 1000 }: PurgeOptions = {},
): Promise<void> {
  await Promise.all(
    queues.map(async (queue) => {
      const end = performance.now() + patienceMs;
      for (;;) {
        const dead = await peek(client, queue.Name, { subQueueType: 'deadLetter' });
        const live = await peek(client, queue.Name);
        if (dead.length + live.length === 0) return;
        if (performance.now() > end) throw new Error(remaining(queue.Name, live, dead));
        if (dead.length > 0)
          await takeAll(client.createReceiver(queue.Name, { ...deleting(), subQueueType: 'deadLetter' }));
        await (queue.Properties?.RequiresSession
          ? removeOfSessions(client, queue.Name, live)
          : removeOfQueue(client, queue.Name, live));
        await sleep(pauseMs);
      }
    }),
  );
}

const remaining = (
  name: string,
  live: readonly ServiceBusReceivedMessage[],
  dead: readonly ServiceBusReceivedMessage[],
): string =>
  `The queue ${name} is not empty: ${[...live.map(({ state }) => state), ...dead.map(() => 'dead letter')].join(', ')}.`;

async function peek(
  client: ServiceBusClient,
  name: string,
  options?: { subQueueType: 'deadLetter' },
): Promise<ServiceBusReceivedMessage[]> {
  const receiver = client.createReceiver(name, options);
  try {
    // A client goes on where it peeked last, whichever receiver that was.
    return await receiver.peekMessages(PAGE, { fromSequenceNumber: Long.ZERO });
  } finally {
    await receiver.close();
  }
}

interface Receiver {
  receiveMessages(count: number, options: { maxWaitTimeInMs: number }): Promise<unknown[]>;
  close(): Promise<void>;
}

/** Takes what is there now; what is locked stays. */
async function takeAll(receiver: Receiver): Promise<void> {
  try {
    while ((await receiver.receiveMessages(PAGE, { maxWaitTimeInMs: 500 })).length > 0);
  } finally {
    await receiver.close();
  }
}

/** What a lock of somebody else holds is left for the next round. */
const orLater = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);

const inState = (messages: readonly ServiceBusReceivedMessage[], state: string) =>
  messages.filter((message) => message.state === state).map(({ sequenceNumber }) => sequenceNumber!);

async function removeScheduled(
  client: ServiceBusClient,
  name: string,
  live: readonly ServiceBusReceivedMessage[],
): Promise<void> {
  const numbers = inState(live, 'scheduled');
  if (numbers.length === 0) return;
  const sender = client.createSender(name);
  await orLater(sender.cancelScheduledMessages(numbers));
  await sender.close();
}

async function removeOfQueue(
  client: ServiceBusClient,
  name: string,
  live: readonly ServiceBusReceivedMessage[],
): Promise<void> {
  await removeScheduled(client, name, live);
  const receiver = client.createReceiver(name, deleting());
  for (const number of inState(live, 'deferred')) await orLater(receiver.receiveDeferredMessages(number));
  await takeAll(receiver);
}

async function removeOfSessions(
  client: ServiceBusClient,
  name: string,
  live: readonly ServiceBusReceivedMessage[],
): Promise<void> {
  await removeScheduled(client, name, live);
  for (const session of new Set(live.map(({ sessionId }) => sessionId ?? ''))) {
    const own = live.filter(({ sessionId }) => sessionId === session);
    await orLater(removeOfSession(client, name, session, inState(own, 'deferred')));
  }
}

/** Completes rather than deletes on receive, since only then the SDK keeps the session's lock. */
async function removeOfSession(
  client: ServiceBusClient,
  name: string,
  session: string,
  deferred: readonly Long[],
): Promise<void> {
  const receiver = await client.acceptSession(name, session);
  try {
    for (const number of deferred)
      for (const message of await receiver.receiveDeferredMessages(number))
        await receiver.completeMessage(message);
    for (;;) {
      const messages = await receiver.receiveMessages(PAGE, { maxWaitTimeInMs: 500 });
      if (messages.length === 0) return;
      await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    }
  } finally {
    await receiver.close();
  }
}
