/** The scheduler is killed between the steps by which it runs something again, or sends a dead letter back: what was missing is collected, once. */
import { ServiceBusClient } from '@azure/service-bus';
import type { Outcome } from '@github-repo-stats/shared/documents';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atBus, CrashSite, SOURCES, type Place } from './crash-point.ts';
import type { Pipeline } from './pipeline.ts';

let site: CrashSite;
let pipeline: Pipeline;
beforeAll(async () => {
  site = await CrashSite.open();
  ({ pipeline } = site);
});
afterAll(() => site.close());

const app = 'scheduler';
const beforeSend = atBus(app, 'before', { operation: 'send', queue: 'fetch' });
const post = (path: string): Promise<Response> => pipeline.api(path, { method: 'POST', body: '{}' });
/** Of which the answer never comes, since the scheduler dies over it. */
const crashOver = (path: string, place: Place): Promise<unknown> =>
  site.crash(app, place, () => post(path).catch(() => undefined));

it('a rerun between the marks and the sends: the sweep sends what is pending', async () => {
  const [failing] = await pipeline.truth();
  await pipeline.happens({ event: 'fail', target: failing!.repo, failure: 'saml' });
  const runId = await pipeline.run(SOURCES);
  expect(await pipeline.ended(runId)).toMatchObject({ totalFailedCount: 1 });
  await pipeline.happens({ event: 'fail', target: failing!.repo, failure: null });
  await crashOver(`runs/${runId}/rerun`, beforeSend);
  const { is, ought } = await site.endOf(runId, 2);
  expect(is).toEqual(ought);
});

it.each([
  ['before it is sent', beforeSend],
  [
    'between sending and removing it',
    atBus(app, 'before', { operation: 'settle', queue: 'fetch/$deadletterqueue' }),
  ],
] as [string, Place][])(
  'a dead letter %s: it is still there, and is sent back again',
  async (_where, place) => {
    const runId = await pipeline.run(SOURCES);
    await pipeline.ended(runId);
    const [outcome] = await pipeline.outcomes(runId);
    await exhaust(outcome!);
    await crashOver('deadletters/fetch/resubmit', place);
    await lettersCanBeHad();
    const { sent, settled } = (await (await post('deadletters/fetch/resubmit')).json()) as {
      sent: number;
      settled: number;
    };
    expect(sent + settled).toBe(1);
    const { is, ought } = await site.endOf(runId, 2);
    expect(is).toEqual(ought);
    expect(await letters()).toEqual([]);
  },
);

async function letters(): Promise<unknown[]> {
  const response = await pipeline.api('deadletters?queue=fetch');
  const { queues } = (await response.json()) as { queues: { letters: unknown[] }[] };
  return queues[0]!.letters;
}

async function withClient<T>(work: (client: ServiceBusClient) => Promise<T>): Promise<T> {
  const client = new ServiceBusClient(pipeline.supervisor.addresses.serviceBusConnection);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Resolves when the lock of whoever died over a letter is over. */
const lettersCanBeHad = (): Promise<void> =>
  withClient(async (client) => {
    const receiver = client.createReceiver('fetch', { subQueueType: 'deadLetter' });
    for (;;) {
      const [letter] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 1000 });
      if (letter) return receiver.abandonMessage(letter);
    }
  });

/** Leaves a message that nobody could handle, and one name of its batch failed over it. */
async function exhaust(outcome: Outcome): Promise<void> {
  const { runInfo } = pipeline.supervisor.containers;
  const { runId, batchId } = outcome;
  const names = Object.keys(outcome.entries);
  const attempt = 2;
  await runInfo.items.upsert({ ...outcome, entries: null });
  await withClient((client) =>
    client.createSender('fetch').sendMessages({
      body: { runId, batchId, repos: names.map((nameWithOwner) => ({ nameWithOwner })), attempt },
      sessionId: 'cred-default',
      messageId: 'the-one-that-dies',
    }),
  );
  await expect.poll(async () => (await letters()).length, { timeout: 30_000 }).toBe(1);
  const failed = { state: 'failed', attempt, reason: 'delivery-exhausted' };
  const entries = { ...outcome.entries, [names[0]!]: failed };
  await runInfo.items.upsert({ ...outcome, entries, created: outcome.created - 1, failed: 1 });
}
