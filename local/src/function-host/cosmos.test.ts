// The change feed trigger with the real SDK and the embedded Cosmos DB: checkpoints, retries, leases, restarts.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { CosmosClient, type Container } from '@azure/cosmos';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startCosmos, type CosmosServer } from '../cosmos/server.ts';
import { buildApp } from './fixtures/build-app.ts';
import { createLogCollector, type LogCollector } from './fixtures/log-collector.ts';
import { startFunctionHost, type FunctionHost } from './host.ts';
import type { LogRecord } from './log.ts';

let data: string;
let folder: string;
let cosmos: CosmosServer;
let client: CosmosClient;
let settings: Record<string, string>;
let items: Container;
let logs: LogCollector;
let host: FunctionHost | undefined;
const children: ChildProcess[] = [];

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'function-host-cosmos-'));
  folder = await buildApp({ source: 'feed-app' });
  cosmos = await startCosmos({ dataFile: path.join(data, 'cosmos.db') });
  client = new CosmosClient(cosmos.connectionString);
});

let databases = 0;
beforeEach(async () => {
  const { database } = await client.databases.create({ id: `db${databases++}` });
  await database.containers.create({ id: 'leases', partitionKey: '/id' });
  ({ container: items } = await database.containers.create({ id: 'items', partitionKey: '/id' }));
  settings = { Cosmos: cosmos.connectionString, Database: database.id };
  logs = createLogCollector();
});

afterEach(async () => {
  await host?.stop();
  host = undefined;
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
});

afterAll(async () => {
  client.dispose();
  await cosmos.close();
  await rm(folder, { recursive: true });
  await rm(data, { recursive: true });
});

async function start(): Promise<void> {
  host = await startFunctionHost({ appFolder: folder, settings, onLog: logs.onLog });
}

const idsOf = (record: LogRecord) => record['ids'] as string[];
const seenBy = (fn: string) => logs.records.filter(({ message }) => message === fn).flatMap(idsOf);
const saw = (fn: string, id: string) => (record: LogRecord) =>
  record.message === fn && idsOf(record).includes(id);

test('from the beginning: everything in order, no batch above maxItemsPerInvocation', async () => {
  const ids = Array.from({ length: 12 }, (_, index) => `d${index}`);
  for (const id of ids) await items.items.create({ id });
  await start();
  await logs.find(saw('plain', 'd11'));
  expect(seenBy('plain')).toEqual(ids);
  const sizes = logs.records
    .filter(({ message }) => message === 'plain')
    .map((record) => idsOf(record).length);
  expect(Math.max(...sizes)).toBe(5);
  await items.items.upsert({ id: 'd3', changed: true });
  await logs.find((record) => record.message === 'plain' && idsOf(record).join() === 'd3');
});

test('from now: what was there before is not seen, what comes right after the start is', async () => {
  await items.items.create({ id: 'old' });
  await start();
  await logs.find(saw('plain', 'old'));
  await expect.poll(() => leaseOwner('now-'), { timeout: 5000 }).toBeTypeOf('string');
  await items.items.create({ id: 'new' });
  await logs.find(saw('fromNow', 'new'));
  expect(seenBy('fromNow')).toEqual(['new']);
});

test('a handler that throws without a retry policy loses its batch: the checkpoint moves on', async () => {
  await items.items.create({ id: 'bad', fail: true });
  await start();
  await logs.find(saw('plain', 'bad'));
  await items.items.create({ id: 'good' });
  await logs.find(saw('plain', 'good'));
  expect(seenBy('plain')).toEqual(['bad', 'good']);
});

test('a retry policy repeats the same batch with a retry context, and gives up after maxRetryCount', async () => {
  await items.items.create({ id: 'third-time', failTimes: 2 });
  await start();
  const attempts = await logs.messages('retrying', 3);
  expect(attempts.map((record) => record['retry'])).toMatchObject([
    undefined,
    { retryCount: 1, maxRetryCount: 2, exception: { message: 'not yet' } },
    { retryCount: 2, maxRetryCount: 2 },
  ]);
  await items.items.create({ id: 'never', failTimes: 99 });
  await logs.messages('retrying', 6);
  await items.items.create({ id: 'after' });
  await logs.find(saw('retrying', 'after'));
  expect(seenBy('retrying').filter((id) => id === 'never')).toHaveLength(3);
});

