// The timer trigger under the real library: what it hands over, missed occurrences, no overlap, retries, runs by hand.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Timer } from '@azure/functions';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildApp } from './fixtures/build-app.ts';
import { createLogCollector, type LogCollector } from './fixtures/log-collector.ts';
import { startFunctionHost, type FunctionHost } from './host.ts';

const HOUR = 3_600_000;
let folder: string;
let stateDir: string;
let logs: LogCollector;
let host: FunctionHost | undefined;

beforeAll(async () => {
  folder = await buildApp({ source: 'timer-app' });
});

beforeEach(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'function-host-timer-'));
  logs = createLogCollector();
});

afterEach(async () => {
  await host?.stop();
  host = undefined;
  await rm(stateDir, { recursive: true });
});

afterAll(() => rm(folder, { recursive: true }));

async function start(settings: Record<string, string> = {}): Promise<FunctionHost> {
  host = await startFunctionHost({
    appFolder: folder,
    settings: {
      LOCAL_STATE_DIR: stateDir,
      HourlySchedule: '0 0 * * * *',
      'AzureWebJobs.often.Disabled': 'true',
      'AzureWebJobs.atStart.Disabled': '1',
      ...settings,
    },
    httpPort: 0,
    onLog: logs.onLog,
  });
  return host;
}

const statusFile = () => path.join(stateDir, 'timers', 'timer-app.hourly.json');
const topOfHour = (offset: number) => new Date(Math.floor(Date.now() / HOUR) * HOUR + offset * HOUR);

async function storeStatus(status: Record<string, Date>): Promise<void> {
  await mkdir(path.dirname(statusFile()), { recursive: true });
  await writeFile(statusFile(), JSON.stringify(status));
}

const timerOf = (record: Record<string, unknown>) => record['timer'] as Timer;

test('occurrences missed while the host was down are made up for once, as past due', async () => {
  await storeStatus({ last: topOfHour(-5), next: topOfHour(-4), lastUpdated: topOfHour(-5) });
  await start();
  const [run] = await logs.messages('hourly', 1);
  expect(timerOf(run ?? {})).toEqual({
    schedule: { adjustForDST: true },
    scheduleStatus: {
      last: topOfHour(-5).toISOString(),
      next: topOfHour(-4).toISOString(),
      lastUpdated: topOfHour(-5).toISOString(),
    },
    isPastDue: true,
  });
  await host?.stop();
  const stored = JSON.parse(await readFile(statusFile(), 'utf8')) as Record<string, string>;
  expect(stored['next']).toBe(topOfHour(1).toISOString());
  await start();
  await host?.stop();
  expect(logs.records.filter(({ message }) => message === 'hourly')).toHaveLength(1);
});

test('a first start, and a start with another schedule, have missed nothing', async () => {
  await start();
  await host?.stop();
  await storeStatus({ last: topOfHour(-5), next: topOfHour(-4), lastUpdated: topOfHour(-5) });
  await start({ HourlySchedule: '0 30 * * * *' });
  await host?.stop();
  expect(logs.records.filter(({ message }) => message === 'hourly')).toEqual([]);
  const stored = JSON.parse(await readFile(statusFile(), 'utf8')) as Record<string, string>;
  expect(stored['next']).toMatch(/:30:00\.000Z$/);
});

test('a timer can be run by hand, with the status of its schedule', async () => {
  const { httpPort } = await start();
  const response = await fetch(`http://127.0.0.1:${httpPort}/admin/functions/hourly`, {
    method: 'POST',
    body: '{}',
  });
  expect(response.status).toBe(202);
  const [run] = await logs.messages('hourly', 1);
  expect(timerOf(run ?? {})).toMatchObject({
    isPastDue: false,
    scheduleStatus: { next: topOfHour(1).toISOString() },
  });
});

test('a timer never overlaps itself, and one below a minute keeps no status', async () => {
  await start({ 'AzureWebJobs.often.Disabled': 'false' });
  await logs.messages('often ended', 2);
  const order = logs.records.map(({ message }) => message).filter((message) => message.startsWith('often'));
  expect(order.slice(0, 4)).toEqual(['often', 'often ended', 'often', 'often ended']);
  expect(timerOf(logs.records.find(({ message }) => message === 'often') ?? {}).scheduleStatus).toBeNull();
});

test('runOnStartup runs at once; the retry policy repeats with a retry context', async () => {
  await start({ 'AzureWebJobs.atStart.Disabled': 'false' });
  const runs = await logs.messages('atStart', 2);
  expect(runs.map((record) => record['retry'])).toMatchObject([
    undefined,
    { retryCount: 1, maxRetryCount: 1 },
  ]);
  await host?.stop();
  expect(logs.records.filter(({ message }) => message === 'atStart')).toHaveLength(2);
});
