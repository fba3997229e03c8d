/** Locks, schedules, lifetimes and duplicate windows, through the unmodified SDK. */
import { delay } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import {
  errorOf,
  isEmpty,
  receive,
  receiveOne,
  SHORT_LIFE_MS,
  SHORT_LOCK_MS,
  useTarget,
} from './conformance-target.ts';

const noRenewal = { maxAutoLockRenewalDurationInMs: 0 };

describe('message locks', () => {
  const target = useTarget();

  it('redelivers a message when its lock expires, counted, and refuses the late settlement', async () => {
    const { client } = target();
    await client.createSender('short').sendMessages({ body: 1 });
    const receiver = client.createReceiver('short', noRenewal);
    const late = await receiveOne(receiver);
    const again = await receiveOne(receiver);
    expect(again).toMatchObject({ body: 1, deliveryCount: 1 });
    expect(Date.now()).toBeGreaterThanOrEqual(late.lockedUntilUtc!.getTime());
    expect(await errorOf(receiver.completeMessage(late))).toMatchObject({ code: 'MessageLockLost' });
    await receiver.completeMessage(again);
    expect(await isEmpty(receiver)).toBe(true);
  });

  it('dead-letters when the lock expires for the last time', async () => {
    const { client } = target();
    await client.createSender('short').sendMessages({ body: 1 });
    const receiver = client.createReceiver('short', noRenewal);
    for (const deliveryCount of [0, 1, 2]) {
      expect((await receiveOne(receiver)).deliveryCount).toBe(deliveryCount);
    }
    const dead = await receiveOne(client.createReceiver('short', { subQueueType: 'deadLetter' }));
    expect(dead.deadLetterReason).toBe('MaxDeliveryCountExceeded');
  });

  it('renews a lock by request', async () => {
    const { client } = target();
    await client.createSender('short').sendMessages({ body: 1 });
    const receiver = client.createReceiver('short', noRenewal);
    const message = await receiveOne(receiver);
    const first = message.lockedUntilUtc!;
    await delay(SHORT_LOCK_MS * 0.6);
    const renewed = await receiver.renewMessageLock(message);
    expect(renewed.getTime()).toBeGreaterThan(first.getTime());
    await delay(SHORT_LOCK_MS * 0.6);
    await receiver.completeMessage(message);
    expect(await errorOf(receiver.renewMessageLock(message))).toMatchObject({ code: 'MessageLockLost' });
  });

  it('lives with the automatic renewal of the SDK', async () => {
    const { client } = target();
    await client.createSender('short').sendMessages({ body: 1 });
    const receiver = client.createReceiver('short', { maxAutoLockRenewalDurationInMs: 60_000 });
    const message = await receiveOne(receiver);
    await delay(SHORT_LOCK_MS * 2.5);
    await receiver.completeMessage(message);
    expect(await isEmpty(receiver)).toBe(true);
  });

  it('keeps the lock when the receiver closes, until it expires', async () => {
    const { client } = target();
    await client.createSender('short').sendMessages({ body: 1 });
    const first = client.createReceiver('short', noRenewal);
    const locked = await receiveOne(first);
    await first.close();
    const again = await receiveOne(client.createReceiver('short', noRenewal));
    expect(again.deliveryCount).toBe(1);
    expect(Date.now()).toBeGreaterThanOrEqual(locked.lockedUntilUtc!.getTime());
  });
});

