/** Whatever GitHub answers, in whatever mixture, every repository of a batch is settled exactly once, and rightly. */
import { startGithub, type Github } from '@github-repo-stats/local/github/server';
import { faultNames, type Fault } from '@github-repo-stats/local/github/faults';
import type { TruthRow } from '@github-repo-stats/local/github/truth';
import { githubAs } from '@github-repo-stats/shared/github/call';
import { CallGate } from '@github-repo-stats/shared/github/gate';
import { paceStore } from '@github-repo-stats/shared/github/pace-store';
import { credentialLane } from '@github-repo-stats/shared/ids';
import { FetchBatch, WriteStats } from '@github-repo-stats/shared/messages';
import type { FailureReason } from '@github-repo-stats/shared/reasons';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fetchBatch } from '../services/fetcher/src/fetch-batch.ts';
import { startEmbeddedCosmos, type EmbeddedCosmos } from './embedded-cosmos.ts';

const RUNS = 60;
const LARGEST_BATCH = 40;
const runId = '1611127298';
const batchId = 'b-s00001-00001-1';
/** A call that hangs is given up after 15 s times this. */
const SCALE = 0.02;

/** What may be wrong with a repository for good, and how it is to be told. */
const PERMANENT = {
  'not-found': 'not-found',
  saml: 'saml',
  'ip-allow-list': 'ip-allow-list',
  forbidden: 'forbidden',
  slow: 'timeout',
  'resource-limits': 'timeout',
  null: 'transport',
} as const satisfies Record<string, FailureReason>;

/** Every shape of an answer that hits a whole request. */
const FAULTS: readonly Fault[] = [
  ...faultNames,
  { rateLimit: { resetAfter: 30, form: 'RATE_LIMIT' } },
  { rateLimit: { resetAfter: 900, form: 'RATE_LIMITED', remaining: 4 } },
  { secondaryLimit: { retryAfter: 3, status: 403 } },
  { secondaryLimit: { retryAfter: 60, status: 429 } },
  { secondaryLimit: { retryAfter: null, status: 200 } },
  { resourceLimits: { share: 0.5 } },
  { nulls: { share: 0.3 } },
];

let github: Github;
let cosmos: EmbeddedCosmos;
let world: TruthRow[];
beforeAll(async () => {
  cosmos = await startEmbeddedCosmos();
  github = await startGithub({
    world: { seed: 1, repositories: RUNS * LARGEST_BATCH, owners: [{ login: 'acme' }], individual: [] },
  });
  world = [...github.oracle.truth()];
});
afterAll(async () => {
  await github.close();
  await cosmos.close();
});

let cases = 0;
const mixture = fc.record({
  failures: fc.array(
    fc.option(fc.constantFrom(...(Object.keys(PERMANENT) as (keyof typeof PERMANENT)[])), { freq: 3 }),
    {
      minLength: 1,
      maxLength: LARGEST_BATCH,
    },
  ),
  faults: fc.array(fc.record({ fault: fc.constantFrom(...FAULTS), times: fc.integer({ min: 1, max: 3 }) }), {
    maxLength: 12,
  }),
  byName: fc.boolean(),
});

it('settles every repository once', async () => {
  await fc.assert(fc.asyncProperty(mixture, settlesAll), { numRuns: RUNS, endOnFailure: true });
}, 300_000);

async function settlesAll({
  failures,
  faults,
  byName,
}: typeof mixture extends fc.Arbitrary<infer T> ? T : never) {
  const rows = world.slice(cases * LARGEST_BATCH, cases * LARGEST_BATCH + failures.length);
  const credential = { name: `case-${cases++}`, auth: { kind: 'token', token: `case-${cases}` } } as const;
  for (const [i, failure] of failures.entries()) if (failure) github.world.fail(rows[i]!.repo, failure);
  github.faults.clear();
  for (const { fault, times } of faults) github.faults.next(fault, { times });

  const repos = rows.map((r) => ({ nameWithOwner: r.repo, ...(!byName && { id: r.repoId }) }));
  const writes = await fetched(FetchBatch.parse({ runId, batchId, repos, attempt: 1 }), credential);
  const stats = writes.flatMap((w) => w.stats);
  const failed = writes.flatMap((w) => w.failures);
  const settled = [...stats.map((s) => s.name), ...failed.map((f) => f.name)];
  expect(settled.toSorted()).toEqual(rows.map((r) => r.repo).toSorted());

  const truth = new Map(rows.map((row) => [row.repo, row]));
  for (const { name, document } of stats) expect(document).toMatchObject(numbers(truth.get(name)!));
  const wrong = new Map(
    rows.flatMap((row, i) => (failures[i] ? [[row.repo, PERMANENT[failures[i]]] as const] : [])),
  );
  // What passes may outlast the attempts; then it is the reason.
  const passing: FailureReason[] = ['timeout', 'transport', 'credentials'];
  for (const { name, reason } of failed) expect([wrong.get(name), ...passing]).toContain(reason);
  for (const name of wrong.keys()) expect(stats.map((s) => s.name)).not.toContain(name);
  // Where nothing passing goes wrong, only what is wrong for good fails.
  const unexpected = failed.filter((f) => wrong.get(f.name) !== f.reason);
  expect(faults.length === 0 ? unexpected : []).toEqual([]);
}

const numbers = ({ repo, openIssues, closedIssues, openPRs, closedPRs, mergedPRs, stars }: TruthRow) => ({
  repo,
  openIssues,
  closedIssues,
  openPRs,
  closedPRs,
  mergedPRs,
  stars,
});

/** Handles a message and its copies until none is left; waits pass at once, on the clock of the gate. */
async function fetched(
  first: FetchBatch,
  credential: { name: string; auth: { kind: 'token'; token: string } },
): Promise<WriteStats[]> {
  let passed = 0;
  const session = credentialLane(credential.name);
  const client = githubAs(github.url, credential);
  const gate = new CallGate({
    id: session,
    store: paceStore(cosmos.pace),
    clock: {
      now: () => Date.now() + passed,
      monotonic: () => performance.now() + passed,
      sleep: (ms) => Promise.resolve(void (passed += ms)),
    },
    scale: SCALE,
  });
  const writes: WriteStats[] = [];
  const nothing = { schedule: () => Promise.reject(new Error('copies are returned')) };
  const queue = [first];
  for (let handled = 0; queue.length > 0; handled++) {
    if (handled > 200) throw new Error('it does not end');
    const message = queue.shift()!;
    const settled = await fetchBatch(message, session, {
      store: {
        readBatch: () => Promise.resolve({ batchId, repos: first.repos }),
        readOutcome: () => Promise.resolve(undefined),
        reopen: () => Promise.reject(new Error('nothing is dropped by hand')),
      },
      credentials: [credential],
      askAs: () => (question, learn) =>
        gate.call(
          'stats',
          (signal, pace) => {
            const { query, variables } = question(pace);
            return client.ask(query, variables, signal);
          },
          { ...(learn && { learn }) },
        ),
      fetchQueue: { ...nothing, send: () => Promise.reject(new Error('there is one lane')) },
      writeQueue: {
        ...nothing,
        send: (messages) =>
          Promise.resolve(void writes.push(...messages.map((m) => WriteStats.parse(m.body)))),
      },
      writeLanes: 1,
      spread: (_credential, waitMs) => waitMs,
      now: () => new Date(Date.now() + passed),
      scale: SCALE,
      log: () => undefined,
    });
    if (settled.kind !== 'again') continue;
    passed += settled.delayMs;
    queue.push(FetchBatch.parse(settled.copy.body));
  }
  await gate.release();
  return writes;
}
