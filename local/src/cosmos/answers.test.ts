/** Conformance of what every answer says beside the item: charge, etag and time of writing; and of queries as the services ask them. */
import type { Container } from '@azure/cosmos';
import { containerDefinition } from '@github-repo-stats/shared/topology';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTarget, type Target } from './conformance.fixture.ts';

let target: Target;
let container: Container;
beforeAll(async () => {
  target = await startTarget();
  container = await target.container();
});
afterAll(() => target.close());

/** Clocks of the machine and of the account may differ by so many seconds. */
const CLOCKS_DIFFER = 120;

/** The charge that a failed request tells. */
async function chargeOfFailure(call: Promise<unknown>, code: number): Promise<number> {
  const error = (await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as { code?: number; headers?: Record<string, string> } | undefined;
  expect(error?.code).toBe(code);
  return Number(error?.headers?.['x-ms-request-charge']);
}

describe('every answer', () => {
  test('tells what it cost, that of a failure too', async () => {
    const item = { id: 'cost', pk: 'a' };
    const created = await container.items.create(item);
    expect(created.requestCharge).toBeGreaterThan(0);
    expect((await container.item('cost', 'a').read()).requestCharge).toBeGreaterThan(0);
    expect((await container.item('nothing', 'a').read()).requestCharge).toBeGreaterThan(0);
    const page = await container.items.query('SELECT * FROM c', { partitionKey: 'a' }).fetchNext();
    expect(page.requestCharge).toBeGreaterThan(0);
    expect(await chargeOfFailure(container.items.create(item), 409)).toBeGreaterThan(0);
    await container.items.upsert({ ...item, changed: true });
    const stale = { accessCondition: { type: 'IfMatch', condition: created.etag } };
    const replacing = container.item('cost', 'a').replace(item, stale);
    expect(await chargeOfFailure(replacing, 412)).toBeGreaterThan(0);
    const gone = container.item('nothing', 'a').replace({ id: 'nothing', pk: 'a' });
    expect(await chargeOfFailure(gone, 404)).toBeGreaterThan(0);
  });

  test('to a write tells the etag under which the next one may replace it', async () => {
    let { etag } = await container.items.create({ id: 'chain', pk: 'a', v: 0 });
    const seen = new Set([etag]);
    for (const v of [1, 2, 3]) {
      const unchanged = { accessCondition: { type: 'IfMatch', condition: etag } };
      ({ etag } = await container.item('chain', 'a').replace({ id: 'chain', pk: 'a', v }, unchanged));
      seen.add(etag);
    }
    expect(seen.size).toBe(4);
    expect((await container.item('chain', 'a').read<{ v: number }>()).etag).toBe(etag);
  });

  test('says in whole seconds since 1970 when the item was written', async () => {
    const { resource } = await container.items.create({ id: 'time', pk: 'a' });
    expect(Number.isInteger(resource!._ts)).toBe(true);
    expect(Math.abs(resource!._ts - Date.now() / 1000)).toBeLessThan(CLOCKS_DIFFER);
  });
});

describe('a query as the services ask it', () => {
  test('without a partition key looks into all of them', async () => {
    for (const pk of ['p', 'q', 'r']) await container.items.create({ id: 'found', pk, kind: 'spread' });
    const query = `SELECT VALUE c.pk FROM c WHERE c.kind = 'spread'`;
    const { resources } = await container.items.query<string>(query).fetchAll();
    expect(resources.toSorted()).toEqual(['p', 'q', 'r']);
  });

  test('sums nothing to nothing or to 0, under any name', async () => {
    const query = `SELECT SUM(c.created) AS created, SUM(c.failed) AS failed FROM c WHERE c.pk = 'nowhere'`;
    const { resources } = await container.items
      .query<{ created?: number; failed?: number }>(query, { partitionKey: 'nowhere' })
      .fetchAll();
    expect([resources[0]?.created ?? 0, resources[0]?.failed ?? 0]).toEqual([0, 0]);
  });

  test('sorts by the time of writing where the policy indexes nothing but a node id', async () => {
    const { indexingPolicy, partitionKey } = containerDefinition('repoStats', 'any');
    const stats = await target.container({ indexingPolicy, partitionKey });
    for (const id of ['1', '2', '3']) await stats.items.create({ id, repo: 'a/b', repoId: 'R_1' });
    const query = 'SELECT c.id, c._ts FROM c ORDER BY c._ts DESC';
    const { resources } = await stats.items
      .query<{ id: string; _ts: number }>(query, { partitionKey: 'a/b', maxItemCount: 2 })
      .fetchAll();
    expect(resources.map(({ id }) => id).toSorted()).toEqual(['1', '2', '3']);
    const times = resources.map(({ _ts }) => _ts);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  test('seeks and sorts by id where the policy indexes nothing but a node id', async () => {
    const { indexingPolicy, partitionKey } = containerDefinition('repoStats', 'any');
    const stats = await target.container({ indexingPolicy, partitionKey });
    for (const id of ['a.b.1', 'a.b.2', 'a.b.3']) await stats.items.create({ id, repo: 'a/b' });
    await stats.items.create({ id: 'a.b.25.1', repo: 'a/b.25' });
    const query = `SELECT VALUE c.id FROM c WHERE c.id >= 'a.b.2' AND c.id < 'a.b.:'`;
    const found = async (order: string) =>
      (await stats.items.query<string>(query + order, { partitionKey: 'a/b' }).fetchAll()).resources;
    expect((await found('')).toSorted()).toEqual(['a.b.2', 'a.b.3']);
    expect(await found(' ORDER BY c.id DESC')).toEqual(['a.b.3', 'a.b.2']);
  });

  test('finds an item by a value in an indexed list', async () => {
    const { indexingPolicy, partitionKey } = containerDefinition('repos', 'any');
    const repos = await target.container({ indexingPolicy, partitionKey });
    await repos.items.create({ id: 'one', repoIds: ['R_1', 'R_2'] });
    await repos.items.create({ id: 'two', repoIds: ['R_2', 'R_3'] });
    await repos.items.create({ id: 'R_2' });
    const query = 'SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.repoIds, @repoId)';
    const found = async (value: string): Promise<string[]> =>
      (
        await repos.items.query<string>({ query, parameters: [{ name: '@repoId', value }] }).fetchAll()
      ).resources.toSorted();
    expect(await found('R_2')).toEqual(['one', 'two']);
    expect(await found('R_3')).toEqual(['two']);
    expect(await found('R_4')).toEqual([]);
  });
});

test('a patch gives an item a time to live, and takes it away, and leaves the rest of it as it is', async () => {
  const lasting = await target.container({ defaultTtl: -1 });
  await lasting.items.create({ id: 'one', pk: 'a', n: 1 });
  const patch = async (id: string, value: number): Promise<number> => {
    const resourceBody = { operations: [{ op: 'set' as const, path: '/ttl', value }] };
    const operation = { operationType: 'Patch', id, partitionKey: 'a', resourceBody } as const;
    const [result] = await lasting.items.bulk([operation], { continueOnError: true });
    return result!.statusCode;
  };
  expect([await patch('one', 86_400), await patch('none', 86_400)]).toEqual([200, 404]);
  expect((await lasting.item('one', 'a').read()).resource).toMatchObject({ n: 1, ttl: 86_400 });
  expect(await patch('one', -1)).toBe(200);
  expect((await lasting.item('one', 'a').read()).resource).toMatchObject({ n: 1, ttl: -1 });
});

test('an item is gone when its time to live is over, and one that may stay is not', async () => {
  const mortal = await target.container({ defaultTtl: 2 });
  await mortal.items.create({ id: 'goes', pk: 'a' });
  await mortal.items.create({ id: 'stays', pk: 'a', ttl: -1 });
  expect((await mortal.item('goes', 'a').read()).statusCode).toBe(200);
  const status = async () => (await mortal.item('goes', 'a').read()).statusCode;
  await expect.poll(status, { timeout: 60_000, interval: 500 }).toBe(404);
  expect((await mortal.item('stays', 'a').read()).statusCode).toBe(200);
});
