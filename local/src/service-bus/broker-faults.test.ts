/** Ordered faults as the unmodified SDK sees them. */
import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { standing, type Standing } from '../faults/standing.fixture.ts';
import { config } from './conformance-target.ts';
import { startServiceBus, type ServiceBusServer } from './server.ts';

let faults: Standing<'service-bus'>;
let server: ServiceBusServer;
let client: ServiceBusClient;

beforeEach(async () => {
  faults = standing('service-bus');
  server = await startServiceBus({
    config,
    dataFile: ':memory:',
    faults: faults.plan,
    onError: () => undefined,
  });
  client = connect();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((each) => each.close()));
  await server.close();
});

const clients: ServiceBusClient[] = [];
function connect(): ServiceBusClient {
  const opened = new ServiceBusClient(server.connectionString, {
    retryOptions: { maxRetries: 0, retryDelayInMs: 50, timeoutInMs: 1000 },
  });
  clients.push(opened);
  return opened;
}
const send = (messageId: string, sessionId?: string): Promise<void> =>
  client
    .createSender(sessionId === undefined ? 'plain' : 'sessions')
    .sendMessages({ body: 1, messageId, ...(sessionId !== undefined && { sessionId }) });
const codeOf = async (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => 'done',
    (error: unknown) => (error as { code?: unknown }).code,
  );
const active = (queue = 'plain'): number => server.counts()[queue]!.active;

it('sends and schedules are refused as by a busy service, to the queue that is named', async () => {
  faults.order({ operation: 'send', fault: 'refuse', queue: 'plain', times: 2 });
  expect(await codeOf(send('a', 'of-another-queue'))).toBe('done');
  expect(await codeOf(send('a'))).toBe('ServiceBusy');
  const sender = client.createSender('plain');
  expect(await codeOf(sender.scheduleMessages({ body: 1 }, new Date()))).toBe('ServiceBusy');
  expect(active()).toBe(0);
  expect(await codeOf(send('a'))).toBe('done');
});

it('a message is there late, and its sender is answered at once', async () => {
  faults.order({ operation: 'send', fault: { lateMs: 400 }, message: 'late' });
  await send('late');
  expect(server.counts()['plain']).toMatchObject({ active: 0, scheduled: 1 });
  const [message] = await client.createReceiver('plain').receiveMessages(1, { maxWaitTimeInMs: 5000 });
  expect(message!.messageId).toBe('late');
});

it.each([
  ['before', 0],
  ['after', 1],
] as const)('a connection is cut %s a send: %i messages are there', async (when, there) => {
  faults.order({ operation: 'send', fault: { reset: 'connection', when } });
  expect(await codeOf(send('a'))).not.toBe('done');
  expect(active()).toBe(there);
});

it.each([
  ['before', 0],
  ['after', 1],
] as const)('an app is killed %s a send: %i messages are there', async (when, there) => {
  faults.order({ operation: 'send', fault: { kill: 'resolver', when } });
  expect(await codeOf(send('a'))).not.toBe('done');
  expect([faults.killed, active()]).toEqual([['resolver'], there]);
});

it.each([
  ['before', 1],
  ['after', 0],
] as const)('an app is killed %s a settlement: %i messages are left', async (when, left) => {
  faults.order({ operation: 'settle', fault: { kill: 'fetcher', when }, queue: 'plain', message: 'a' });
  await send('a');
  const receiver = client.createReceiver('plain');
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  void receiver.completeMessage(message!).catch(() => undefined);
  await expect.poll(() => faults.killed).toEqual(['fetcher']);
  const { active: free, locked } = server.counts()['plain']!;
  expect(free + locked).toBe(left);
});

it('an app is killed when a message was delivered to it', async () => {
  faults.order({ operation: 'deliver', fault: { kill: 'writer' }, queue: 'sessions' });
  await send('a', 'one');
  const receiver = await client.acceptNextSession('sessions');
  await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  expect(faults.killed).toEqual(['writer']);
});

it('a message comes again while its handler works, with sessions and without', async () => {
  const fault = { lockLostAfterMs: 50 };
  faults.order({ operation: 'deliver', fault, message: 'a' }, { operation: 'deliver', fault, message: 'b' });
  await send('a');
  await send('b', 'one');
  const receiver = client.createReceiver('plain');
  const [first] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  const [second] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  expect([first, second].map((m) => [m!.messageId, m!.deliveryCount])).toEqual([
    ['a', 0],
    ['a', 1],
  ]);
  expect(await codeOf(receiver.completeMessage(first!))).toBe('MessageLockLost');
  await receiver.completeMessage(second!);

  const received: ServiceBusReceivedMessage[] = [];
  for (let i = 0; i < 2; i++) {
    const session = await client.acceptNextSession('sessions');
    received.push(...(await session.receiveMessages(1, { maxWaitTimeInMs: 3000 })));
  }
  expect(received.map((m) => [m.messageId, m.deliveryCount])).toEqual([
    ['b', 0],
    ['b', 1],
  ]);
});

it('connections are cut, those of one queue or all, and what they held is free', async () => {
  const other = connect();
  await send('a');
  await send('b', 'one');
  const [plain] = await other.createReceiver('plain').receiveMessages(1, { maxWaitTimeInMs: 3000 });
  const session = await connectedSession();
  server.cut('sessions');
  await expect.poll(() => server.counts()['sessions']).toMatchObject({ active: 1, locked: 0 });
  expect([plain!.messageId, session.length, server.counts()['plain']!.locked]).toEqual(['a', 1, 1]);
  server.cut();
  const again = await connect().acceptNextSession('sessions');
  expect(again.sessionId).toBe('one');
  await again.close();
});

/** A session and its message, under lock in a connection of its own. */
async function connectedSession(): Promise<ServiceBusReceivedMessage[]> {
  const session = await connect().acceptNextSession('sessions');
  return session.receiveMessages(1, { maxWaitTimeInMs: 3000 });
}
