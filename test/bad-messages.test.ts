/** Bad messages among good ones, on every queue: each ends as a dead letter with its problem, and a run beside them is not disturbed. */
import { readFileSync } from 'node:fs';
import { ServiceBusClient } from '@azure/service-bus';
import type { Outcome } from '@github-repo-stats/shared/documents';
import { outcomeId, writeLane } from '@github-repo-stats/shared/ids';
import { ResolveSource, WriteStats, parseFetchBatch, parseMessage } from '@github-repo-stats/shared/messages';
import { QUEUES, type QueueName } from '@github-repo-stats/shared/topology';
import { writeLanes } from '@github-repo-stats/shared/write-budget';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anyJson, mutated } from './bad-input.ts';
import { Pipeline, comparable } from './pipeline.ts';

const SEED = { seed: 20_261_124 };
const PER_QUEUE = 12;
const queues = Object.keys(QUEUES) as QueueName[];
const golden = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../shared/src/golden/${name}.json`, import.meta.url), 'utf8')) as object;
/** Of a run that is not there: what is about one that is, is settled with it. */
const VALID = {
  resolve: [golden('ResolveSource')],
  fetch: [golden('FetchBatch'), golden('FetchBatchByHand')],
  write: [golden('WriteStats')],
};
/** The lanes in which the good messages go, too; of a write message that can be read, its own. */
const LANES = {
  resolve: 'cred-default',
  fetch: 'cred-default',
  write: writeLane((VALID.write[0] as WriteStats).batchId, writeLanes(true)),
};
const PARSE: Record<QueueName, (body: unknown) => unknown> = {
  resolve: (body) => parseMessage(ResolveSource, body, 'm'),
  fetch: (body) => parseFetchBatch(body, 'm'),
  write: (body) => parseMessage(WriteStats, body, 'm'),
};

const isRefused = (queue: QueueName, body: unknown): boolean => {
  try {
    PARSE[queue](body);
    return false;
  } catch {
    return true;
  }
};

/** What nobody can read: any JSON, valid messages with one thing wrong, text, bytes; and a valid one of no run. */
function badMessages(queue: QueueName): unknown[] {
  const wrong = VALID[queue].flatMap((valid) =>
    fc.sample(mutated(valid), { ...SEED, numRuns: 300 }).map(({ value }) => value),
  );
  const some = [...wrong, ...fc.sample(anyJson, { ...SEED, numRuns: 30 })]
    .filter((body) => body !== undefined && isRefused(queue, body) && JSON.stringify(body).length < 100_000)
    .filter((_, i, all) => i % Math.ceil(all.length / PER_QUEUE) === 0);
  return [...some, 'no json at all', '{"runId":', Buffer.from([0, 255, 254]), VALID[queue][0]];
}

interface Shown {
  messageId: string;
  problem?: string;
  reason: string;
}
let pipeline: Pipeline;
let client: ServiceBusClient;
beforeAll(async () => {
  pipeline = await Pipeline.start({
    world: { repositories: 60, owners: [{ login: 'acme' }] },
    settings: { NumberOfReposToQueryPerCall: '10' },
    durationScale: 0.05,
  });
  client = new ServiceBusClient(pipeline.supervisor.addresses.serviceBusConnection);
});
afterAll(async () => {
  await client.close();
  await pipeline.stop();
});

const send = (queue: QueueName, ...messages: { body: unknown; messageId: string }[]): Promise<void> =>
  client.createSender(queue).sendMessages(messages.map((m) => ({ ...m, sessionId: LANES[queue] })));

async function lettersOf(queue: QueueName): Promise<Shown[]> {
  const {
    queues: [found],
  } = (await (await pipeline.api(`deadletters?queue=${queue}`)).json()) as {
    queues: [{ letters: Shown[] }];
  };
  return found.letters;
}

it('ends each of them as a dead letter with its problem, while a run beside them collects the truth', async () => {
  const sent = new Map(queues.map((queue) => [queue, badMessages(queue)]));
  const bad = (queue: QueueName) =>
    sent.get(queue)!.map((body, i) => ({ body, messageId: `bad-${queue}-${i}` }));
  for (const queue of queues) expect(bad(queue).length).toBeGreaterThanOrEqual(PER_QUEUE);
  // Half before the run's own messages, half after.
  for (const queue of queues) await send(queue, ...bad(queue).filter((_, i) => i % 2 === 0));
  const runId = await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] });
  for (const queue of queues) await send(queue, ...bad(queue).filter((_, i) => i % 2 === 1));

  const run = await pipeline.ended(runId);
  expect(run).toMatchObject({ status: 'completed', totalFailedCount: 0, failedSources: [], revision: 1 });
  expect((await pipeline.stats(runId)).map(comparable)).toEqual((await pipeline.truth()).map(comparable));

  for (const queue of queues) {
    const wanted = bad(queue).map((m) => m.messageId);
    let letters = await lettersOf(queue);
    while (letters.length < wanted.length) letters = await lettersOf(queue);
    expect(letters.map((l) => l.messageId).sort()).toEqual(wanted.toSorted());
    for (const { messageId, reason, problem } of letters) {
      expect(reason).toContain('MaxDeliveryCountExceeded');
      // The last one can be read, and is of no run.
      const isValid = messageId === wanted.at(-1);
      expect(problem === undefined).toBe(isValid);
      const said = pipeline.logs.filter(
        (r) => r.message === 'message cannot be understood' && r['messageId'] === messageId,
      );
      expect(said).toHaveLength(QUEUES[queue].maxDeliveryCount);
      expect(said[0]?.['error']).toMatch(/^[^]{20,6000}$/);
    }
  }
  // Nothing fell over: every app is in its first life.
  expect(pipeline.supervisor.processes().filter((p) => p.starts !== 1)).toEqual([]);
}, 180_000);

/** Every object with a field more, as a newer version might send it. */
const newer = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(newer)
    : typeof value === 'object' && value !== null
      ? {
          ...Object.fromEntries(Object.entries(value).map(([k, v]) => [k, newer(v)])),
          ofNewer: { some: ['thing'] },
        }
      : value;

it('messages of an older and of a newer version do their work', async () => {
  const {
    runs: [run],
  } = (await (await pipeline.api('runs')).json()) as { runs: [{ id: string }] };
  const { batchId, entries } = (await pipeline.outcomes(run.id)).find((o) => o.created === 10)!;
  const names = Object.keys(entries);
  const { runInfo } = pipeline.supervisor.containers;
  const before = (await Promise.all(queues.map(lettersOf))).flat().length;
  /** Lets the work be done again, by this message. */
  const outcomeBy = async (queue: QueueName, body: object): Promise<Outcome> => {
    await runInfo.item(outcomeId(batchId), run.id).delete();
    await send(queue, { body, messageId: 'of-another-version' });
    for (;;) {
      const outcome = await pipeline.document<Outcome>('runInfo', outcomeId(batchId), run.id);
      if (outcome) return outcome;
    }
  };
  const repos = names.map((nameWithOwner) => ({ nameWithOwner }));
  const cost = { calls: 1, points: 1, seconds: 1 };
  const documents = (await pipeline.stats(run.id)).filter((s) => names.includes(s.repo));
  const stats = documents.slice(1).map((document) => ({ name: document.repo, document }));
  const failures = [{ name: documents[0]!.repo, reason: 'under-quarantine' }];

  const older = { runId: run.id, batchId, repos, attempt: 1 };
  expect(await outcomeBy('fetch', older)).toMatchObject({ created: 10, failed: 0 });
  expect(await outcomeBy('fetch', newer(older) as object)).toMatchObject({ created: 10, failed: 0 });
  const page = { runId: run.id, sourceId: 's00001', page: 1 };
  expect(await outcomeBy('resolve', newer(page) as object)).toMatchObject({ created: 10, failed: 0 });
  const written = await outcomeBy(
    'write',
    newer({ runId: run.id, batchId, attempt: 1, stats, failures, cost }) as object,
  );
  expect(written).toMatchObject({ created: 9, failed: 1 });
  expect(written.entries[documents[0]!.repo]).toMatchObject({ state: 'failed', reason: 'unknown-reason' });
  expect(JSON.stringify([written, await pipeline.stats(run.id)])).not.toContain('ofNewer');
  expect((await Promise.all(queues.map(lettersOf))).flat()).toHaveLength(before);
}, 60_000);

it('requests about dead letters are understood, or refused in words', async () => {
  const post = (queue: string, body: string): Promise<Response> =>
    pipeline.api(`deadletters/${queue}/resubmit`, { method: 'POST', body });
  const bodies = fc.oneof(
    anyJson,
    mutated({ sequenceNumbers: ['900001', '900002'] }).map((m) => m.value),
  );
  for (const value of fc.sample(bodies, { ...SEED, numRuns: 60 })) {
    // Null is no body, an empty one: all are sent back, which is tested elsewhere.
    const body = JSON.stringify(value) ?? 'null';
    if (['null', '{}'].includes(body)) continue;
    const response = await post('resolve', body);
    const text = await response.text();
    expect([200, 400]).toContain(response.status);
    const { detail = '', sent = 0 } = JSON.parse(text) as { detail?: string; sent?: number };
    expect([sent, response.status === 200 || detail.startsWith('The body cannot be used: ')]).toEqual([
      0,
      true,
    ]);
  }
  const queries = [
    'from=9999999999999999999',
    'from=-1',
    'from=1.5',
    'from=',
    'from=NaN',
    `from=${'1'.repeat(40)}`,
  ];
  for (const query of queries)
    expect((await pipeline.api(`deadletters?queue=write&${query}`)).status).toBe(400);
  for (const queue of ['__proto__', 'constructor', 'FETCH', '%00', 'x'.repeat(300)])
    expect([
      (await post(queue, '')).status,
      (await pipeline.api(`deadletters?queue=${queue}`)).status,
    ]).toEqual([404, 404]);
  for (const number of ['x', '-1', '1e3', '9999999999999999999', '__proto__'])
    expect((await pipeline.api(`deadletters/write/${number}`, { method: 'DELETE' })).status).toBe(400);
}, 60_000);
