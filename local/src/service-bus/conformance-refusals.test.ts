/** What the broker refuses, and by which code of the SDK's errors. */
import { ServiceBusClient } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { errorOf, isEmpty, localOnly, receive, useTarget } from './conformance-target.ts';

describe('refusals', () => {
  const target = useTarget();

  it('does not know a queue that is not configured', async () => {
    const { client } = target();
    const code = 'MessagingEntityNotFound';
    expect(await errorOf(client.createSender('nope').sendMessages({ body: 1 }))).toMatchObject({ code });
    expect(await errorOf(client.createReceiver('nope').receiveMessages(1))).toMatchObject({ code });
    expect(await errorOf(client.createReceiver('nope').peekMessages(1))).toMatchObject({ code });
    expect(await errorOf(client.acceptNextSession('nope'))).toMatchObject({ code });
  });

  it('finds a queue in any case', async () => {
    const { client } = target();
    await client.createSender('PLAIN').sendMessages({ body: 1 });
    const receiver = client.createReceiver('Plain', { receiveMode: 'receiveAndDelete' });
    expect(await receive(receiver, 1)).toMatchObject([{ body: 1 }]);
  });

  it('tells receivers with and without sessions apart', async () => {
    const { client } = target();
    const without = await errorOf(client.createReceiver('sessions').receiveMessages(1));
    expect(without.message).toContain('requires sessions');
    const session = await errorOf(client.acceptSession('plain', 'a'));
    expect(session).toMatchObject({ code: 'SessionCannotBeLocked' });
  });

  it('wants a session id on a queue with sessions, of every message of a batch', async () => {
    const { client } = target();
    const sender = client.createSender('sessions');
    const error = await errorOf(sender.sendMessages([{ body: 1, sessionId: 'a' }, { body: 2 }]));
    expect(error.message).toContain('SessionId was not set');
    expect(await client.createReceiver('sessions').peekMessages(1)).toEqual([]);
  });

  it('refuses a message above 256 KB, alone, scheduled or in a batch, and takes nothing of it', async () => {
    const { client } = target();
    const sender = client.createSender('plain');
    const large = { body: Buffer.alloc(256 * 1024) };
    const code = 'MessageSizeExceeded';
    expect(await errorOf(sender.sendMessages(large))).toMatchObject({ code });
    expect(await errorOf(sender.sendMessages([{ body: 1 }, large]))).toMatchObject({ code });
    expect(await errorOf(sender.scheduleMessages(large, new Date(Date.now() + 1000)))).toMatchObject({
      code,
    });
    expect(await isEmpty(client.createReceiver('plain'))).toBe(true);
  });

  it('refuses a transfer above 1 MB', async () => {
    const { client } = target();
    const error = await errorOf(
      client.createSender('plain').sendMessages({ body: Buffer.alloc(1100 * 1024) }),
    );
    expect(error).toMatchObject({ code: 'MessageSizeExceeded' });
  });

  it('takes messages up to the limit', async () => {
    const { client } = target();
    await client.createSender('plain').sendMessages({ body: Buffer.alloc(255 * 1024) });
    const receiver = client.createReceiver('plain', { receiveMode: 'receiveAndDelete' });
    const [message] = await receive(receiver, 1);
    expect((message!.body as Buffer).length).toBe(255 * 1024);
  });

  it('has no sender for dead letters', async () => {
    const { client } = target();
    const error = await errorOf(client.createSender('plain/$deadletterqueue').sendMessages({ body: 1 }));
    expect(error.message).toContain('dead-letter queue');
  });

  it('goes on after a client that speaks no AMQP', localOnly('not for a namespace of others'), async () => {
    const { client, server, errors } = target();
    const { connect } = await import('node:net');
    const socket = connect(server!.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(errors).toMatchObject([{ name: 'ProtocolError' }]);
    await client.createSender('plain').sendMessages({ body: 1 });
    expect(await receive(client.createReceiver('plain'), 1)).toMatchObject([{ body: 1 }]);
  });

  it('counts what is in each queue', localOnly('Azure counts by a management call'), async () => {
    const { client, server } = target();
    const sender = client.createSender('plain');
    await sender.sendMessages([1, 2, 3, 4].map((body) => ({ body })));
    await sender.scheduleMessages({ body: 5 }, new Date(Date.now() + 60_000));
    const receiver = client.createReceiver('plain');
    const [first, second] = await receive(receiver, 3);
    await receiver.deferMessage(first!);
    await receiver.deadLetterMessage(second!);
    const expected = { active: 1, locked: 1, deferred: 1, scheduled: 1, deadLetter: 1, enqueuedTotal: 5 };
    expect(server!.counts()['plain']).toEqual(expected);
    const other = new ServiceBusClient(server!.connectionString);
    await other.createReceiver('plain', { receiveMode: 'receiveAndDelete' }).receiveMessages(1);
    expect(server!.counts()['plain']).toEqual({ ...expected, active: 0 });
    await other.close();
  });
});
