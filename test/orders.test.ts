/** What people order on the page is carried out by the scheduler's sweep, and says what came of it. */
import { randomUUID } from 'node:crypto';
import { ServiceBusClient } from '@azure/service-bus';
import { newOrder, Order, ORDERS, type OrderGiven } from '@github-repo-stats/shared/orders';
import { DEAD_LETTERS_ID, type DeadLettersSeen } from '@github-repo-stats/shared/shown-letter';
import { QUEUES } from '@github-repo-stats/shared/topology';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrderState, Problem } from '../services/reporter/src/api/contract.ts';
import { Pipeline } from './pipeline.ts';

/** By function; under `*` that of the host, which opens all. */
const KEYS = { read: 'of-read', operate: 'of-operate', '*': 'of-the-host' };
let pipeline: Pipeline;
let runId: string;

beforeAll(async () => {
  pipeline = await Pipeline.start({
    world: { repositories: 40, owners: [{ login: 'acme' }], named: ['acme/bad'] },
    durationScale: 0.05,
    extra: { reporter: { LOCAL_FUNCTION_KEYS: JSON.stringify(KEYS) } },
  });
  await pipeline.happens({ event: 'fail', target: 'acme/bad', failure: 'saml' });
  runId = await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] });
  const { totalFailedCount } = await pipeline.ended(runId);
  if (totalFailedCount !== 1) throw new Error(`one repository should have failed, not ${totalFailedCount}`);
});
afterAll(() => pipeline.stop());

const sweep = () =>
  fetch(`http://127.0.0.1:${pipeline.supervisor.ports.scheduler}/admin/functions/sweep`, {
    method: 'POST',
    body: '{}',
  });

async function ordered(id: string, order: OrderGiven): Promise<Order> {
  await pipeline.supervisor.containers.runInfo.items.create(newOrder(id, order, new Date()));
  for (;;) {
    await sweep();
    const now = Order.parse(await pipeline.document('runInfo', id, ORDERS));
    if (now.status !== 'due') return now;
  }
}

/** Orders by HTTP, as the page does. */
const post = (id: string, order: OrderGiven, key: string): Promise<Response> =>
  pipeline.reporter(`api/orders/${id}`, {
    method: 'POST',
    headers: { 'x-functions-key': key, 'x-requested-by': 'test', 'content-type': 'application/json' },
    body: JSON.stringify(order),
  });
const state = async (id: string): Promise<OrderState> => {
  const answer = await pipeline.reporter(`api/orders/${id}`, { headers: { 'x-functions-key': KEYS.read } });
  expect(answer.status).toBe(200);
  return OrderState.parse(await answer.json());
};

describe('by HTTP', () => {
  const ID = randomUUID();

  it('a key that may read opens no change, nor does one for changes open what is read', async () => {
    expect((await post(ID, { kind: 'rerun', run: runId }, KEYS.read)).status).toBe(401);
    expect((await post(ID, { kind: 'rerun', run: runId }, '')).status).toBe(401);
    const asked = (key: string) =>
      pipeline.reporter(`api/orders/${ID}`, { headers: { 'x-functions-key': key } });
    expect((await asked(KEYS.operate)).status).toBe(401);
    expect((await asked(KEYS.read)).status).toBe(404);
  });

  it('collects again what failed, once it can be had, and tells what came of the order', async () => {
    await pipeline.happens({ event: 'fail', target: 'acme/bad', failure: null });
    const answer = await post(ID, { kind: 'rerun', run: runId }, KEYS.operate);
    expect([answer.status, answer.headers.get('location')]).toEqual([202, `/api/orders/${ID}`]);
    expect(OrderState.parse(await answer.json())).toMatchObject({ id: ID, status: 'due', result: null });
    do await sweep();
    while ((await state(ID)).status === 'due');
    expect(await state(ID)).toMatchObject({
      order: { kind: 'rerun', run: runId },
      status: 'done',
      result: { repositories: 1, batches: 1, sources: 0 },
      problem: null,
    });
    expect(await pipeline.ended(runId, 2)).toMatchObject({ status: 'completed', totalFailedCount: 0 });
  });

  it('the same order twice is one, and another one of its id is refused', async () => {
    const again = await post(ID, { kind: 'rerun', run: runId }, KEYS['*']);
    expect([again.status, OrderState.parse(await again.json()).status]).toEqual([200, 'done']);
    const other = await post(ID, { kind: 'rerun', run: '1000000000' }, KEYS.operate);
    expect(Problem.parse(await other.json())).toMatchObject({ status: 409 });
    expect(await state(ID)).toMatchObject({ order: { run: runId }, status: 'done' });
  });
});

it('refuses what is not there, in words', async () => {
  expect(await ordered('nothing', { kind: 'rerun', run: '1000000000' })).toMatchObject({
    status: 'refused',
    problem: 'There is no run 1000000000',
  });
  expect(
    await ordered('no-batch', { kind: 'rerun', run: runId, batches: ['b-s00009-00001-1'] }),
  ).toMatchObject({
    status: 'refused',
    problem: `Not in run ${runId}: b-s00009-00001-1`,
  });
  expect(await ordered('no-archive', { kind: 'resubmit', queue: 'archive' })).toMatchObject({
    status: 'refused',
    problem: 'There is no queue archive here, only resolve, fetch, write',
  });
});

it('shows dead letters and removes the one that is ordered away', async () => {
  const client = new ServiceBusClient(pipeline.supervisor.addresses.serviceBusConnection);
  await client
    .createSender(QUEUES.write.name)
    .sendMessages({ body: 'no json', messageId: 'bad', sessionId: 'write-0' });
  await client.close();
  const seen = async (): Promise<DeadLettersSeen['queues'][number]> => {
    await sweep();
    const all = await pipeline.document<DeadLettersSeen>('runInfo', DEAD_LETTERS_ID, ORDERS);
    return all!.queues.find(({ queue }) => queue === 'write')!;
  };
  let write = await seen();
  while (write.count === 0) write = await seen();
  expect(write.letters).toMatchObject([{ messageId: 'bad', problem: expect.any(String) as string }]);
  const { sequenceNumber } = write.letters[0]!;
  expect(await ordered('away', { kind: 'discard', queue: 'write', sequenceNumber })).toMatchObject({
    status: 'done',
    result: { messageId: 'bad' },
  });
  while (write.count > 0) write = await seen();
  expect(await ordered('twice', { kind: 'discard', queue: 'write', sequenceNumber })).toMatchObject({
    status: 'refused',
  });
});
