/** A full disk, as the SDK sees it: sends that do not fit are refused, what lies there can be received and settled, and that makes room. */
import { ServiceBusClient, type ServiceBusSender } from '@azure/service-bus';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { standing, type Standing } from '../faults/standing.fixture.ts';
import { config } from './conformance-target.ts';
import { startServiceBus, type ServiceBusServer } from './server.ts';

const BODY = 'x'.repeat(50_000);
let folder: string;
let faults: Standing<'service-bus'>;
let server: ServiceBusServer;
let client: ServiceBusClient;
let sender: ServiceBusSender;

async function open(): Promise<void> {
  faults = standing('service-bus');
  server = await startServiceBus({
    config,
    dataFile: join(folder, 'service-bus.sqlite'),
    faults: faults.plan,
    onError: () => undefined,
  });
  client = new ServiceBusClient(server.connectionString, {
    retryOptions: { maxRetries: 0, retryDelayInMs: 50, timeoutInMs: 10_000 },
  });
  sender = client.createSender('plain');
}
async function close(): Promise<void> {
  await client.close();
  await server.close();
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-bus-full-'));
  await open();
});
afterEach(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

const send = async (messageId: string): Promise<unknown> =>
  sender.sendMessages({ body: BODY, messageId }).then(
    () => 'done',
    (error: unknown) => (error as { code?: unknown }).code,
  );
async function receiveAll(): Promise<string[]> {
  const receiver = client.createReceiver('plain');
  const ids: string[] = [];
  for (;;) {
    const messages = await receiver.receiveMessages(10, { maxWaitTimeInMs: 500 });
    if (messages.length === 0) break;
    for (const message of messages) {
      ids.push(String(message.messageId));
      await receiver.completeMessage(message);
    }
  }
  await receiver.close();
  return ids;
}

it('a send that does not fit is refused as by a busy service, and what was taken is delivered and settled', async () => {
  for (const id of ['a', 'b', 'c']) expect(await send(id)).toBe('done');
  faults.order({ operation: 'disk-full' });
  server.setRoom(false);
  expect([await send('d'), await send('e')]).toEqual(['ServiceBusy', 'ServiceBusy']);
  expect(faults.hits).toEqual([1, 1]);
  expect(await receiveAll()).toEqual(['a', 'b', 'c']);
  server.setRoom(true);
  expect(await send('d')).toBe('done');
  expect(await receiveAll()).toEqual(['d']);
});

it('what was settled makes room, as on a disk', async () => {
  for (const id of ['a', 'b', 'c', 'd', 'e']) await send(id);
  server.setRoom(false);
  expect(await send('f')).toBe('ServiceBusy');
  expect(await receiveAll()).toHaveLength(5);
  expect(await send('f')).toBe('done');
});

it('messages that come in one turn are not taken together when they do not fit together', async () => {
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) await send(id);
  server.setRoom(false);
  await receiveAll();
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => send(`n${n}`)));
  expect(new Set(answers)).toEqual(new Set(['done', 'ServiceBusy']));
  const taken = answers.filter((answer) => answer === 'done').length;
  await close();
  await open();
  expect(await receiveAll()).toHaveLength(taken);
});
