// The host as a process of its own: what its parent hears, how it ends, and that work cut off by a kill comes again.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startServiceBus } from '../service-bus/server.ts';
import { buildApp } from './fixtures/build-app.ts';
import { createLogCollector, type LogCollector } from './fixtures/log-collector.ts';
import type { LogRecord } from './log.ts';
import type { HostMessage } from './main.ts';

let folder: string;
let logs: LogCollector;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await buildApp({ source: 'process-app', packageJson: { name: '@github-repo-stats/process-app' } });
});

beforeEach(() => {
  logs = createLogCollector();
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

afterAll(() => rm(folder, { recursive: true }));

/** Starts the process and returns the first thing it says to its parent. */
async function start(
  appFolder: string,
  settings: Record<string, string> = {},
): Promise<{ child: ChildProcess; message: HostMessage }> {
  const child = fork(path.join(import.meta.dirname, 'main.ts'), [appFolder], {
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  if (child.stdout)
    createInterface(child.stdout).on('line', (line) => logs.onLog(JSON.parse(line) as LogRecord));
  const [message] = (await once(child, 'message')) as [HostMessage];
  return { child, message };
}

async function get(message: HostMessage, name: string): Promise<string> {
  const port = message.type === 'listening' ? message.port : undefined;
  return await (await fetch(`http://127.0.0.1:${port}/api/${name}`)).text();
}

test('the parent hears the port and the functions; the process bears the name of its app', async () => {
  const { message } = await start(folder);
  expect(message).toMatchObject({ type: 'listening', port: expect.any(Number) as number });
  expect(message).toHaveProperty('functions', [
    { name: 'echo', trigger: 'http', disabled: false },
    { name: 'slow', trigger: 'http', disabled: false },
    { name: 'hang', trigger: 'http', disabled: false },
    { name: 'crash', trigger: 'http', disabled: false },
  ]);
  expect(await get(message, 'echo')).toBe('github-repo-stats:process-app');
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets running work end, runs the terminate hooks and exits 0',
  async (signal) => {
    const { child, message } = await start(folder);
    const answer = get(message, 'slow');
    await logs.messages('slow begins', 1);
    child.kill(signal);
    expect(await answer).toBe('finished');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await logs.messages('terminated', 1);
  },
);

test('a parent that goes away takes the process with it', async () => {
  const { child } = await start(folder);
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('an app that cannot start says why and exits 1', async () => {
  const broken = await buildApp({ source: 'throwing-app' });
  const { child, message } = await start(broken);
  expect(message).toEqual({
    type: 'failed',
    message: 'throwing-app failed while loading: GITHUB is not configured',
  });
  expect(await once(child, 'exit')).toEqual([1, null]);
  await logs.find(
    ({ level, error }) => level === 'critical' && String(error).includes('GITHUB is not configured'),
  );
  await rm(broken, { recursive: true });
});

test('an exception that nobody catches ends the process, with its reason in the log', async () => {
  const { child, message } = await start(folder);
  expect(await get(message, 'crash')).toBe('soon');
  expect(await once(child, 'exit')).toEqual([1, null]);
  await logs.find(({ level, error }) => level === 'critical' && error === 'thrown outside the handler');
});

test('a function that exceeds functionTimeout ends the process', async () => {
  const { child, message } = await start(folder, { AzureFunctionsJobHost__functionTimeout: '00:00:00.3' });
  const answer = get(message, 'hang').catch(() => 'cut');
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(await answer).toBe('cut');
  await logs.find(
    ({ level, message: text }) => level === 'critical' && text.includes("exceeded by function 'hang'"),
  );
});

test('a message whose process is killed while it runs is delivered again', async () => {
  const data = await mkdtemp(path.join(tmpdir(), 'function-host-kill-'));
  const queues = [true, false].map((RequiresSession) => ({
    Name: RequiresSession ? 'lanes' : 'plain',
    Properties: { LockDuration: 'PT10S', MaxDeliveryCount: 5, RequiresSession },
  }));
  const broker = await startServiceBus({
    config: { UserConfig: { Namespaces: [{ Name: 'test', Queues: queues }] } },
    dataFile: path.join(data, 'bus.db'),
    durationScale: 0.1,
    onError: () => {},
  });
  const queueApp = await buildApp({ source: 'queue-app' });
  const settings = { Bus: broker.connectionString, PlainQueue: 'plain' };
  const client = new ServiceBusClient(broker.connectionString);

  const { child } = await start(queueApp, settings);
  await client.createSender('plain').sendMessages({ body: { id: 'p', waitMs: 2500 } });
  await client.createSender('lanes').sendMessages([
    { body: { id: 'l', waitMs: 2500 }, sessionId: 's' },
    { body: { id: 'after' }, sessionId: 's' },
  ]);
  await logs.messages('begin', 2);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await start(queueApp, settings);
  await logs.messages('end', 3);

  const lane = logs.records
    .filter((record) => record.message === 'begin' && record['lane'] === 's')
    .map(({ id }) => id);
  expect(lane).toEqual(['l', 'l', 'after']);
  const plain = logs.records.filter((record) => record.message === 'begin' && record['lane'] === 'plain');
  expect(plain.map(({ metadata }) => (metadata as { deliveryCount: number }).deliveryCount)).toEqual([1, 2]);
  await expect
    .poll(() => broker.counts()['plain'], { timeout: 5000 })
    .toMatchObject({ active: 0, locked: 0 });

  await client.close();
  await broker.close();
  await rm(queueApp, { recursive: true });
  await rm(data, { recursive: true });
});
