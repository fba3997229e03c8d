import { HttpRequest, InvocationContext } from '@azure/functions';
import { newOrder, type Order } from '@github-repo-stats/shared/orders';
import { describe, expect, it } from 'vitest';
import { byKeys, byRoles } from './access.ts';
import { OrderState, Problem } from './contract.ts';
import { operate } from './operate.ts';
import type { OrderStore } from './order-store.ts';

const ID = '0af76519-16cd-43dd-8448-eb211c80319c';
const NOW = new Date('2021-01-20T08:00:00.000Z');
const RERUN = { kind: 'rerun', run: '1611127298' } as const;
const HEADERS = { 'content-type': 'application/json', 'x-requested-by': 'test' };

function world(known: Order[] = [], access = byKeys) {
  const all = new Map(known.map((order) => [order.id, order]));
  const orders: OrderStore = {
    order: (id) => Promise.resolve(all.get(id)),
    create: (order) => Promise.resolve(!all.has(order.id) && Boolean(all.set(order.id, order))),
    due: () => Promise.resolve([...all.values()].filter(({ status }) => status === 'due').length),
  };
  const handler = operate({ orders, now: () => NOW, access });
  const context = new InvocationContext({ invocationId: '1', functionName: 'operate', logHandler: () => {} });
  const post = async (
    body: unknown,
    { path = `orders/${ID}`, headers = HEADERS }: { path?: string; headers?: Record<string, string> } = {},
  ) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const request = new HttpRequest({
      method: 'POST',
      url: `https://stats.example.org/api/${path}`,
      headers,
      body: { string: text },
    });
    const answer = await handler(request, context);
    return {
      status: answer.status!,
      headers: answer.headers as Record<string, string>,
      body: JSON.parse(answer.body as string) as unknown,
    };
  };
  return { all, orders, post };
}

describe('an order', () => {
  it('is stored, and says where to ask what came of it', async () => {
    const { all, post } = world();
    const { status, headers, body } = await post(RERUN);
    expect(status).toBe(202);
    expect(headers).toMatchObject({ location: `/api/orders/${ID}`, 'cache-control': 'no-store' });
    expect(OrderState.parse(body)).toMatchObject({ id: ID, order: RERUN, status: 'due', endedAt: null });
    expect([...all.values()]).toEqual([newOrder(ID, RERUN, NOW)]);
  });

  it('given twice is one, and tells what came of it meanwhile', async () => {
    const done: Order = {
      ...newOrder(ID, RERUN, NOW),
      status: 'done',
      endedAt: NOW.toISOString(),
      result: { repositories: 2 },
    };
    const { all, post } = world([done]);
    const { status, body } = await post({ run: RERUN.run, kind: 'rerun' });
    expect([status, body]).toMatchObject([200, { status: 'done', result: { repositories: 2 } }]);
    expect([...all.values()]).toEqual([done]);
  });

  it('given twice at once is one', async () => {
    const w = world();
    let first = true;
    const order = w.orders.order.bind(w.orders);
    w.orders.order = async (id) => {
      if (!first) return order(id);
      first = false;
      await w.orders.create(newOrder(ID, RERUN, NOW));
      return undefined;
    };
    expect((await w.post(RERUN)).status).toBe(200);
    expect(w.all.size).toBe(1);
  });

  it('is not replaced by another one of its id', async () => {
    const { all, post } = world([newOrder(ID, RERUN, NOW)]);
    const { status, body } = await post({ ...RERUN, run: '1611127299' });
    expect(Problem.parse(body)).toMatchObject({ status: 409, detail: expect.stringContaining('new id') });
    expect([status, all.get(ID)?.order]).toEqual([409, RERUN]);
  });

  it('is refused while a hundred are due, save one that is among them', async () => {
    const waiting = Array.from({ length: 100 }, (_, i) => newOrder(`waiting-order-${i}00000`, RERUN, NOW));
    const { all, post } = world(waiting);
    const { status, headers, body } = await post(RERUN);
    expect([status, headers['retry-after']]).toEqual([429, '60']);
    expect(Problem.parse(body).detail).toContain('scheduler');
    expect((await post(RERUN, { path: `orders/${waiting[7]!.id}` })).status).toBe(200);
    all.set(waiting[7]!.id, { ...waiting[7]!, status: 'done' });
    expect((await post(RERUN)).status).toBe(202);
  });
});

const without = (name: keyof typeof HEADERS) =>
  Object.fromEntries(Object.entries(HEADERS).filter(([key]) => key !== name));

describe('what is no order, or comes from elsewhere', () => {
  it.each([
    ['no header of who asks', RERUN, { headers: without('x-requested-by') }, 403, /^x-requested-by: /],
    ['an empty one', RERUN, { headers: { ...HEADERS, 'x-requested-by': ' ' } }, 403, /^x-requested-by: /],
    ['another site', RERUN, { headers: { ...HEADERS, 'sec-fetch-site': 'cross-site' } }, 403, /same-origin/],
    ['a neighbour', RERUN, { headers: { ...HEADERS, 'sec-fetch-site': 'same-site' } }, 403, /same-origin/],
    ['an address with a key', RERUN, { path: `orders/${ID}?code=secret` }, 400, /^code: /],
    ['a form', RERUN, { headers: { ...HEADERS, 'content-type': 'text/plain' } }, 415, /^content-type: /],
    ['no content-type', RERUN, { headers: without('content-type') }, 415, /^content-type: /],
    ['another path', RERUN, { path: 'runs' }, 404, /openapi/],
    ['a short id', RERUN, { path: 'orders/dead-letters' }, 400, /^id: /],
    ['an id of other letters', RERUN, { path: `orders/${ID}%2F` }, 400, /^id: /],
    ['no JSON', 'secret', {}, 400, /^body: is not JSON/],
    ['no body', '', {}, 400, /^body: is not JSON/],
    ['no kind', {}, {}, 400, /^kind: /],
    ['a strange run', { kind: 'rerun', run: 'secret' }, {}, 400, /^run: is not a run id/],
    ['a strange queue', { kind: 'resubmit', queue: 'secret' }, {}, 400, /^queue: /],
    ['a strange field', { ...RERUN, batchs: [] }, {}, 400, /batchs/],
    ['64 KB and more', JSON.stringify(RERUN) + ' '.repeat(65536), {}, 413, /64 KB/],
  ] as const)('%s is refused in words', async (_what, body, how, status, detail) => {
    const { all, post } = world();
    const answer = await post(body, how);
    expect(Problem.parse(answer.body)).toMatchObject({ status });
    expect(Problem.parse(answer.body).detail).toMatch(detail);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(all.size).toBe(0);
  });

  it('who is no operator is told so before anything else', async () => {
    const { all, post } = world([], byRoles('True'));
    const principal = JSON.stringify({ claims: [{ typ: 'roles', val: 'reader' }] });
    const known = { ...HEADERS, 'x-ms-client-principal': Buffer.from(principal).toString('base64') };
    expect((await post('nonsense')).status).toBe(401);
    expect((await post('nonsense', { headers: known })).status).toBe(403);
    expect(all.size).toBe(0);
  });

  it('a page of this app itself may order', async () => {
    const { post } = world();
    expect((await post(RERUN, { headers: { ...HEADERS, 'sec-fetch-site': 'same-origin' } })).status).toBe(
      202,
    );
  });
});
