/** Throttling: the bucket's arithmetic on a clock of its own, and what the SDK sees of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure, localOnly, startTarget, type Target } from './conformance.fixture.ts';
import { RequestUnitBudget } from './throughput.ts';

describe('the bucket', () => {
  test('admits while anything is left, overdraws, and asks to wait for debt / rate', () => {
    let now = 0;
    const budget = new RequestUnitBudget(400, () => now);
    budget.draw(399);
    expect(budget.waitMs()).toBe(0);
    budget.draw(101);
    expect(budget.waitMs()).toBe(250);
    now += 249;
    expect(budget.waitMs()).toBeGreaterThan(0);
    now += 2;
    expect(budget.waitMs()).toBe(0);
  });
  test('holds at most one second', () => {
    let now = 0;
    const budget = new RequestUnitBudget(400, () => now);
    now += 60_000;
    expect(budget.waitMs()).toBe(0);
    budget.draw(800);
    expect(budget.waitMs()).toBe(1000);
  });
  test('without a limit never throttles', () => {
    const budget = new RequestUnitBudget(Infinity, () => 0);
    budget.draw(1e9);
    expect(budget.waitMs()).toBe(0);
  });
});

describe('the SDK', localOnly('the clock is set by the test'), () => {
  let target: Target;
  let now = 0;
  beforeAll(async () => {
    target = await startTarget({ monotonicMs: () => now, serverlessThroughput: 5000 });
  });
  afterAll(() => target.close());

  const unretried = { connectionPolicy: { retryOptions: { maxRetryAttemptCount: 0 } } };

  test('sees a 429 with substatus 3200 and the time to wait, which is not charged', async () => {
    const { id, database } = await target.container({ throughput: 400 });
    const container = target.connect(unretried).database(database.id).container(id);
    let drawn = 0;
    for (let v = 0; drawn < 400; v++)
      drawn += (await container.items.create({ id: `${v}`, pk: 'a' })).requestCharge;
    const refused: unknown = await container.items
      .create({ id: 'over', pk: 'a' })
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 429,
      substatus: 3200,
      retryAfterInMs: Math.ceil(((drawn - 400) / 400) * 1000),
      headers: { 'x-ms-request-charge': '0.38' },
    });
    expect(target.server!.stats()[`${database.id}/${id}`]).toMatchObject({
      throttled: 1,
      requestUnits: expect.closeTo(drawn, 1),
    });
    now += 1000;
    expect((await container.items.create({ id: 'over', pk: 'a' })).statusCode).toBe(201);
  });

  test('gets through by its own retries', async () => {
    const container = await target.container({ throughput: 400 });
    const text = 'x'.repeat(500_000);
    for (const id of ['1', '2', '3']) await container.items.create({ id, pk: 'a', text });
    const timer = setInterval(() => (now += 1), 1);
    try {
      expect((await container.items.create({ id: 'waits', pk: 'a' })).statusCode).toBe(201);
    } finally {
      clearInterval(timer);
    }
    expect(target.server!.stats()[`${container.database.id}/${container.id}`]!.throttled).toBeGreaterThan(0);
  });

  test('sees some operations of a bulk request throttled and the others done', async () => {
    const { id, database } = await target.container({ throughput: 400 });
    const container = target.connect(unretried).database(database.id).container(id);
    const operations = Array.from({ length: 100 }, (_, v) => ({
      operationType: 'Create' as const,
      resourceBody: { id: `${v}`, pk: `${v}` },
    }));
    const codes = (await container.items.bulk(operations)).map(({ statusCode }) => statusCode);
    expect(codes.filter((code) => code === 201).length).toBeGreaterThan(50);
    expect(codes.at(-1)).toBe(429);
    now += 1000;
    const { resources } = await container.items.query<number>('SELECT VALUE COUNT(1) FROM c').fetchAll();
    expect(resources).toEqual([codes.filter((code) => code === 201).length]);
  });

  test('shares a database’s throughput among its containers', async () => {
    const { database } = await target.client.databases.create({ id: 'shared', throughput: 400 });
    const names = ['one', 'two'];
    for (const id of names) await database.containers.create({ id, partitionKey: { paths: ['/pk'] } });
    const shared = target.connect(unretried).database('shared');
    const large = { pk: 'a', text: 'x'.repeat(1_500_000) };
    await shared.container('one').items.create({ id: 'large', ...large });
    expect(await failure(shared.container('two').item('any', 'a').read())).toMatchObject({ code: 429 });
  });

  test('is held to the serverless limit where nothing was provisioned', async () => {
    const { id, database } = await target.container();
    const container = target.connect(unretried).database(database.id).container(id);
    const text = 'x'.repeat(1_900_000);
    let outcome = 201;
    for (let v = 0; v < 10 && outcome === 201; v++) {
      outcome = await container.items.create({ id: `${v}`, pk: 'a', text }).then(
        ({ statusCode }) => statusCode,
        (error: { code: number }) => error.code,
      );
    }
    expect(outcome).toBe(429);
  });
});
