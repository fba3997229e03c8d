/** What the apps and their hosts do with Service Bus, by the real SDK. */
import type { ServiceBusClient, ServiceBusMessage, ServiceBusSessionReceiver } from '@azure/service-bus';
import Long from 'long';
import { fetchEnvelope } from '@github-repo-stats/shared/messages';
import { QUEUES } from '@github-repo-stats/shared/topology';
import type { Operation } from './speed.ts';

const BATCH = 100;
const PEEKED = 100;
/** Repositories that a message names: as many as a batch has by default. */
const NAMED = 65;
const HOUR_MS = 3_600_000;
/** More than one round takes out of a session. */
const FILLED = 5_000;

const message = (session: string): ServiceBusMessage =>
  fetchEnvelope(
    {
      runId: '1611127298',
      batchId: 'b-s00001-00001-1',
      repos: Array.from({ length: NAMED }, (_, n) => ({
        nameWithOwner: `acme/repository-${n}`,
        id: `R_kgDO${String(n).padStart(8, '0')}`,
      })),
      attempt: 1,
      firstAttempt: 1,
      wait: 0,
    },
    session,
  );

export const MESSAGE_BYTES = JSON.stringify(message('a').body).length;

/** @returns the operations, each with sessions of its own; what they leave stays in the queue. */
export function serviceBusOperations(client: ServiceBusClient): Operation[] {
  const queue = QUEUES.fetch.name;
  const sender = client.createSender(queue);
  const peeker = client.createReceiver(queue);
  const one = message('sent');
  const many = Array.from({ length: BATCH }, () => one);
  let session: ServiceBusSessionReceiver | undefined;
  let sessions = 0;

  /** A session of its own with more messages than a round takes. */
  async function fill(): Promise<void> {
    await session?.close();
    const name = `filled-${++sessions}`;
    const filling = message(name);
    for (let n = 0; n < FILLED; n += BATCH)
      await sender.sendMessages(Array.from({ length: BATCH }, () => filling));
    session = await client.acceptSession(queue, filling.sessionId!, {
      maxAutoLockRenewalDurationInMs: HOUR_MS,
    });
  }

  return [
    {
      name: 'send, one after the other',
      once: async () => {
        await sender.sendMessages(one);
        return 1;
      },
      atLeast: 800,
    },
    {
      name: `send, ${BATCH} in a batch`,
      once: async () => {
        await sender.sendMessages(many);
        return BATCH;
      },
      atLeast: 5_000,
    },
    {
      name: 'schedule for later, one after the other',
      once: async () => {
        await sender.scheduleMessages(one, new Date(Date.now() + HOUR_MS));
        return 1;
      },
      atLeast: 400,
    },
    {
      name: 'receive in a session and complete, one after the other',
      prepare: fill,
      once: async () => {
        const [received] = await session!.receiveMessages(1, { maxWaitTimeInMs: 1_000 });
        if (!received) throw new Error(`${FILLED} messages were not enough for a round`);
        await session!.completeMessage(received);
        return 1;
      },
      atLeast: 500,
    },
    {
      name: `peek, ${PEEKED} at a time`,
      once: async () => (await peeker.peekMessages(PEEKED, { fromSequenceNumber: Long.ZERO })).length,
      atLeast: 5_000,
    },
  ];
}
