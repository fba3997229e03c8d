import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEventGrid, type EventGrid } from './server.ts';

let directory: string;
let grid: EventGrid;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'event-grid-'));
  grid = await startEventGrid({ directory, port: 0 });
});
afterEach(async () => {
  await grid.close();
  await rm(directory, { recursive: true });
});

const client = (key = 'local') =>
  new EventGridPublisherClient(grid.endpoint, 'CloudEvent', new AzureKeyCredential(key), {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 1, retryDelayInMs: 1, maxRetryDelayInMs: 1 },
  });
const event = (id: string) => ({
  id,
  type: 'GithubStats.RunCompleted',
  source: '/github-repo-stats',
  subject: 'runs/1',
  data: { runInfoId: '1611127298', total: 3 },
});

test('an event sent by the SDK is kept as one JSON line, and shown', async () => {
  await client().send([event('1.1')]);
  const line = JSON.parse((await readFile(join(directory, 'events.ndjson'), 'utf8')).trim()) as object;
  expect(line).toMatchObject({ ...event('1.1'), specversion: '1.0', datacontenttype: 'application/json' });
  expect(await (await fetch(`${grid.url}/events`)).json()).toMatchObject({
    received: 1,
    events: [event('1.1')],
  });
});

test('an event sent twice is shown once, and counted twice', async () => {
  await client().send([event('1.1')]);
  await client().send([event('1.1'), event('1.2')]);
  expect(grid.events().map((e) => e.id)).toEqual(['1.1', '1.2']);
  expect(grid.received()).toBe(3);
});

test('parallel events are each one whole line', async () => {
  await Promise.all(Array.from({ length: 30 }, (_, i) => client().send([event(`p.${i}`)])));
  const lines = (await readFile(join(directory, 'events.ndjson'), 'utf8')).trim().split('\n');
  expect(new Set(lines.map((l) => (JSON.parse(l) as { id: string }).id)).size).toBe(30);
});

test('events survive a restart, and a line that a crash cut is dropped', async () => {
  await client().send([event('1.1')]);
  await grid.close();
  await appendFile(join(directory, 'events.ndjson'), '{"id":"cut","sour');
  grid = await startEventGrid({ directory, port: 0 });
  await client().send([event('1.2')]);
  expect(grid.events().map((e) => e.id)).toEqual(['1.1', '1.2']);
  await grid.close();
  grid = await startEventGrid({ directory, port: 0 });
  expect(grid.events().map((e) => e.id)).toEqual(['1.1', '1.2']);
});

test('a failure asked for reaches the sender, and nothing is kept', async () => {
  grid.failNext(400);
  await expect(client().send([event('1.1')])).rejects.toMatchObject({ statusCode: 400 });
  expect(grid.received()).toBe(0);
});

test('the SDK gets over a 503 that ends, asked for over HTTP', async () => {
  const asked = await fetch(`${grid.url}/_control`, { method: 'POST', body: '{"status":503,"times":1}' });
  expect(asked.status).toBe(204);
  await client().send([event('1.1')]);
  expect(grid.events().map((e) => e.id)).toEqual(['1.1']);
});

test('requests that Event Grid refuses are refused', async () => {
  const post = (headers: Record<string, string>, body: string, query = '?api-version=2018-01-01') =>
    fetch(`${grid.endpoint}${query}`, { method: 'POST', headers, body });
  const type = { 'content-type': 'application/cloudevents-batch+json' };
  const key = { 'aeg-sas-key': 'x' };
  expect((await post(type, '[]')).status).toBe(401);
  expect((await post({ ...type, ...key }, '[]', '')).status).toBe(400);
  expect((await post({ ...key, 'content-type': 'application/json' }, '[]')).status).toBe(415);
  expect((await post({ ...type, ...key }, 'no json')).status).toBe(400);
  const wrong = await post({ ...type, ...key }, '[{"id":"1","type":"t","specversion":"1.0"}]');
  expect(wrong.status).toBe(400);
  expect(await wrong.text()).toContain('0.source');
  expect((await post({ ...type, ...key }, `["${'x'.repeat(1024 * 1024)}"]`)).status).toBe(413);
});
