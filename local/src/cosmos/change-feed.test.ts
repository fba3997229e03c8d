/** Conformance of the change feed's pull model, driven by the unmodified SDK. */
import {
  ChangeFeedMode,
  ChangeFeedStartFrom,
  type ChangeFeedIteratorOptions,
  type Container,
} from '@azure/cosmos';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failure, localOnly, startTarget, type Target } from './conformance.fixture.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());

interface Changed {
  id: string;
  v?: number;
}

/** Reads until there is nothing new; the token is where the next reader goes on. */
async function drain(container: Container, options: ChangeFeedIteratorOptions) {
  const iterator = container.items.getChangeFeedIterator<Changed>(options);
  const pages: Changed[][] = [];
  for (;;) {
    const page = await iterator.readNext();
    if (page.statusCode === 304)
      return { items: pages.flat(), pages: pages.length, token: page.continuationToken, iterator };
    pages.push(page.result);
  }
}

async function filled(): Promise<Container> {
  const container = await target.container();
  for (let v = 0; v < 5; v++) await container.items.create({ id: `${v}`, pk: `p${v % 2}`, v });
  return container;
}

test('from the beginning gives each item once, newest version, in the order of changes', async () => {
  const container = await filled();
  await container.items.upsert({ id: '1', pk: 'p1', v: 10 });
  await container.items.upsert({ id: '1', pk: 'p1', v: 11 });
  await container.item('2', 'p0').delete();
  const { items, pages } = await drain(container, {
    changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
    maxItemCount: 3,
  });
  expect(items.map(({ id, v }) => [id, v])).toEqual([
    ['0', 0],
    ['3', 3],
    ['4', 4],
    ['1', 11],
  ]);
  expect(pages).toBe(2);
});

test('goes on from a continuation token, and from where an iterator stopped', async () => {
  const container = await filled();
  const { token, iterator } = await drain(container, {
    changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
  });
  await container.items.upsert({ id: '3', pk: 'p1', v: 30 });
  const after = await drain(container, { changeFeedStartFrom: ChangeFeedStartFrom.Continuation(token) });
  expect(after.items.map(({ id, v }) => [id, v])).toEqual([['3', 30]]);
  expect((await iterator.readNext()).result.map(({ id }) => id)).toEqual(['3']);
  expect((await iterator.readNext()).statusCode).toBe(304);
});

test('from now shows only what comes later', async () => {
  const container = await filled();
  const iterator = container.items.getChangeFeedIterator<Changed>({
    changeFeedStartFrom: ChangeFeedStartFrom.Now(),
  });
  expect((await iterator.readNext()).statusCode).toBe(304);
  await container.items.create({ id: 'later', pk: 'p0' });
  expect((await iterator.readNext()).result.map(({ id }) => id)).toEqual(['later']);
});

test('from a time shows what changed since', async () => {
  const container = await filled();
  const hour = 3_600_000;
  const since = (offset: number) =>
    drain(container, { changeFeedStartFrom: ChangeFeedStartFrom.Time(new Date(Date.now() + offset)) });
  expect((await since(-hour)).items).toHaveLength(5);
  expect((await since(hour)).items).toHaveLength(0);
});

test('of one partition key', async () => {
  const container = await filled();
  const { items } = await drain(container, { changeFeedStartFrom: ChangeFeedStartFrom.Beginning('p1') });
  expect(items.map(({ id }) => id)).toEqual(['1', '3']);
});

test('of each feed range', async () => {
  const container = await filled();
  const ranges = await container.getFeedRanges();
  const counts = await Promise.all(
    ranges.map(
      async (range) =>
        (await drain(container, { changeFeedStartFrom: ChangeFeedStartFrom.Beginning(range) })).items.length,
    ),
  );
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
});

test('an empty poll costs one unit, a page what its items cost to read', async () => {
  const container = await filled();
  const iterator = container.items.getChangeFeedIterator({
    changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
  });
  expect((await iterator.readNext()).requestCharge).toBe(5);
  expect((await iterator.readNext()).requestCharge).toBe(1);
});

test('all versions and deletes is refused by name', localOnly('Azure supports it'), async () => {
  const container = await target.container();
  const iterator = container.items.getChangeFeedIterator({
    changeFeedMode: ChangeFeedMode.AllVersionsAndDeletes,
    changeFeedStartFrom: ChangeFeedStartFrom.Now(),
  });
  expect((await failure(iterator.readNext())).message).toMatch(/all versions and deletes\) is not supported/);
});
