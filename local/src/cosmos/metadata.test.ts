/** Conformance of databases, containers and offers, driven by the unmodified SDK. */
import { CosmosClient } from '@azure/cosmos';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure, localOnly, startTarget, withKeyOnly, type Target } from './conformance.fixture.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());

describe('databases and containers', () => {
  test('are created if they do not exist, read, listed, queried and deleted', withKeyOnly(), async () => {
    const { client } = target;
    const first = await client.databases.createIfNotExists({ id: 'shop' });
    expect([first.statusCode, (await client.databases.createIfNotExists({ id: 'shop' })).statusCode]).toEqual(
      [201, 200],
    );
    expect(await failure(client.databases.create({ id: 'shop' }))).toMatchObject({ code: 409 });
    const { database } = first;
    const definition = { id: 'orders', partitionKey: { paths: ['/customer'] } };
    const { container } = await database.containers.createIfNotExists(definition);
    expect((await database.containers.createIfNotExists(definition)).statusCode).toBe(200);
    expect(await failure(database.containers.create(definition))).toMatchObject({ code: 409 });
    expect((await container.read()).resource).toMatchObject({
      id: 'orders',
      partitionKey: { paths: ['/customer'], kind: 'Hash' },
      indexingPolicy: { indexingMode: 'consistent', includedPaths: [{ path: '/*' }] },
    });
    const listed = await client.databases.readAll().fetchAll();
    expect(listed.resources.map(({ id }) => id)).toContain('shop');
    const query = {
      query: 'SELECT * FROM root r WHERE r.id = @id',
      parameters: [{ name: '@id', value: 'orders' }],
    };
    expect((await database.containers.query(query).fetchAll()).resources).toHaveLength(1);
    await container.items.create({ id: '1', customer: 'a' });
    expect((await container.delete()).statusCode).toBe(204);
    expect(await failure(container.read())).toMatchObject({ code: 404 });
    const { container: again } = await database.containers.create(definition);
    expect((await again.items.readAll().fetchAll()).resources).toEqual([]);
    await database.delete();
    expect(await failure(database.read())).toMatchObject({ code: 404 });
  });

  test('a container takes a new indexing policy; its partition key is for ever', withKeyOnly(), async () => {
    const container = await target.container();
    await container.items.create({ id: '1', pk: 'a', n: 1 });
    const indexingPolicy = {
      indexingMode: 'consistent' as const,
      automatic: true,
      includedPaths: [{ path: '/n/?' }],
      excludedPaths: [{ path: '/*' }],
    };
    const { resource } = await container.read();
    const replaced = await container.replace({ ...resource!, indexingPolicy });
    expect(replaced.resource).toMatchObject({ indexingPolicy });
    expect((await container.items.query('SELECT * FROM c WHERE c.n = 1').fetchAll()).resources).toHaveLength(
      1,
    );
    const moved = { ...resource!, partitionKey: { paths: ['/other'] } };
    expect(await failure(container.replace(moved))).toMatchObject({ code: 400 });
  });

  test.each([
    ['no rule for the root', { includedPaths: [{ path: '/a/?' }], excludedPaths: [] }],
    ['a path without an ending', { includedPaths: [{ path: '/*' }], excludedPaths: [{ path: '/a' }] }],
    [
      'a path both included and excluded',
      { includedPaths: [{ path: '/*' }, { path: '/a/?' }], excludedPaths: [{ path: '/a/?' }] },
    ],
  ])('an indexing policy with %s is refused', withKeyOnly(), async (_name, indexingPolicy) => {
    expect(await failure(target.container({ indexingPolicy }))).toMatchObject({ code: 400 });
  });

  test('what is not supported is refused by name', localOnly('Azure supports it'), async () => {
    const hierarchical = { paths: ['/a', '/b'], kind: 'MultiHash', version: 2 } as never;
    expect((await failure(target.container({ partitionKey: hierarchical }))).message).toMatch(/hierarchical/);
    const unique = { uniqueKeyPolicy: { uniqueKeys: [{ paths: ['/mail'] }] } };
    expect((await failure(target.container(unique))).message).toMatch(/uniqueKeyPolicy/);
    const container = await target.container();
    const procedure = container.scripts.storedProcedures.create({ id: 'p', body: 'function () {}' });
    expect((await failure(procedure)).message).toMatch(/sprocs is not supported/);
  });
});

describe('offers', withKeyOnly(), () => {
  test('a container shows the throughput that it was given, and takes another', async () => {
    const container = await target.container({ throughput: 500 });
    const { resource, offer } = await container.readOffer();
    expect(resource?.content).toMatchObject({ offerThroughput: 500 });
    await offer!.replace({ ...resource!, content: { ...resource!.content!, offerThroughput: 700 } });
    expect((await container.readOffer()).resource?.content).toMatchObject({ offerThroughput: 700 });
  });
  test('a database shares its throughput; a container without any has no offer', async () => {
    const { database } = await target.client.databases.create({ id: 'shared', throughput: 400 });
    expect((await database.readOffer()).resource?.content).toMatchObject({ offerThroughput: 400 });
    const { container } = await database.containers.create({ id: 'c', partitionKey: { paths: ['/pk'] } });
    expect((await container.readOffer()).resource).toBeUndefined();
    await database.delete();
  });
  test('throughput below the minimum is refused', async () => {
    expect(await failure(target.container({ throughput: 300 }))).toMatchObject({ code: 400 });
  });
});

test('a request without an authorization header is a 401', localOnly('speaks raw HTTP'), async () => {
  const response = await fetch(`${target.server!.endpoint}dbs`);
  expect(response.status).toBe(401);
  expect(response.headers.get('x-ms-request-charge')).toBe('0');
});

test(
  'stats count requests, units and documents of each container',
  localOnly('no such call in Azure'),
  async () => {
    const container = await target.container();
    const { requestCharge } = await container.items.create({ id: '1', pk: 'a' });
    await container.item('1', 'a').read();
    const path = `${container.database.id}/${container.id}`;
    expect(target.server!.stats()[path]).toEqual({
      requests: 2,
      requestUnits: requestCharge + 1,
      throttled: 0,
      documents: 1,
    });
  },
);

test('the connection string is one that the SDK takes', localOnly('made by the server'), async () => {
  const client = new CosmosClient(target.server!.connectionString);
  expect((await client.databases.readAll().fetchAll()).resources.length).toBeGreaterThan(0);
  client.dispose();
});

test(
  'a write that waits while its container is deleted is a 404 and disturbs no other write',
  withKeyOnly(),
  async () => {
    const [kept, deleted] = [await target.container(), await target.container()];
    const outcomes = await Promise.allSettled([
      deleted.delete(),
      ...Array.from({ length: 20 }, (_, v) => (v % 2 ? kept : deleted).items.create({ id: `${v}`, pk: 'a' })),
    ]);
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as { code: unknown }).code] : [],
    );
    expect(new Set([...refused, 404])).toEqual(new Set([404]));
    expect((await kept.items.readAll().fetchAll()).resources).toHaveLength(10);
  },
);
