/** The request charges that the SDK sees, by operation, indexing policy and kind of query. */
import type { Container } from '@azure/cosmos';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localOnly, startTarget, type Target } from './conformance.fixture.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());

const onlyRunId = { includedPaths: [{ path: '/runId/?' }], excludedPaths: [{ path: '/*' }] };
const nothing = { includedPaths: [], excludedPaths: [{ path: '/*' }] };
const text = { id: '1', pk: 'a', runId: 'r' };

describe('one item', localOnly('the table is ours'), () => {
  test.each([
    ['the default index', {}, 6.29],
    ['one path', { indexingPolicy: onlyRunId }, 5.9],
    ['nothing indexed', { indexingPolicy: nothing }, 5.52],
    ['mode none', { indexingPolicy: { indexingMode: 'none' as const, automatic: false } }, 4.95],
  ])('create with %s', async (_name, request, expected) => {
    const container = await target.container(request);
    expect((await container.items.create(text)).requestCharge).toBeCloseTo(expected, 2);
  });

  test('read, rewrite, delete, and what fails', async () => {
    const container = await target.container({ indexingPolicy: nothing });
    await container.items.create(text);
    const item = container.item('1', 'a');
    expect((await item.read()).requestCharge).toBe(1);
    expect((await item.replace(text)).requestCharge).toBe(10.29);
    expect((await container.items.upsert(text)).requestCharge).toBe(10.29);
    expect((await item.patch([{ op: 'set', path: '/v', value: 1 }])).requestCharge).toBe(10.69);
    const conflict: unknown = await container.items.create(text).catch((error: unknown) => error);
    expect(conflict).toMatchObject({ code: 409, headers: { 'x-ms-request-charge': '1.24' } });
    expect((await container.item('none', 'a').read()).requestCharge).toBe(1);
    expect((await item.delete()).requestCharge).toBe(5.52);
  });

  test('a batch costs the sum of its operations', async () => {
    const container = await target.container({ indexingPolicy: nothing });
    const operations = ['1', '2', '3'].map((id) => ({
      operationType: 'Create' as const,
      resourceBody: { id, pk: 'a' },
    }));
    const { headers } = await container.items.batch(operations, 'a');
    expect(Number((headers as Record<string, unknown>)['x-ms-request-charge'])).toBeCloseTo(3 * 5.52, 1);
  });
});

describe('a query', localOnly('the table is ours'), () => {
  let container: Container;
  beforeAll(async () => {
    container = await target.container({ indexingPolicy: onlyRunId });
    for (let v = 0; v < 20; v++) {
      await container.items.create({ id: `${v}`, pk: `p${v % 2}`, runId: `r${v % 4}`, v });
    }
  });
  test.each([
    [
      'by an indexed path: its entries and the items loaded',
      "SELECT * FROM c WHERE c.runId = 'r1'",
      2.3 + 5 * 0.05 + 5,
    ],
    ['by a path that is not indexed: every item', 'SELECT * FROM c WHERE c.v = 7', 2.3 + 20],
    ['inside a partition key: that key’s items', "SELECT * FROM c WHERE c.pk = 'p1' AND c.v = 7", 2.3 + 10],
    [
      'COUNT by an indexed path: entries alone',
      "SELECT VALUE COUNT(1) FROM c WHERE c.runId = 'r1'",
      2.3 + 5 * 0.05,
    ],
    [
      'SUM of what is not indexed: the items, too',
      "SELECT VALUE SUM(c.v) FROM c WHERE c.runId = 'r1'",
      2.3 + 5 * 0.05 + 5,
    ],
    ['nothing found', "SELECT * FROM c WHERE c.runId = 'none'", 2.3],
  ])('%s', async (_name, query, expected) => {
    expect((await container.items.query(query).fetchAll()).requestCharge).toBeCloseTo(expected, 2);
  });
  test('later pages have no base of 2.3', async () => {
    const charges: number[] = [];
    const iterator = container.items.query('SELECT * FROM c', { maxItemCount: 10 });
    while (iterator.hasMoreResults()) charges.push((await iterator.fetchNext()).requestCharge);
    expect(charges).toEqual([12.8, 11]);
  });
});
