/** Sessions through the unmodified SDK: order, one holder, state, waiting, and every way to lose one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delay, ServiceBusClient, type ServiceBusSessionReceiver } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { errorOf, localOnly, receive, receiveOne, SHORT_LOCK_MS, useTarget } from './conformance-target.ts';

const noRenewal = { maxAutoLockRenewalDurationInMs: 0 };

/** Completes what is left in the session, so that a namespace that is not ours is left as it was. */
async function drain(receiver: ServiceBusSessionReceiver, count: number): Promise<unknown[]> {
  const bodies: unknown[] = [];
  for (const message of await receive(receiver, count)) {
    bodies.push(message.body);
    await receiver.completeMessage(message);
  }
  return bodies;
}

describe('sessions', () => {
  const target = useTarget();

  it('gives each session its messages in order, and to one holder only', async () => {
    const { client } = target();
    const messages = [0, 1, 2, 3].flatMap((body) => ['a', 'b'].map((sessionId) => ({ body, sessionId })));
    await client.createSender('sessions').sendMessages(messages);
    const a = await client.acceptSession('sessions', 'a');
    expect(a.sessionLockedUntilUtc.getTime()).toBeGreaterThan(Date.now());
    expect(await errorOf(client.acceptSession('sessions', 'a'))).toMatchObject({
      code: 'SessionCannotBeLocked',
    });
    const next = await client.acceptNextSession('sessions');
    expect(next.sessionId).toBe('b');
    expect(await drain(a, 4)).toEqual([0, 1, 2, 3]);
    expect(await drain(next, 4)).toEqual([0, 1, 2, 3]);
    await Promise.all([a.close(), next.close()]);
  });

  it('waits for a session to get a message', async () => {
    const { client } = target();
    const waiting = client.acceptNextSession('sessions');
    await delay(200);
    await client.createSender('sessions').sendMessages({ body: 1, sessionId: 'late' });
    const receiver = await waiting;
    expect(receiver.sessionId).toBe('late');
    expect(await drain(receiver, 1)).toEqual([1]);
    await receiver.close();
  });

  it('times out when no session has a message', async () => {
    const { server, client } = target();
    const impatient = server
      ? new ServiceBusClient(server.connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 1000 } })
      : client;
    expect(await errorOf(impatient.acceptNextSession('sessions'))).toMatchObject({ code: 'ServiceTimeout' });
    if (impatient !== client) await impatient.close();
    // the place in the line is given up: the next message goes to the next who asks
    await client.createSender('sessions').sendMessages({ body: 1, sessionId: 'a' });
    const receiver = await client.acceptNextSession('sessions');
    expect(await drain(receiver, 1)).toEqual([1]);
    await receiver.close();
  });

  it('serves those who wait in their order', async () => {
    const { client } = target();
    const first = client.acceptNextSession('sessions');
    await delay(100);
    const second = client.acceptNextSession('sessions');
    await delay(100);
    const sender = client.createSender('sessions');
    await sender.sendMessages({ body: 1, sessionId: 'x' });
    expect((await first).sessionId).toBe('x');
    await sender.sendMessages({ body: 2, sessionId: 'y' });
    expect((await second).sessionId).toBe('y');
    expect(await drain(await first, 1)).toEqual([1]);
    expect(await drain(await second, 1)).toEqual([2]);
  });

  it('gives the session back on close, its messages uncounted', async () => {
    const { client } = target();
    await client.createSender('sessions').sendMessages([
      { body: 1, sessionId: 'a' },
      { body: 2, sessionId: 'a' },
    ]);
    const first = await client.acceptSession('sessions', 'a');
    await receiveOne(first);
    await first.close();
    const second = await client.acceptNextSession('sessions');
    const again = await receiveOne(second);
    expect(again).toMatchObject({ body: 1, deliveryCount: 0 });
    await second.abandonMessage(again);
    const third = await receiveOne(second);
    expect(third).toMatchObject({ body: 1, deliveryCount: 1 });
    await second.completeMessage(third);
    expect(await drain(second, 1)).toEqual([2]);
    await second.close();
  });

  it('keeps a state, which only the holder may read and write', async () => {
    const { client } = target();
    const receiver = await client.acceptSession('sessions', 'stateful');
    expect(await receiver.getSessionState()).toBeNull();
    await receiver.setSessionState(JSON.stringify({ k: 1 }));
    await receiver.close();
    const again = await client.acceptSession('sessions', 'stateful');
    expect(await again.getSessionState()).toBe(JSON.stringify({ k: 1 }));
    await again.setSessionState(null);
    expect(await again.getSessionState()).toBeNull();
    await again.close();
  });

  it('peeks within the session, and defers within it', async () => {
    const { client } = target();
    await client.createSender('sessions').sendMessages([
      { body: 1, sessionId: 'a' },
      { body: 2, sessionId: 'b' },
      { body: 3, sessionId: 'a' },
    ]);
    const a = await client.acceptSession('sessions', 'a');
    expect((await a.peekMessages(5)).map(({ body }) => body as unknown)).toEqual([1, 3]);
    const first = await receiveOne(a);
    await a.deferMessage(first);
    const [deferred] = await a.receiveDeferredMessages(first.sequenceNumber!);
    expect(deferred).toMatchObject({ body: 1, state: 'deferred' });
    await a.completeMessage(deferred!);
    const b = await client.acceptSession('sessions', 'b');
    const other = await receiveOne(b);
    await b.deferMessage(other);
    const foreign = await errorOf(a.receiveDeferredMessages(other.sequenceNumber!));
    expect(foreign).toMatchObject({ code: 'MessageNotFound' });
    const [own] = await b.receiveDeferredMessages(other.sequenceNumber!);
    await b.completeMessage(own!);
    expect(await drain(a, 1)).toEqual([3]);
    await Promise.all([a.close(), b.close()]);
  });

  it('hands messages to a subscriber one at a time', async () => {
    const { client } = target();
    const sent = [0, 1, 2, 3, 4, 5].map((body) => ({ body, sessionId: 'a' }));
    await client.createSender('sessions').sendMessages(sent);
    const receiver = await client.acceptSession('sessions', 'a');
    const seen: unknown[] = [];
    let [active, most] = [0, 0];
    await new Promise<void>((resolve) => {
      receiver.subscribe(
        {
          async processMessage({ body }) {
            most = Math.max(most, ++active);
            await delay(5);
            active--;
            seen.push(body);
            if (seen.length === 6) resolve();
          },
          async processError() {},
        },
        { maxConcurrentCalls: 1 },
      );
    });
    await receiver.close();
    expect(most).toBe(1);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('dead-letters from a session into a queue without sessions', async () => {
    const { client } = target();
    await client.createSender('sessions').sendMessages({ body: 'bad', sessionId: 'a' });
    const receiver = await client.acceptSession('sessions', 'a');
    await receiver.deadLetterMessage(await receiveOne(receiver), {
      deadLetterReason: 'R',
      deadLetterErrorDescription: 'D',
    });
    await receiver.close();
    const deadLetters = client.createReceiver('sessions', { subQueueType: 'deadLetter' });
    expect((await deadLetters.peekMessages(5)).map(({ body }) => body as unknown)).toEqual(['bad']);
    const dead = await receiveOne(deadLetters);
    expect(dead).toMatchObject({ body: 'bad', deadLetterReason: 'R', sessionId: 'a' });
    await deadLetters.completeMessage(dead);
  });
});

