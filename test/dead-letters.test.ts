/** Dead letters are part of the product: what they are about is shown, and sent back they lead to what was asked for at first. */
import { ServiceBusClient } from '@azure/service-bus';
import type { Outcome, RepoStats, Run, Source } from '@github-repo-stats/shared/documents';
import { outcomeId, sourceDocumentId } from '@github-repo-stats/shared/ids';
import type { QueueName } from '@github-repo-stats/shared/topology';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Pipeline } from './pipeline.ts';

interface Shown {
  sequenceNumber: string;
  messageId: string;
  reason: string;
  problem?: string;
  [field: string]: unknown;
}

let pipeline: Pipeline;
let run: Run;
let outcome: Outcome;
let globex: Source;
/** A batch of which everything was collected. */
let names: string[];

/** Stores a document as it stands, or as no version of the system could have written it. */
const store = async (document: object): Promise<void> =>
  void (await pipeline.supervisor.containers.runInfo.items.upsert(document));

async function lettersOf(queue: QueueName): Promise<Shown[]> {
  const response = await pipeline.api(`deadletters?queue=${queue}`);
  expect(response.status).toBe(200);
  const { queues } = (await response.json()) as { queues: { queue: string; letters: Shown[] }[] };
  expect(queues.map((q) => q.queue)).toEqual([queue]);
  return queues[0]!.letters;
}

/** Sends a message by hand, and waits until its deliveries are exhausted. */
async function exhaust(queue: QueueName, body: object, sessionId: string): Promise<Shown> {
  const before = (await lettersOf(queue)).length;
  const client = new ServiceBusClient(pipeline.supervisor.addresses.serviceBusConnection);
  await client.createSender(queue).sendMessages({ body, sessionId, messageId: 'the-one-that-dies' });
  await client.close();
  for (;;) {
    const letters = await lettersOf(queue);
    if (letters.length > before) return letters.at(-1)!;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const sendBack = async (queue: QueueName, sequenceNumbers?: string[]): Promise<unknown> => {
  const body = sequenceNumbers && JSON.stringify({ sequenceNumbers });
  const response = await pipeline.api(`deadletters/${queue}/resubmit`, {
    method: 'POST',
    ...(body && { body }),
  });
  expect(response.status).toBe(200);
  return response.json();
};
const withoutSystemFields = (document: RepoStats): object =>
  Object.fromEntries(Object.entries(document).filter(([key]) => !key.startsWith('_')));
/** Answers that GitHub gave so far. */
async function githubCalls(): Promise<number> {
  const { tokens } = (await pipeline.calls()) as {
    tokens: Record<string, { calls: Record<string, number> }>;
  };
  return Object.values(tokens)
    .flatMap((token) => Object.values(token.calls))
    .reduce((sum, n) => sum + n, 0);
}
const nothing = { sent: 0, settled: 0, left: [], missing: [], more: false };

beforeAll(async () => {
  pipeline = await Pipeline.start({
    world: { repositories: 60, owners: [{ login: 'acme' }, { login: 'globex' }] },
    settings: { NumberOfReposToQueryPerCall: '10' },
    durationScale: 0.05,
  });
  await pipeline.happens({ event: 'fail', target: 'globex', failure: 'saml' });
  const sources = { fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }], individualRepos: [] };
  run = await pipeline.ended(await pipeline.run(sources));
  outcome = (await pipeline.outcomes(run.id)).find((o) => o.created === 10)!;
  names = Object.keys(outcome.entries);
  globex = (await pipeline.document<Source>('runInfo', sourceDocumentId('s00002'), run.id))!;
});
afterAll(() => pipeline.stop());

const currentOutcome = async (): Promise<Outcome> =>
  (await pipeline.document<Outcome>('runInfo', outcomeId(outcome.batchId), run.id))!;

/** As after an outage in which one of them was given up. */
const withOneFailed = (now: Outcome, name: string): object => ({
  ...now,
  entries: {
    ...now.entries,
    [name]: { state: 'failed', attempt: now.entries[name]!.attempt, reason: 'delivery-exhausted' },
  },
  created: 9,
  failed: 1,
});

it('begins with a run of which one source failed', () => {
  expect(run.failedSources).toHaveLength(1);
  expect([globex.failedCount, names.length]).toEqual([1, 10]);
});

it('a batch is fetched again, of which only what was not collected', async () => {
  const { batchId } = outcome;
  await store({ ...outcome, entries: null });
  const repos = names.map((nameWithOwner) => ({ nameWithOwner }));
  const letter = await exhaust('fetch', { runId: run.id, batchId, repos, attempt: 2 }, 'cred-default');
  expect(letter).toMatchObject({ runId: run.id, batchId, attempt: 2, repositories: 10 });
  expect(letter.reason).toContain('MaxDeliveryCountExceeded');
  expect(letter).not.toHaveProperty('problem');

  await store(withOneFailed(outcome, names[3]!));
  expect(await sendBack('fetch')).toEqual({ ...nothing, sent: 1 });
  const again = await pipeline.ended(run.id, 2);
  expect(again).toMatchObject({ totalFailedCount: 0, totalCreatedCount: run.totalCreatedCount });
  const fetched = pipeline.logs.filter((r) => r.message === 'batch fetched').at(-1);
  expect(fetched).toMatchObject({ batchId, repositories: 1, attempt: 2 });
  expect(await lettersOf('fetch')).toEqual([]);
});

