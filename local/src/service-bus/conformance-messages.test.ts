/** Sending, receiving and settling through the unmodified SDK. */
import { delay, type ServiceBusReceivedMessage } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { errorOf, isEmpty, receive, receiveOne, useTarget } from './conformance-target.ts';

const bodies = (messages: ServiceBusReceivedMessage[]) => messages.map(({ body }) => body as unknown);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('sending and receiving', () => {
  const target = useTarget();

  it('hands over every property with its type', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages({
      body: { a: 1, s: 'é', deep: [null, true] },
      messageId: 'm1',
      subject: 'subject',
      correlationId: 'c1',
      contentType: 'application/json',
      applicationProperties: { int: 5, yes: true, text: 'x', double: 1.5, at: new Date(1e12) },
      partitionKey: 'p',
      timeToLive: 600_000,
      to: 'there',
      replyTo: 'here',
    });
    const message = await receiveOne(client.createReceiver('plain'));
    expect(message).toMatchObject({
      body: { a: 1, s: 'é', deep: [null, true] },
      messageId: 'm1',
      subject: 'subject',
      correlationId: 'c1',
      contentType: 'application/json',
      applicationProperties: { int: 5, yes: true, text: 'x', double: 1.5 },
      partitionKey: 'p',
      timeToLive: 600_000,
      to: 'there',
      replyTo: 'here',
      deliveryCount: 0,
      state: 'active',
    });
    expect(message.sequenceNumber?.toNumber()).toBeGreaterThan(0);
    expect(message.lockToken).toMatch(/^[0-9a-f-]{36}$/);
    expect(message.lockedUntilUtc!.getTime()).toBeGreaterThan(Date.now());
    expect(Math.abs(message.enqueuedTimeUtc!.getTime() - Date.now())).toBeLessThan(60_000);
  });

  it('gives a message an id when the sender set none, with and without other properties', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages([{ body: 1 }, { body: 2, subject: 's' }]);
    const messages = await receive(client.createReceiver('plain'), 2);
    expect(messages.map(({ messageId }) => messageId)).toEqual([
      expect.stringMatching(/^[0-9a-f]{32}$/),
      expect.stringMatching(/^[0-9a-f]{32}$/),
    ]);
    expect(messages[1]?.subject).toBe('s');
  });

  it('keeps the order of batches and arrays', async () => {
    const { client } = target();
    const sender = client.createSender('plain');
    const batch = await sender.createMessageBatch();
    expect(batch.maxSizeInBytes).toBe(1024 * 1024);
    for (const body of numbers(100)) expect(batch.tryAddMessage({ body })).toBe(true);
    await sender.sendMessages(batch);
    await sender.sendMessages([{ body: 100 }, { body: 101 }]);
    const receiver = client.createReceiver('plain');
    expect(bodies(await receive(receiver, 102))).toEqual(numbers(102));
  });

  it('carries binary bodies and large messages in several frames', async () => {
    const { client } = target();
    const body = Buffer.alloc(200_000, 7);
    await client.createSender('plain').sendMessages({ body });
    const message = await receiveOne(client.createReceiver('plain'));
    expect(Buffer.compare(message.body as Buffer, body)).toBe(0);
  });

  it('deletes on receive when asked to', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages([{ body: 1 }, { body: 2 }]);
    const receiver = client.createReceiver('plain', { receiveMode: 'receiveAndDelete' });
    expect(bodies(await receive(receiver, 2))).toEqual([1, 2]);
    expect(await isEmpty(receiver)).toBe(true);
  });

  it('spreads messages over competing receivers, each to one', async () => {
    const { client } = target();
    const receivers = [client.createReceiver('plain'), client.createReceiver('plain')];
    const waiting = receivers.map((receiver) => receiver.receiveMessages(1, { maxWaitTimeInMs: 5000 }));
    await client.createSender('plain').sendMessages([{ body: 1 }, { body: 2 }]);
    const got = (await Promise.all(waiting)).flat();
    expect(new Set(bodies(got))).toEqual(new Set([1, 2]));
  });

  it('returns early with what is there, and empty when nothing comes', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages({ body: 1 });
    const receiver = client.createReceiver('plain');
    expect(bodies(await receiver.receiveMessages(10, { maxWaitTimeInMs: 5000 }))).toEqual([1]);
    expect(await receiver.receiveMessages(10, { maxWaitTimeInMs: 50 })).toEqual([]);
    await client.createSender('plain').sendMessages({ body: 2 });
    expect(bodies(await receiver.receiveMessages(10, { maxWaitTimeInMs: 5000 }))).toEqual([2]);
  });

  it('peeks in every state without locking', async () => {
    const { client } = target();
    const sender = client.createSender('plain');
    await sender.sendMessages([{ body: 1 }, { body: 2 }]);
    const receiver = client.createReceiver('plain');
    const [first] = await receive(receiver, 2);
    await receiver.deferMessage(first!);
    await sender.scheduleMessages({ body: 3 }, new Date(Date.now() + 60_000));
    const peeked = await client.createReceiver('plain').peekMessages(10);
    expect(peeked.map(({ body, state }) => [body as unknown, state])).toEqual([
      [1, 'deferred'],
      [2, 'active'],
      [3, 'scheduled'],
    ]);
    const later = await client
      .createReceiver('plain')
      .peekMessages(10, { fromSequenceNumber: peeked[1]!.sequenceNumber! });
    expect(bodies(later)).toEqual([2, 3]);
  });

  it('peeks a backlog larger than one reply', async () => {
    const { client } = target();
    const sender = client.createSender('plain');
    for (const body of numbers(8)) await sender.sendMessages({ body: `${body}${'x'.repeat(200_000)}` });
    const receiver = client.createReceiver('plain');
    const seen: string[] = [];
    for (let page = await receiver.peekMessages(8); page.length > 0; page = await receiver.peekMessages(8)) {
      seen.push(...page.map(({ body }) => String(body).slice(0, 1)));
    }
    expect(seen).toEqual(numbers(8).map(String));
  });
});

