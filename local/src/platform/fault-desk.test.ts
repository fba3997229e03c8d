import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient, type Container } from '@azure/cosmos';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SupervisedChild, type Listening } from './child.ts';
import { FaultDesk, type FaultCount } from './fault-desk.ts';

let folder: string;
let cosmos: SupervisedChild;
let app: SupervisedChild;
let desk: FaultDesk;
let hits: FaultCount[];
let client: CosmosClient;
let container: Container;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fault-desk-'));
  let port = 0;
  cosmos = new SupervisedChild({
    name: 'cosmos',
    script: join(import.meta.dirname, 'component.ts'),
    env: () => ({ PATH: process.env['PATH'] ?? '' }),
    message: () => ({ component: 'cosmos', dataFile: join(folder, 'cosmos.sqlite'), port }),
  });
  app = new SupervisedChild({
    name: 'writer',
    script: join(import.meta.dirname, 'fixtures/child.ts'),
    env: () => ({}),
  });
  hits = [];
  desk = new FaultDesk(
    (name) => (name === app.name ? app : undefined),
    (hit) => hits.push(hit),
  );
  desk.open(cosmos);
  const [said] = await Promise.all([cosmos.start(), app.start()]);
  const { endpoint, key } = said as Listening & { endpoint: string; key: string };
  port = Number(new URL(endpoint).port);
  client = new CosmosClient({
    endpoint,
    key,
    connectionPolicy: { enableBackgroundEndpointRefreshing: false },
  });
  const { database } = await client.databases.create({ id: 'desk' });
  ({ container } = await database.containers.create({ id: 'items', partitionKey: '/id' }));
});
afterEach(async () => {
  client.dispose();
  await Promise.all([cosmos, app].map((child) => child.stop(1000)));
  await rm(folder, { recursive: true, force: true });
});

const create = async (id: string): Promise<unknown> =>
  container.items.create({ id }).then(
    ({ statusCode }) => statusCode,
    (error: unknown) => (error as { code: unknown }).code,
  );

test('what was ordered stands in the next life of its component, with what is left of it', async () => {
  const [number] = await desk.order('cosmos', [{ fault: { status: 500 }, operation: 'create', times: 2 }]);
  expect(await create('a')).toBe(500);
  const back = once(cosmos, 'listening');
  cosmos.kill('SIGKILL');
  await back;
  expect([await create('a'), await create('a')]).toEqual([500, 201]);
  expect(desk.orders).toMatchObject([{ component: 'cosmos', number, hits: 2 }]);
  expect(hits.map((hit) => [hit.number, hit.hits])).toEqual([
    [number, 1],
    [number, 2],
  ]);
});

test('what is taken back hits no more', async () => {
  await desk.order('cosmos', [{ fault: { status: 500 }, operation: 'create', rate: 1 }]);
  expect(await create('a')).toBe(500);
  await desk.takeBack('cosmos');
  expect(await create('a')).toBe(201);
});

test('an app is killed at its crash point, once', async () => {
  await desk.order('cosmos', [{ fault: { kill: 'writer' }, operation: 'create', id: 'crash' }]);
  const back = once(app, 'listening');
  expect(await create('other')).toBe(201);
  expect(app.starts).toBe(1);
  const answer = create('crash');
  await back;
  await answer;
  await create('crash');
  expect([app.starts, hits.length]).toEqual([2, 1]);
});

test('an app that there is not cannot be killed, and a component that was not started has no faults', async () => {
  await expect(desk.order('cosmos', [{ fault: { kill: 'nobody' } }])).rejects.toMatchObject({
    code: 'fault-refused',
    message: 'There is no app nobody to kill',
  });
  await expect(desk.order('sinks', [{ sink: 'send-grid', fault: { status: 500 } }])).rejects.toThrow(
    'sinks was not started',
  );
});
