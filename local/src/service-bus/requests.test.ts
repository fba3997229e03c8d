/** How requests are answered, below what the SDK shows of it. */
import { once } from 'node:events';
import rhea from 'rhea';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startServiceBus, type ServiceBusServer } from './server.ts';

const QUEUE = 'asked';
const config = { UserConfig: { Namespaces: [{ Name: 'requests', Queues: [{ Name: QUEUE }] }] } };

let server: ServiceBusServer;
beforeEach(async () => {
  server = await startServiceBus({ config, port: 0, dataFile: ':memory:' });
});
afterEach(() => server.close());

it('answers are settled already: a settlement of the client would hold up its next request', async () => {
  const connection = rhea.create_container().connect({
    host: '127.0.0.1',
    port: server.port,
    username: 'anonymous',
    reconnect: false,
  });
  try {
    const address = `${QUEUE}/$management`;
    const receiver = connection.open_receiver({ source: { address }, target: { address: 'answers' } });
    const sender = connection.open_sender({ target: { address } });
    await Promise.all([once(receiver, 'receiver_open'), once(sender, 'sendable')]);
    const answered = once(receiver, 'message') as Promise<[rhea.EventContext]>;
    sender.send({
      message_id: 'one',
      reply_to: 'answers',
      application_properties: { operation: 'com.microsoft:peek-message' },
      body: { 'from-sequence-number': 0, 'message-count': 1 },
    });
    const [{ message, delivery }] = await answered;
    expect(message).toMatchObject({ correlation_id: 'one', application_properties: { statusCode: 204 } });
    expect(delivery).toMatchObject({ remote_settled: true });
  } finally {
    connection.close();
    await once(connection, 'connection_close');
  }
});