describe('settling', () => {
  const target = useTarget();

  it('completes once', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages({ body: 1 });
    const receiver = client.createReceiver('plain');
    const message = await receiveOne(receiver);
    await receiver.completeMessage(message);
    const twice = await errorOf(receiver.completeMessage(message));
    expect(twice.message).toContain('already settled');
    expect(await isEmpty(receiver)).toBe(true);
    expect(await receiver.peekMessages(1)).toEqual([]);
  });

  it('redelivers an abandoned message at its old place, counted, with the changed properties', async () => {
    const { client } = target();
    await client
      .createSender('plain')
      .sendMessages([{ body: 1, applicationProperties: { kept: 1, old: 1 } }, { body: 2 }]);
    const receiver = client.createReceiver('plain');
    const [first, second] = await receive(receiver, 2);
    await receiver.abandonMessage(second!);
    await receiver.abandonMessage(first!, { old: 2, why: 'x' });
    const again = await receive(receiver, 2);
    expect(again.map(({ body, deliveryCount }) => [body as unknown, deliveryCount])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(again[0]?.applicationProperties).toEqual({ kept: 1, old: 2, why: 'x' });
  });

  it('dead-letters with reason, description and properties', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages({ body: 'bad', applicationProperties: { k: 1 } });
    const receiver = client.createReceiver('plain');
    await receiver.deadLetterMessage(await receiveOne(receiver), {
      deadLetterReason: 'R',
      deadLetterErrorDescription: 'D',
      extra: 'z',
    });
    const deadLetters = client.createReceiver('plain', { subQueueType: 'deadLetter' });
    expect(bodies(await deadLetters.peekMessages(5))).toEqual(['bad']);
    const dead = await receiveOne(deadLetters);
    expect(dead).toMatchObject({
      body: 'bad',
      deadLetterReason: 'R',
      deadLetterErrorDescription: 'D',
      deadLetterSource: 'plain',
      applicationProperties: { k: 1, extra: 'z' },
    });
    const refused = await errorOf(deadLetters.deadLetterMessage(dead));
    expect(refused.message).toContain('cannot be dead-lettered again');
    const { sequenceNumber } = dead;
    const still = await deadLetters.peekMessages(5, { fromSequenceNumber: sequenceNumber! });
    expect(bodies(still)).toEqual(['bad']);
  });

  it('keeps dead letters until they are completed, however often they are abandoned', async () => {
    const { client } = target();
    await client.createSender('short').sendMessages({ body: 'bad' });
    const receiver = client.createReceiver('short');
    await receiver.deadLetterMessage(await receiveOne(receiver));
    const deadLetters = client.createReceiver('short', { subQueueType: 'deadLetter' });
    for (const deliveryCount of [0, 1, 2, 3, 4]) {
      const dead = await receiveOne(deadLetters);
      expect(dead.deliveryCount).toBe(deliveryCount);
      await deadLetters.abandonMessage(dead);
    }
    await deadLetters.completeMessage(await receiveOne(deadLetters));
    expect(await isEmpty(deadLetters)).toBe(true);
  });

  it('dead-letters after the last delivery', async () => {
    const { client } = target();
    await client.createSender('short').sendMessages({ body: 'poison' });
    const receiver = client.createReceiver('short');
    for (const deliveryCount of [0, 1, 2]) {
      const message = await receiveOne(receiver);
      expect(message.deliveryCount).toBe(deliveryCount);
      await receiver.abandonMessage(message);
    }
    const dead = await receiveOne(client.createReceiver('short', { subQueueType: 'deadLetter' }));
    expect(dead).toMatchObject({
      body: 'poison',
      deadLetterReason: 'MaxDeliveryCountExceeded',
      deliveryCount: 3,
    });
  });

  it('defers, and gives a deferred message to whoever asks by number', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages([{ body: 1 }, { body: 2 }]);
    const receiver = client.createReceiver('plain');
    const [first, second] = await receive(receiver, 2);
    await receiver.deferMessage(first!, { why: 'later' });
    await receiver.completeMessage(second!);
    expect(await isEmpty(receiver)).toBe(true);
    const [deferred] = await receiver.receiveDeferredMessages(first!.sequenceNumber!);
    expect(deferred).toMatchObject({ body: 1, state: 'deferred', applicationProperties: { why: 'later' } });
    const taken = await errorOf(receiver.receiveDeferredMessages(first!.sequenceNumber!));
    expect(taken).toMatchObject({ code: 'MessageNotFound' });
    await receiver.renewMessageLock(deferred!);
    await receiver.abandonMessage(deferred!);
    const [again] = await receiver.receiveDeferredMessages(first!.sequenceNumber!);
    expect(again).toMatchObject({ body: 1, state: 'deferred', deliveryCount: 1 });
    await receiver.completeMessage(again!);
    const gone = await errorOf(receiver.receiveDeferredMessages(first!.sequenceNumber!));
    expect(gone).toMatchObject({ code: 'MessageNotFound' });
  });

  it('dead-letters a deferred message through its lock token', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages({ body: 1 });
    const receiver = client.createReceiver('plain');
    const message = await receiveOne(receiver);
    await receiver.deferMessage(message);
    const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber!);
    await receiver.deadLetterMessage(deferred!, { deadLetterReason: 'R', deadLetterErrorDescription: 'D' });
    const dead = await receiveOne(client.createReceiver('plain', { subQueueType: 'deadLetter' }));
    expect(dead).toMatchObject({ body: 1, deadLetterReason: 'R', state: 'active' });
  });
});