describe('scheduling', () => {
  const target = useTarget();

  it('delivers at its time, by operation and by property, in the order scheduled', async () => {
    const { client } = target();
    const sender = client.createSender('plain');
    const at = new Date(Date.now() + 800);
    const [, second] = await sender.scheduleMessages([{ body: 1 }, { body: 'cancelled' }], at);
    await sender.cancelScheduledMessages(second!);
    await sender.sendMessages({ body: 2, scheduledEnqueueTimeUtc: at });
    const receiver = client.createReceiver('plain');
    const peeked = await receiver.peekMessages(10);
    expect(peeked.map(({ body, state }) => [body as unknown, state])).toEqual([
      [1, 'scheduled'],
      [2, 'scheduled'],
    ]);
    await sender.sendMessages({ body: 'now' });
    const messages = await receive(receiver, 3);
    expect(messages.map(({ body }) => body as unknown)).toEqual(['now', 1, 2]);
    expect(messages[1]!.enqueuedTimeUtc!.getTime()).toBeGreaterThanOrEqual(at.getTime());
    expect(messages[1]!.scheduledEnqueueTimeUtc).toEqual(at);
    expect(messages[1]!.sequenceNumber!.compare(messages[0]!.sequenceNumber!)).toBe(1);
  });

  it('takes a time in the past as now', async () => {
    const { client } = target();
    await client.createSender('plain').scheduleMessages({ body: 1 }, new Date(Date.now() - 1000));
    expect((await receiveOne(client.createReceiver('plain'))).state).toBe('active');
  });

  it('refuses to cancel what is not scheduled', async () => {
    const { client } = target();
    const sender = client.createSender('plain');
    const numbers = await sender.scheduleMessages({ body: 1 }, new Date(Date.now() + 60_000));
    await sender.cancelScheduledMessages(numbers);
    expect(await errorOf(sender.cancelScheduledMessages(numbers))).toMatchObject({ code: 'MessageNotFound' });
  });

  it('keeps the session of a scheduled message', async () => {
    const { client } = target();
    const at = new Date(Date.now() + 200);
    await client.createSender('sessions').scheduleMessages({ body: 1, sessionId: 'a' }, at);
    const receiver = await client.acceptNextSession('sessions');
    expect(receiver.sessionId).toBe('a');
    const message = await receiveOne(receiver);
    expect(message).toMatchObject({ body: 1, sessionId: 'a' });
    await receiver.completeMessage(message);
    await receiver.close();
  });
});

describe('lifetimes', () => {
  const target = useTarget();

  it('dead-letters a message that outlives the lifetime of the queue', async () => {
    const { client } = target();
    await client.createSender('mortal').sendMessages({ body: 1 });
    const deadLetters = client.createReceiver('mortal', { subQueueType: 'deadLetter' });
    const dead = await receiveOne(deadLetters);
    expect(dead).toMatchObject({ body: 1, deadLetterReason: 'TTLExpiredException' });
  });

  it('drops a message that outlives its own, where dead-lettering is off', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages([{ body: 1, timeToLive: SHORT_LIFE_MS }, { body: 2 }]);
    await delay(SHORT_LIFE_MS + 100);
    const receiver = client.createReceiver('plain');
    expect((await receiveOne(receiver)).body).toBe(2);
    const deadLetters = client.createReceiver('plain', { subQueueType: 'deadLetter' });
    expect(await isEmpty(deadLetters)).toBe(true);
  });

  it('lets a locked message be completed after its lifetime', async () => {
    const { client } = target();
    await client.createSender('mortal').sendMessages({ body: 1 });
    const receiver = client.createReceiver('mortal');
    const message = await receiveOne(receiver);
    await delay(SHORT_LIFE_MS + 100);
    await receiver.completeMessage(message);
    const deadLetters = client.createReceiver('mortal', { subQueueType: 'deadLetter' });
    expect(await isEmpty(deadLetters)).toBe(true);
  });

  it('expires an abandoned message whose lifetime ended under the lock', async () => {
    const { client } = target();
    await client.createSender('mortal').sendMessages({ body: 1 });
    const receiver = client.createReceiver('mortal');
    const message = await receiveOne(receiver);
    await delay(SHORT_LIFE_MS + 100);
    await receiver.abandonMessage(message);
    const dead = await receiveOne(client.createReceiver('mortal', { subQueueType: 'deadLetter' }));
    expect(dead.deadLetterReason).toBe('TTLExpiredException');
  });
});

describe('duplicate detection', () => {
  const target = useTarget();

  it('enqueues an id once, sent or scheduled', async () => {
    const { client } = target();
    const sender = client.createSender('unique');
    const run = String(Date.now());
    await sender.sendMessages([
      { body: 1, messageId: `a${run}` },
      { body: 2, messageId: `a${run}` },
      { body: 3, messageId: `b${run}` },
    ]);
    await sender.scheduleMessages({ body: 4, messageId: `a${run}` }, new Date(Date.now() + 10));
    const receiver = client.createReceiver('unique', { receiveMode: 'receiveAndDelete' });
    expect((await receive(receiver, 2)).map(({ body }) => body as unknown)).toEqual([1, 3]);
    expect(await isEmpty(receiver)).toBe(true);
  });
});