it('statistics are stored as they were read, without asking GitHub again', async () => {
  const { batchId } = outcome;
  const now = await currentOutcome();
  const documents = (await pipeline.stats(run.id)).filter((s) => names.includes(s.repo));
  const stats = documents.map((d) => ({ name: d.repo, document: withoutSystemFields(d) }));
  const cost = { calls: 0, points: 0, seconds: 0 };
  await store({ ...now, refusedBy: 7 });
  const message = { runId: run.id, batchId, attempt: 4, stats, failures: [], cost, refusedBy: ['old'] };
  const letter = await exhaust('write', message, 'write-0');
  expect(letter).toMatchObject({ runId: run.id, batchId, attempt: 4, repositories: 10 });

  await store(withOneFailed(now, names[5]!));
  const calls = await githubCalls();
  expect(await sendBack('write', [letter.sequenceNumber])).toEqual({ ...nothing, sent: 1 });
  const again = await pipeline.ended(run.id, 3);
  expect(again).toMatchObject({ totalFailedCount: 0, totalCreatedCount: run.totalCreatedCount });
  expect(await githubCalls()).toBe(calls);
});

it('what was collected meanwhile is only removed', async () => {
  const now = await currentOutcome();
  await store({ ...now, entries: null });
  const repos = names.map((nameWithOwner) => ({ nameWithOwner }));
  const batch = { runId: run.id, batchId: outcome.batchId };
  await exhaust('fetch', { ...batch, repos, attempt: 9 }, 'cred-default');
  await store(now);
  expect(await sendBack('fetch')).toEqual({ ...nothing, settled: 1 });
  expect(await lettersOf('fetch')).toEqual([]);
});

it('a source that failed for it is resolved again, and its run tells so once', async () => {
  const { reason: _reason, detail: _detail, ...source } = globex;
  await store({ ...source, failedCount: 0, what: null });
  const letter = await exhaust('resolve', { runId: run.id, sourceId: 's00002', page: 1 }, 'cred-default');
  expect(letter).toMatchObject({ runId: run.id, sourceId: 's00002', page: 1 });
  const failed = (await pipeline.document<Source>('runInfo', globex.id, run.id))!;
  expect(failed).toMatchObject({ failedCount: 1, reason: 'delivery-exhausted' });

  await store({ ...failed, what: globex.what });
  await pipeline.happens({ event: 'fail', target: 'globex', failure: null });
  expect(await sendBack('resolve', [letter.sequenceNumber])).toEqual({ ...nothing, sent: 1 });
  const again = await pipeline.ended(run.id, 4);
  const truth = (await pipeline.truth()).length;
  expect(again).toMatchObject({ status: 'completed', failedSources: [], totalCreatedCount: truth });
});

it('what nobody can understand stays with its problem, until it is discarded', async () => {
  const letter = await exhaust('fetch', { runId: run.id, batchId: 'b-s00001-00001-1', attempt: 'one' }, 'x');
  expect(letter.problem).toContain('attempt');
  const other = await exhaust('fetch', { runId: run.id, batchId: 'b-s00009-00001-1' }, 'x');
  const result = await sendBack('fetch');
  expect(result).toMatchObject({
    ...nothing,
    left: [letter, other].map((l) => ({ sequenceNumber: l.sequenceNumber })),
  });
  expect(JSON.stringify(result)).toContain(`There is no batch b-s00009-00001-1 in run ${run.id}`);

  const discard = (l: Shown) => pipeline.api(`deadletters/fetch/${l.sequenceNumber}`, { method: 'DELETE' });
  expect((await discard(letter)).status).toBe(204);
  expect((await lettersOf('fetch')).map((l) => l.sequenceNumber)).toEqual([other.sequenceNumber]);
  expect((await discard(letter)).status).toBe(404);
  expect(await sendBack('fetch', [letter.sequenceNumber])).toEqual({
    ...nothing,
    missing: [letter.sequenceNumber],
  });
});

it('all queues are listed at once, one by one in pages, and what cannot be asked is refused', async () => {
  const all = (await (await pipeline.api('deadletters')).json()) as { queues: { queue: string }[] };
  expect(all.queues.map((q) => q.queue)).toEqual(['resolve', 'fetch', 'write']);
  const status = async (path: string, init?: RequestInit) => (await pipeline.api(path, init)).status;
  expect(await status('deadletters?queue=nowhere')).toBe(404);
  expect(await status('deadletters?from=1')).toBe(400);
  expect(await status('deadletters?queue=fetch&from=one')).toBe(400);
  expect(await status('deadletters/nowhere/resubmit', { method: 'POST' })).toBe(404);
  const body = JSON.stringify({ sequenceNumbers: ['one'] });
  expect(await status('deadletters/fetch/resubmit', { method: 'POST', body })).toBe(400);
});
