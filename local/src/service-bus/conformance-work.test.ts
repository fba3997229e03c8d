/** What a handler of work leans on beside the rest: ids that come again, sessions with a message that cannot be handled, dead letters that are looked at. */
import { delay } from '@azure/service-bus';
import Long from 'long';
import { describe, expect, it } from 'vitest';
import { isEmpty, receive, receiveOne, SHORT_LIFE_MS, useTarget } from './conformance-target.ts';

/** Of a queue that names no other number, here and in Azure. */
const MOST_DELIVERIES = 10;

describe('a queue of work', () => {
  const target = useTarget();

  it('takes an id as often as it is sent where duplicate detection is off, scheduled copies too', async () => {
    const { client } = target();
    const sender = client.createSender('sessions');
    const message = { messageId: 'same', sessionId: 'a' };
    await sender.sendMessages([
      { ...message, body: 1 },
      { ...message, body: 2 },
    ]);
    await sender.scheduleMessages({ ...message, body: 3 }, new Date(Date.now() + 100));
    const session = await client.acceptSession('sessions', 'a');
    const messages = await receive(session, 3);
    expect(messages.map(({ body, messageId }) => [body as unknown, messageId])).toEqual([
      [1, 'same'],
      [2, 'same'],
      [3, 'same'],
    ]);
    for (const each of messages) await session.completeMessage(each);
    await session.close();
  });

  it('dead-letters in a session after the last delivery, and goes on with the message behind it', async () => {
    const { client } = target();
    await client.createSender('sessions').sendMessages([
      { body: 'poison', sessionId: 'a' },
      { body: 'good', sessionId: 'a' },
    ]);
    const session = await client.acceptSession('sessions', 'a');
    let message = await receiveOne(session);
    for (let deliveryCount = 0; deliveryCount < MOST_DELIVERIES; deliveryCount++) {
      expect(message).toMatchObject({ body: 'poison', deliveryCount });
      await session.abandonMessage(message);
      message = await receiveOne(session);
    }
    expect(message).toMatchObject({ body: 'good', deliveryCount: 0 });
    await session.completeMessage(message);
    await session.close();
    const deadLetters = client.createReceiver('sessions', { subQueueType: 'deadLetter' });
    const dead = await receiveOne(deadLetters);
    expect(dead).toMatchObject({ body: 'poison', deadLetterReason: 'MaxDeliveryCountExceeded' });
    await deadLetters.completeMessage(dead);
  });

  it('keeps the sequence number over all deliveries', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages({ body: 1 });
    const receiver = client.createReceiver('plain');
    const first = await receiveOne(receiver);
    await receiver.abandonMessage(first);
    const again = await receiveOne(receiver);
    expect(again.sequenceNumber!.toString()).toBe(first.sequenceNumber!.toString());
    await receiver.completeMessage(again);
  });

  it('says of a scheduled message that it was enqueued when it was due', async () => {
    const { client } = target();
    const wait = 2000;
    const sender = client.createSender('plain');
    await sender.sendMessages({ body: 'at once' });
    await sender.scheduleMessages({ body: 'later' }, new Date(Date.now() + wait));
    const receiver = client.createReceiver('plain');
    const [sent, scheduled] = await receive(receiver, 2);
    expect(scheduled!.body).toBe('later');
    // Both by the broker's clock.
    const between = scheduled!.enqueuedTimeUtc!.getTime() - sent!.enqueuedTimeUtc!.getTime();
    expect(between).toBeGreaterThan(wait / 2);
    for (const message of [sent!, scheduled!]) await receiver.completeMessage(message);
  });

  it('shows dead letters from a number on, as often as they are asked for, and leaves them as they are', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages([{ body: 1 }, { body: 2 }, { body: 3 }]);
    const receiver = client.createReceiver('plain');
    for (const message of await receive(receiver, 3)) await receiver.deadLetterMessage(message);
    const deadLetters = client.createReceiver('plain', { subQueueType: 'deadLetter' });
    const look = (from: Long) => deadLetters.peekMessages(10, { fromSequenceNumber: from });
    const all = await look(Long.ZERO);
    expect(all.map(({ body }) => body as unknown)).toEqual([1, 2, 3]);
    const later = await look(all[0]!.sequenceNumber!.add(1));
    expect(later.map(({ body }) => body as unknown)).toEqual([2, 3]);
    expect(await look(all[2]!.sequenceNumber!.add(1))).toEqual([]);
    const received = await receive(deadLetters, 3);
    expect(received.map(({ body, deliveryCount }) => [body as unknown, deliveryCount])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    for (const message of received) await deadLetters.completeMessage(message);
  });

  it('shows what lies in all sessions to who asks without one, held or not, and locks nothing', async () => {
    const { client } = target();
    const sender = client.createSender('sessions');
    await sender.sendMessages(['a', 'b'].map((sessionId) => ({ body: sessionId, sessionId })));
    const held = await client.acceptSession('sessions', 'a');
    const look = () => client.createReceiver('sessions').peekMessages(10, { fromSequenceNumber: Long.ZERO });
    expect((await look()).map(({ body }) => String(body)).toSorted()).toEqual(['a', 'b']);
    const other = await client.acceptSession('sessions', 'b');
    for (const session of [held, other]) {
      await session.completeMessage(await receiveOne(session));
      await session.close();
    }
    expect(await look()).toEqual([]);
  });

  it('keeps dead letters longer than messages live in the queue', async () => {
    const { client } = target();
    await client.createSender('mortal').sendMessages({ body: 1 });
    const deadLetters = client.createReceiver('mortal', { subQueueType: 'deadLetter' });
    await deadLetters.abandonMessage(await receiveOne(deadLetters));
    await delay(SHORT_LIFE_MS * 2);
    const dead = await receiveOne(deadLetters);
    expect(dead.body).toBe(1);
    await deadLetters.completeMessage(dead);
    expect(await isEmpty(deadLetters)).toBe(true);
  });
});