describe('losing a session', () => {
  const target = useTarget();

  it('ends with its lock: settling is refused, and the messages come back counted', async () => {
    const { client } = target();
    await client.createSender('short-sessions').sendMessages({ body: 1, sessionId: 'a' });
    const late = await client.acceptSession('short-sessions', 'a', noRenewal);
    const message = await receiveOne(late);
    const next = await client.acceptNextSession('short-sessions', noRenewal);
    expect(Date.now()).toBeGreaterThanOrEqual(message.lockedUntilUtc!.getTime());
    expect(await errorOf(late.completeMessage(message))).toMatchObject({ code: 'SessionLockLost' });
    const again = await receiveOne(next);
    expect(again).toMatchObject({ body: 1, deliveryCount: 1 });
    await next.completeMessage(again);
    await next.close();
  });

  it('is put off by renewal, by request and by the SDK itself', async () => {
    const { client } = target();
    await client.createSender('short-sessions').sendMessages([
      { body: 1, sessionId: 'a' },
      { body: 2, sessionId: 'b' },
    ]);
    const manual = await client.acceptSession('short-sessions', 'a', noRenewal);
    const automatic = await client.acceptSession('short-sessions', 'b', {
      maxAutoLockRenewalDurationInMs: 60_000,
    });
    const messages = [await receiveOne(manual), await receiveOne(automatic)] as const;
    const first = manual.sessionLockedUntilUtc;
    for (let round = 0; round < 4; round++) {
      await delay(SHORT_LOCK_MS * 0.6);
      expect((await manual.renewSessionLock()).getTime()).toBeGreaterThan(first.getTime());
    }
    await manual.completeMessage(messages[0]);
    await automatic.completeMessage(messages[1]);
    await Promise.all([manual.close(), automatic.close()]);
  });

  it(
    'happens at once when the connection of the holder breaks, and counts as a delivery',
    localOnly('connections to Azure cannot be cut from here'),
    async () => {
      const { client, server } = target();
      await client.createSender('long-sessions').sendMessages({ body: 1, sessionId: 'a' });
      const other = new ServiceBusClient(server!.connectionString);
      const holder = await other.acceptSession('long-sessions', 'a');
      await receiveOne(holder);
      const waiting = client.acceptNextSession('long-sessions');
      cutConnection(other);
      const receiver = await waiting;
      expect(receiver.sessionId).toBe('a');
      expect(await receiveOne(receiver)).toMatchObject({ body: 1, deliveryCount: 1 });
      await other.close();
    },
  );

  it(
    'cannot happen to a receiver that died while it waited: the session goes to the next',
    localOnly('it takes a connection that breaks'),
    async () => {
      const { client, server } = target();
      const program = `
      const { ServiceBusClient } = await import('@azure/service-bus');
      const accepted = new ServiceBusClient(process.argv[1]).acceptNextSession('long-sessions');
      console.log('waiting');
      await accepted;`;
      const args = ['--input-type=module', '-e', program, server!.connectionString];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      await delay(300);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await client.createSender('long-sessions').sendMessages({ body: 1, sessionId: 'a' });
      const receiver = await client.acceptNextSession('long-sessions');
      expect(await drain(receiver, 1)).toEqual([1]);
    },
  );
});

/** As a process that dies would. */
function cutConnection(client: ServiceBusClient): void {
  const context = Reflect.get(client, '_connectionContext') as {
    connection: { _connection: { socket: { destroy(error: Error): void } } };
  };
  context.connection._connection.socket.destroy(new Error('cut by the test'));
}
