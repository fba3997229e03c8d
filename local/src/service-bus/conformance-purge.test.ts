/** The suites' own broom: queues are empty after it, whatever was left behind, and by whom. */
import type { ServiceBusClient } from '@azure/service-bus';
import Long from 'long';
import { expect, it } from 'vitest';
import { purge } from './conformance-purge.ts';
import { CONFORMANCE_QUEUES } from './conformance-queues.ts';
import { localOnly, receive, receiveOne, useTarget } from './conformance-target.ts';

const target = useTarget();
const later = () => new Date(Date.now() + 600_000);
const pauseMs = 50;

async function left(client: ServiceBusClient): Promise<string[]> {
  const all = await Promise.all(
    CONFORMANCE_QUEUES.flatMap(({ Name }) =>
      [{}, { subQueueType: 'deadLetter' as const }].map(async (options) => {
        const messages = await client.createReceiver(Name, options).peekMessages(100, {
          fromSequenceNumber: Long.ZERO,
        });
        return messages.map(({ state }) => `${Name} ${state}`);
      }),
    ),
  );
  return all.flat();
}

it.each(['once', 'again'])('removes what is active, scheduled, deferred, dead or locked, %s', async () => {
  const { client } = target();
  const sender = client.createSender('short');
  await sender.sendMessages(['deferred', 'dead', 'locked', 'active'].map((body) => ({ body })));
  await sender.scheduleMessages({ body: 'scheduled' }, later());
  const receiver = client.createReceiver('short', { maxAutoLockRenewalDurationInMs: 0 });
  const [deferred, dead] = await receive(receiver, 3);
  await receiver.deferMessage(deferred!);
  await receiver.deadLetterMessage(dead!);
  await receiver.close();
  // Held as well, so that it cannot be taken at the first look.
  await receiveOne(
    client.createReceiver('short', { subQueueType: 'deadLetter', maxAutoLockRenewalDurationInMs: 0 }),
  );
  expect((await left(client)).length).toBe(5);
  await purge(client, CONFORMANCE_QUEUES, { pauseMs });
  expect(await left(client)).toEqual([]);
});

it('removes what is in sessions, also in one that another client holds for a while', async () => {
  const { client } = target();
  const sender = client.createSender('short-sessions');
  await sender.sendMessages(['held', 'held', 'free'].map((sessionId) => ({ body: sessionId, sessionId })));
  await sender.scheduleMessages({ body: 'scheduled', sessionId: 'free' }, later());
  const holder = await client.acceptSession('short-sessions', 'held', { maxAutoLockRenewalDurationInMs: 0 });
  await holder.deferMessage(await receiveOne(holder));
  await purge(client, CONFORMANCE_QUEUES, { pauseMs });
  expect(await left(client)).toEqual([]);
});

it('tells what it could not remove', localOnly('holds a session for minutes'), async () => {
  const { client } = target();
  await client.createSender('long-sessions').sendMessages({ body: 1, sessionId: 'a' });
  await client.acceptSession('long-sessions', 'a');
  await expect(purge(client, CONFORMANCE_QUEUES, { pauseMs, patienceMs: 0 })).rejects.toThrow(
    'The queue long-sessions is not empty: active.',
  );
});
