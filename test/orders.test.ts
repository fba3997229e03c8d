/** What people order on the page is carried out by the scheduler's sweep, and says what came of it. */
import { ServiceBusClient } from '@azure/service-bus';
import { newOrder, Order, ORDERS, type OrderGiven } from '@github-repo-stats/shared/orders';
import { DEAD_LETTERS_ID, type DeadLettersSeen } from '@github-repo-stats/shared/shown-letter';
import { QUEUES } from '@github-repo-stats/shared/topology';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Pipeline } from './pipeline.ts';

let pipeline: Pipeline;
let runId: string;

beforeAll(async () => {
  pipeline = await Pipeline.start({
    world: { repositories: 40, owners: [{ login: 'acme' }], named: ['acme/bad'] },
    durationScale: 0.05,
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

it('collects again what failed, once it can be had', async () => {
  await pipeline.happens({ event: 'fail', target: 'acme/bad', failure: null });
  expect(await ordered('again', { kind: 'rerun', run: runId })).toMatchObject({
    status: 'done',
    result: { repositories: 1, batches: 1, sources: 0 },
  });
  expect(await pipeline.ended(runId, 2)).toMatchObject({ status: 'completed', totalFailedCount: 0 });
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