describe('subscribing', () => {
  const target = useTarget();

  it('runs as many handlers as asked for, and redelivers what a handler threw at', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages(numbers(20).map((body) => ({ body })));
    const receiver = client.createReceiver('plain');
    const done: number[] = [];
    const errors: string[] = [];
    let [active, most] = [0, 0];
    await new Promise<void>((resolve) => {
      receiver.subscribe(
        {
          async processMessage({ body, deliveryCount }) {
            most = Math.max(most, ++active);
            await delay(10);
            active--;
            if (body === 7 && deliveryCount === 0) throw new Error('boom');
            done.push(body as number);
            if (done.length === 20) resolve();
          },
          async processError({ error }) {
            errors.push(error.message);
          },
        },
        { maxConcurrentCalls: 4 },
      );
    });
    await receiver.close();
    expect(most).toBe(4);
    expect(errors).toEqual(['boom']);
    expect(done.toSorted((a, b) => a - b)).toEqual(numbers(20));
  });

  it('iterates', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages(numbers(3).map((body) => ({ body })));
    const receiver = client.createReceiver('plain');
    const seen: unknown[] = [];
    for await (const message of receiver.getMessageIterator()) {
      seen.push(message.body);
      await receiver.completeMessage(message);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([0, 1, 2]);
  });

  it('goes on while one message stays locked on the same link', async () => {
    const { client } = target();
    const sender = client.createSender('plain');
    await sender.sendMessages({ body: 'stuck' });
    const receiver = client.createReceiver('plain', { maxAutoLockRenewalDurationInMs: 0 });
    const stuck = await receiveOne(receiver);
    for (const _round of numbers(15)) {
      await sender.sendMessages(numbers(100).map((body) => ({ body })));
      const messages = await receive(receiver, 100);
      await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    }
    await receiver.completeMessage(stuck);
    expect(await isEmpty(receiver)).toBe(true);
  });
});
