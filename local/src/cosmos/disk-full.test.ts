/** A full disk, as the SDK sees it: writes are refused, reads go on, what was acknowledged stays, and room is enough to go on. */
import { CosmosClient, type Container } from '@azure/cosmos';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { standing, type Standing } from '../faults/standing.fixture.ts';
import { startCosmos, type CosmosServer } from './server.ts';

let folder: string;
let faults: Standing<'cosmos'>;
let server: CosmosServer;
let client: CosmosClient;
let container: Container;

async function open(): Promise<void> {
  faults = standing('cosmos');
  server = await startCosmos({ dataFile: join(folder, 'cosmos.sqlite'), faults: faults.plan });
  client = new CosmosClient({
    endpoint: server.endpoint,
    key: server.key,
    connectionPolicy: { enableBackgroundEndpointRefreshing: false },
  });
  const { database } = await client.databases.createIfNotExists({ id: 'd' });
  ({ container } = await database.containers.createIfNotExists({ id: 'c', partitionKey: '/pk' }));
}
async function close(): Promise<void> {
  client.dispose();
  await server.close();
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cosmos-full-'));
  await open();
});
afterEach(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

const TEXT = 'x'.repeat(5000);
const create = async (id: string): Promise<unknown> =>
  container.items.create({ id, pk: 'p', TEXT }).then(
    ({ statusCode }) => statusCode,
    (error: unknown) => (error as { code: unknown }).code,
  );
const ids = async (): Promise<string[]> => {
  const { resources } = await container.items.query<string>('SELECT VALUE c.id FROM c').fetchAll();
  return resources.sort();
};
function fill(): void {
  faults.order({ operation: 'disk-full' });
  server.setRoom(false);
}

test('writes that do not fit are refused with 503, one by one, and taken again once there is room', async () => {
  expect(await create('before')).toBe(201);
  fill();
  const statuses = await Promise.all(Array.from({ length: 20 }, (_, n) => create(`full-${n}`)));
  expect(statuses).toContain(503);
  expect(faults.hits.length).toBeGreaterThan(0);
  const taken = statuses.flatMap((status, n) => (status === 201 ? [`full-${n}`] : []));
  expect(await ids()).toEqual(['before', ...taken].sort());
  server.setRoom(true);
  expect(await create('after')).toBe(201);
  expect(await ids()).toEqual(['after', 'before', ...taken].sort());
});

test('a batch that does not fit is refused as a whole', async () => {
  fill();
  const operations = Array.from({ length: 20 }, (_, n) => ({
    operationType: 'Create' as const,
    resourceBody: { id: `b${n}`, pk: 'p', TEXT },
  }));
  await expect(container.items.batch(operations, 'p')).rejects.toMatchObject({ cause: { code: 503 } });
  expect(await ids()).toEqual([]);
});

test('what was acknowledged while the disk was full is there after a restart, and what was refused is not', async () => {
  fill();
  const statuses = await Promise.all(Array.from({ length: 20 }, (_, n) => create(`full-${n}`)));
  const taken = statuses.flatMap((status, n) => (status === 201 ? [`full-${n}`] : []));
  await close();
  await open();
  expect(await ids()).toEqual(taken.sort());
  expect(await create('after')).toBe(201);
});

test('a full disk is no answer to a request: others that were ordered hit', async () => {
  faults.order({ operation: 'disk-full' }, { fault: { status: 408 }, operation: 'create' });
  expect(await create('a')).toBe(408);
  expect(await create('a')).toBe(201);
});