test('a host that stops and starts again goes on after its checkpoint, at once', async () => {
  await items.items.create({ id: 'first' });
  await start();
  await logs.find(saw('plain', 'first'));
  await host?.stop();
  expect(await leaseOwner('plain-')).toBeNull();
  await items.items.create({ id: 'second' });
  await start();
  await logs.find(saw('plain', 'second'));
  expect(seenBy('plain')).toEqual(['first', 'second']);
});

test('one instance reads at a time; when it is killed the other takes over once the lease has expired', async () => {
  const first = await startProcess();
  await items.items.create({ id: 'a' });
  await logs.find((record) => saw('plain', 'a')(record) && record['pid'] === first.pid);
  const second = await startProcess();
  await items.items.create({ id: 'b' });
  expect(await logs.find(saw('plain', 'b'))).toMatchObject({ pid: first.pid });
  first.kill('SIGKILL');
  await items.items.create({ id: 'c' });
  expect(await logs.find(saw('plain', 'c'))).toMatchObject({ pid: second.pid });
});

test('a batch whose host is killed while it runs comes again', async () => {
  const first = await startProcess();
  await items.items.create({ id: 'slow', waitMs: 60_000 });
  await logs.find(saw('plain', 'slow'));
  first.kill('SIGKILL');
  await once(first, 'exit');
  const second = await startProcess();
  await logs.find((record) => saw('plain', 'slow')(record) && record['pid'] === second.pid);
  expect(seenBy('plain')).toEqual(['slow', 'slow']);
});

test('with an instance id of its own a restarted host takes its leases back without waiting', async () => {
  settings = { ...settings, LOCAL_INSTANCE_ID: 'reporter' };
  await start();
  await expect.poll(() => leaseOwner('plain-'), { timeout: 5000 }).toBe('reporter');
});

test('the feed goes on after Cosmos DB was away', async () => {
  await items.items.create({ id: 'before' });
  await start();
  await logs.find(saw('plain', 'before'));
  const { port } = cosmos;
  await cosmos.close();
  await logs.find(({ message }) => message === 'The change feed could not be read; trying again');
  cosmos = await startCosmos({ dataFile: path.join(data, 'cosmos.db'), port });
  await items.items.create({ id: 'again' });
  await logs.find(saw('plain', 'again'));
  expect(seenBy('plain')).toEqual(['before', 'again']);
});

test('leases that are deleted are made again by the next host that starts, which reads all from where it is to begin', async () => {
  await items.items.create({ id: 'before' });
  await start();
  await logs.find(saw('plain', 'before'));
  const leases = items.database.container('leases');
  const { resources } = await leases.items.readAll<{ id: string }>().fetchAll();
  for (const { id } of resources) await leases.item(id, id).delete();
  await items.items.create({ id: 'unseen' });
  await logs.find(({ message }) => message === 'Reading the change feed ended');
  expect(await leaseOwner('plain-')).toBeUndefined();
  await host?.stop();
  logs.records.length = 0;
  await start();
  await logs.find(saw('plain', 'unseen'));
  expect(new Set(seenBy('plain'))).toEqual(new Set(['before', 'unseen']));
});

test('a container that is made again under its name is read from where it is to begin, by the next host that starts', async () => {
  await items.items.create({ id: 'lost' });
  await start();
  await logs.find(saw('plain', 'lost'));
  await items.delete();
  await items.database.containers.create({ id: items.id, partitionKey: '/id' });
  await items.items.create({ id: 'first of the new one' });
  await host?.stop();
  await start();
  await logs.find(saw('plain', 'first of the new one'));
  expect(seenBy('plain')).toContain('first of the new one');
});

async function leaseOwner(prefix: string): Promise<string | null | undefined> {
  const { resources } = await items.database
    .container('leases')
    .items.readAll<{ id: string; Owner: string | null }>()
    .fetchAll();
  return resources.find(({ id }) => id.startsWith(prefix))?.Owner;
}

async function startProcess(): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, 'main.ts'), [folder], {
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  if (child.stdout)
    createInterface(child.stdout).on('line', (line) => logs.onLog(JSON.parse(line) as LogRecord));
  await once(child, 'message');
  return child;
}
