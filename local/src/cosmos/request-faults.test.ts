/** Ordered faults as the unmodified SDK sees them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient, type Container } from '@azure/cosmos';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { standing } from '../faults/standing.fixture.ts';
import { startCosmos, type CosmosServer } from './server.ts';

const documents = async (): Promise<string[]> =>
  (await container.items.query<string>('SELECT VALUE c.id FROM c').fetchAll()).resources.toSorted();
let onKill: (() => void) | undefined;
const faults = standing('cosmos', () => onKill?.());
let server: CosmosServer;
let client: CosmosClient;
let container: Container;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cosmos-faults-'));
  server = await startCosmos({ dataFile: join(folder, 'cosmos.db'), faults: faults.plan });
  client = new CosmosClient({
    endpoint: server.endpoint,
    key: server.key,
    connectionPolicy: {
      enableBackgroundEndpointRefreshing: false,
      retryOptions: {
        maxRetryAttemptCount: 0,
        fixedRetryIntervalInMilliseconds: 0,
        maxWaitTimeInSeconds: 1,
      },
    },
  });
  const { database } = await client.databases.create({ id: 'faults' });
  ({ container } = await database.containers.create({ id: 'items', partitionKey: '/pk' }));
});
afterEach(() => faults.order());
afterAll(async () => {
  client.dispose();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});
interface Failure {
  code?: unknown;
  cause?: { code?: unknown };
}
const code = async (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => 'done',
    // The SDK wraps the failure of a batch.
    (error: unknown) => (error as Failure).code ?? (error as Failure).cause?.code,
  );
const create = (id: string, pk = 'a') => container.items.create({ id, pk });

it('an answer with a status is given, with its retry-after, and nothing is carried out', async () => {
  faults.order({ fault: { status: 429, retryAfterMs: 1234 }, operation: 'create', id: 'first*' });
  expect(await code(create('other'))).toBe('done');
  const error: unknown = await create('first-one').catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 429, substatus: 3200, retryAfterInMs: 1234 });
  expect(await documents()).not.toContain('first-one');
  expect(await code(create('first-one'))).toBe('done');
});

it('is told by operation, container and partition what is hit', async () => {
  faults.order(
    { fault: { status: 449 }, operation: 'query' },
    { fault: { status: 408 }, operation: 'batch', id: 'in-batch' },
    { fault: { status: 500 }, operation: 'replace', partition: 'b', rate: 1 },
    { fault: { status: 500 }, container: 'elsewhere', rate: 1 },
    { fault: { status: 449 }, operation: 'feed' },
    { fault: { status: 449 }, operation: 'delete', nth: 2 },
  );
  const replace = (pk: string) => container.item('both', pk).replace({ id: 'both', pk, v: 1 });
  await create('both');
  await create('both', 'b');
  expect(await code(replace('a'))).toBe('done');
  expect(await code(replace('b'))).toBe(500);
  expect(await code(documents())).toBe(449);
  const batch = (id: string) =>
    container.items.batch([{ operationType: 'Create', resourceBody: { id, pk: 'a' } }], 'a');
  expect(await code(batch('free'))).toBe('done');
  expect(await code(batch('in-batch'))).toBe(408);
  expect(await code(container.items.getChangeFeedIterator().readNext())).toBe(449);
  expect(await code(container.item('free', 'a').delete())).toBe('done');
  expect(await code(container.item('both', 'b').delete())).toBe(449);
});

it('a closed connection loses the operation, or its answer', async () => {
  const request = (id: string): Promise<unknown> =>
    fetch(new URL('dbs/faults/colls/items/docs', server.endpoint), {
      method: 'POST',
      headers: { authorization: 'any', 'x-ms-documentdb-partitionkey': '["a"]' },
      body: JSON.stringify({ id, pk: 'a' }),
    });
  faults.order(
    { fault: { reset: 'connection' }, id: 'lost' },
    { fault: { reset: 'connection', when: 'after' }, id: 'kept' },
  );
  await expect(request('lost')).rejects.toThrow('fetch failed');
  await expect(request('kept')).rejects.toThrow('fetch failed');
  const ids = await documents();
  expect([ids.includes('lost'), ids.includes('kept')]).toEqual([false, true]);
});

it('an answer comes late', async () => {
  faults.order({ fault: { delayMs: 300 }, operation: 'create' });
  const started = performance.now();
  await create('late');
  expect(performance.now() - started).toBeGreaterThanOrEqual(290);
});

it.each([
  ['before', false],
  ['after', true],
] as const)('the app is killed %s the operation, which is there by then: %s', async (when, isThere) => {
  faults.killed.length = 0;
  let seen: Promise<string[]> | undefined;
  onKill = () => {
    seen = documents();
  };
  faults.order({ fault: { kill: 'writer', when }, operation: 'create', id: `crash-${when}` });
  const answer = create(`crash-${when}`).catch(() => undefined);
  await expect.poll(() => faults.killed.at(-1)).toBe('writer');
  expect((await seen)?.includes(`crash-${when}`)).toBe(isThere);
  await answer;
});

describe('a bulk request', () => {
  const bulk = async (...ids: string[]): Promise<unknown> => {
    const resources = ids.map((id) => ({ id, pk: id }));
    const operations = resources.map((resourceBody) => ({ operationType: 'Create', resourceBody }) as const);
    const results = await container.items.bulk(operations, { continueOnError: true });
    return results.map((result) => result.statusCode);
  };

  it('is hit in the one operation that an order names', async () => {
    faults.order(
      { fault: { status: 429, retryAfterMs: 77 }, operation: 'create', id: 'two' },
      { fault: { status: 413 }, operation: 'create', partition: 'three' },
      { fault: { status: 500 }, operation: 'read' },
    );
    expect(await bulk('one', 'two', 'three')).toEqual([201, 429, 413]);
    const [put] = await container.items.bulk([
      { operationType: 'Create', resourceBody: { id: 'two', pk: 'two' } },
    ]);
    expect(put).toMatchObject({ statusCode: 201 });
    expect(await documents()).not.toContain('three');
  });

  it('tells for how long to wait, and what that cost', async () => {
    faults.order({ fault: { status: 429, retryAfterMs: 77 }, operation: 'read' });
    const [one] = await container.items.bulk([{ operationType: 'Read', id: 'one', partitionKey: 'one' }]);
    expect(one).toMatchObject({ statusCode: 429, requestCharge: 0.38, retryAfterMilliseconds: 77 });
  });

  it('is refused as a whole by an order for batches', async () => {
    faults.order({ fault: { status: 503 }, operation: 'batch', id: 'none-a', rate: 1 });
    expect(await code(bulk('none-a', 'none-b'))).toBe(503);
    expect(await documents()).not.toContain('none-b');
  });

  it('ends where the connection is closed or an app dies, before or after that operation', async () => {
    faults.order({ fault: { kill: 'writer', when: 'after' }, operation: 'create', id: 'died', rate: 1 });
    expect(await code(bulk('alive', 'died', 'never'))).not.toBe('done');
    expect(faults.killed.at(-1)).toBe('writer');
    const stored = await documents();
    expect([stored.includes('alive'), stored.includes('died'), stored.includes('never')]).toEqual([
      true,
      true,
      false,
    ]);
    faults.order({ fault: { reset: 'connection' }, operation: 'create', id: 'cut', rate: 1 });
    expect(await code(bulk('before-cut', 'cut'))).not.toBe('done');
    expect(await documents()).toContain('before-cut');
    expect(await documents()).not.toContain('cut');
  });
});
