import { newOrder, Order } from '@github-repo-stats/shared/orders';
import { describe, expect, it } from 'vitest';
import { OrderRefused, takeOrders, type OrderDeps } from './take-orders.ts';

const NOW = new Date('2021-01-20T08:00:00.000Z');
const rerun = { kind: 'rerun', run: '1611127298' } as const;
const ordered = (id: string, minute: number): Order =>
  newOrder(id, rerun, new Date(NOW.getTime() - 3_600_000 + minute * 60_000));

function world(carryOut: OrderDeps['carryOut'], orders: Order[]) {
  const all = new Map(orders.map((order) => [order.id, order]));
  const logged: unknown[] = [];
  const deps: OrderDeps = {
    store: {
      due: () =>
        Promise.resolve(
          [...all.values()].filter((o) => o.status === 'due').map((document) => ({ document, etag: '1' })),
        ),
      mark: (order) => Promise.resolve(void all.set(order.id, order)),
    },
    carryOut,
    now: () => NOW,
    log: (...entry) => void logged.push(entry),
  };
  return { all, deps, logged };
}

describe('orders', () => {
  it('are carried out one after the other, and say what came of them', async () => {
    const seen: unknown[] = [];
    const w = world(
      (order) => Promise.resolve({ repositories: seen.push(order) }),
      [ordered('a', 1), ordered('b', 2)],
    );
    await takeOrders(w.deps);
    expect(seen).toEqual([rerun, rerun]);
    const [a, b] = [...w.all.values()].map((order) => Order.parse(order));
    expect(a).toMatchObject({
      status: 'done',
      tries: 1,
      result: { repositories: 1 },
      endedAt: NOW.toISOString(),
    });
    expect(b).toMatchObject({ status: 'done', result: { repositories: 2 } });
    await takeOrders(w.deps);
    expect(seen).toHaveLength(2);
  });

  it('that cannot be carried out are refused in words, and hinder no other', async () => {
    let calls = 0;
    const w = world(
      () => (calls++ === 0 ? Promise.reject(new OrderRefused('There is no run 1')) : Promise.resolve({})),
      [ordered('a', 1), ordered('b', 2)],
    );
    await takeOrders(w.deps);
    expect(w.all.get('a')).toMatchObject({ status: 'refused', problem: 'There is no run 1' });
    expect(w.all.get('b')).toMatchObject({ status: 'done' });
  });

  it('wait for a platform that is away, for as long as it takes', async () => {
    const away = Object.assign(new Error('away'), { code: 503 });
    const w = world(() => Promise.reject(away), [ordered('a', 1)]);
    for (let i = 0; i < 30; i++) await takeOrders(w.deps);
    expect(w.all.get('a')).toMatchObject({ status: 'due', tries: 0 });
  });

  it('that fail unforeseen are tried ten times, then refused', async () => {
    const w = world(() => Promise.reject(new TypeError('a bug')), [ordered('a', 1)]);
    for (let i = 0; i < 9; i++) await takeOrders(w.deps);
    expect(w.all.get('a')).toMatchObject({ status: 'due', tries: 9 });
    await takeOrders(w.deps);
    expect(w.all.get('a')).toMatchObject({ status: 'refused', tries: 10 });
    expect(w.all.get('a')?.problem).toContain('a bug');
  });
});
