/**
 * Compares the learned size of requests with fixed sizes, on one simulated GitHub: repositories per server second, and
 * time-outs caused. The fetcher's own code asks over HTTP, through its gate and a pace document in the embedded Cosmos DB;
 * only the queue is a list. Server seconds are those of GitHub's model, so the noise of this machine hardly counts.
 *
 *   npm run bench:github-pace -- [--repositories 4000] [--seconds 0.02,0.06,0.15] [--scale 0.05] [--seed 1] [--check] [--save]
 *
 * --scale: real seconds for each of GitHub's.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import type { Learned } from '../shared/src/pace.ts';
import { openLane } from '../shared/src/github/lanes.ts';
import { UNLEARNED } from '../shared/src/github/request-size.ts';
import { credentialLane } from '../shared/src/ids.ts';
import { FetchBatch, WriteStats, type RepoRef } from '../shared/src/messages.ts';
import type { QueueSender } from '../shared/src/settlement.ts';
import { startGithub } from '../local/src/github/server.ts';
import type { Ask } from '../services/fetcher/src/ask-once.ts';
import { fetchBatch } from '../services/fetcher/src/fetch-batch.ts';
import { startEmbeddedCosmos, type EmbeddedCosmos } from '../test/embedded-cosmos.ts';
import { number, readArguments, Report, whole } from './report.ts';

const options = readArguments(
  'npm run bench:github-pace -- [--repositories 4000] [--seconds 0.02,0.06,0.15] [--scale 0.05] [--seed 1]',
  {
    repositories: whole(1, 4000),
    seconds: z
      .string()
      .default('0.02,0.06,0.15')
      .transform((text) => text.split(',').map(Number))
      .pipe(z.array(z.number().positive())),
    scale: z.coerce.number().positive().default(0.05),
    seed: whole(1, 1),
    /** Of the process that simulates GitHub. */
    simulator: z.coerce.number().positive().optional(),
  },
);
const { scale } = options;
const FIXED = [25, 65, 100];
/** Time-outs per 1,000 repositories that a way of asking may cause. */
const MOST_TIMEOUTS = 2;
const LEARNED_SHARE = 0.94;
const WARM_SHARE = 0.96;
const RUN_ID = '1611127298';

/** What one way of asking came to. */
interface Result {
  way: string;
  repositories: number;
  perServerSecond: number;
  timeoutsPerThousand: number;
  calls: number;
}

/** A size that is not learned: a batch is one request. */
const fixedAt = (size: number): Learned => ({ ...UNLEARNED, size });

if (options.simulator !== undefined) await simulate(options.simulator);
else await compare();

/** In a process of its own, so that GitHub's work and the fetcher's do not wait for each other. */
async function simulate(secondsPerRepository: number): Promise<void> {
  const github = await startGithub({
    world: {
      seed: options.seed,
      repositories: options.repositories,
      owners: [{ login: 'acme' }],
      individual: [],
    },
    latency: 'github',
    latencyScale: scale,
    latencyModel: { secondsPerRepository },
  });
  const repos = [...github.oracle.truth()].map((row) => ({ nameWithOwner: row.repo, id: row.repoId }));
  process.on('message', () => process.send?.(github.oracle.calls()));
  process.send?.({ url: github.url, repos });
}

async function compare(): Promise<void> {
  const report = new Report(
    'How close does the learned size of requests come to the best fixed one, and how many time-outs does it cause?',
  );
  const cosmos = await startEmbeddedCosmos();
  try {
    for (const seconds of options.seconds) {
      const args = ['--simulator', String(seconds), ...process.argv.slice(2)];
      const github = fork(import.meta.filename, args);
      github.once('exit', (code) => code && process.exit(code));
      try {
        tell(report, seconds, await compareAt(seconds, github, cosmos));
      } finally {
        github.kill();
      }
    }
  } finally {
    await cosmos.close();
  }
  report.end(options);
}

async function compareAt(seconds: number, github: ChildProcess, cosmos: EmbeddedCosmos): Promise<Result[]> {
  const [{ url, repos }] = (await once(github, 'message')) as [{ url: string; repos: RepoRef[] }];
  const results: Result[] = [];
  for (const size of FIXED) {
    const name = `fixed-${size}-${seconds}`;
    results.push(
      await ask({ way: `fixed ${size}`, name, size, github, url, repos, cosmos, learned: fixedAt(size) }),
    );
  }
  const common = { github, url, repos, cosmos, size: 100 };
  const name = `learned-${seconds}`;
  results.push(await ask({ ...common, way: 'learned, from nothing', name }));
  results.push(await ask({ ...common, way: 'learned, from the last run', name }));
  return results;
}

interface Way {
  way: string;
  /** Name of the credential, and so of its pace document and of its lines in the simulator's log. */
  name: string;
  /** Repositories per batch. */
  size: number;
  learned?: Learned;
  github: ChildProcess;
  url: string;
  repos: readonly RepoRef[];
  cosmos: EmbeddedCosmos;
}

/** Asks for all repositories once in one way. */
async function ask({ way, name, size, learned, github, url, repos, cosmos }: Way): Promise<Result> {
  const before = await counted(github);
  const credential = { name, auth: { kind: 'token', token: `token-of-${name}` } } as const;
  const lane = openLane(credential, { url, pace: cosmos.pace, scale });
  const asking: Ask = (question, learn) =>
    learned
      ? lane.call('stats', (pace) => question({ ...pace, learned }))
      : lane.call('stats', question, { ...(learn && { learn }) });
  const queue: FetchBatch[] = [];
  for (let i = 0; i < repos.length; i += size)
    queue.push(
      FetchBatch.parse({ runId: RUN_ID, batchId: `b-${i}`, repos: repos.slice(i, i + size), attempt: 1 }),
    );
  const planned = new Map(queue.map((m) => [m.batchId, m.repos]));
  let stored = 0;
  const unscheduled = (): Promise<never> => Promise.reject(new Error('copies are returned, not scheduled'));
  const fetchQueue: QueueSender = {
    send: () => Promise.reject(new Error('nothing is forwarded: there is one lane')),
    schedule: unscheduled,
  };
  const writeQueue: QueueSender = {
    send: (messages) => {
      for (const { body } of messages) stored += WriteStats.parse(body).stats.length;
      return Promise.resolve();
    },
    schedule: unscheduled,
  };
  for (let message = queue.shift(); message; message = queue.shift()) {
    const { batchId } = message;
    const settled = await fetchBatch(message, credentialLane(name), {
      store: {
        readBatch: () => Promise.resolve({ batchId, repos: planned.get(batchId) ?? [] }),
        readOutcome: () => Promise.resolve(undefined),
        reopen: () => Promise.reject(new Error('nothing is dropped by hand')),
      },
      credentials: [credential],
      askAs: () => asking,
      fetchQueue,
      writeQueue,
      writeLanes: 1,
      spread: (_credential, waitMs) => waitMs,
      now: () => new Date(),
      scale,
      log: () => undefined,
    });
    if (settled.kind === 'again') queue.push(FetchBatch.parse(settled.copy.body));
  }
  await lane.release();
  if (stored !== repos.length) throw new Error(`${way}: ${stored} of ${repos.length} repositories came`);
  const after = await counted(github);
  const spent = (key: keyof Counts): number => after[key] - before[key];
  return {
    way,
    repositories: stored,
    perServerSecond: stored / spent('serverSeconds'),
    timeoutsPerThousand: (1000 * spent('timeouts')) / stored,
    calls: spent('calls'),
  };
}

interface Counts {
  calls: number;
  serverSeconds: number;
  timeouts: number;
}

/** What the simulator has counted so far, over all tokens: ways of asking come one after the other. */
async function counted(github: ChildProcess): Promise<Counts> {
  const told = once(github, 'message') as Promise<
    [{ calls: number; tokens: Record<string, { serverSeconds: number; timeouts: number }> }]
  >;
  github.send('count');
  const [{ calls, tokens }] = await told;
  const sum = (key: 'serverSeconds' | 'timeouts'): number =>
    Object.values(tokens).reduce((total, token) => total + token[key], 0);
  return { calls, serverSeconds: sum('serverSeconds'), timeouts: sum('timeouts') };
}

function tell(report: Report, seconds: number, results: readonly Result[]): void {
  const fair = results.filter((r) => r.way.startsWith('fixed') && r.timeoutsPerThousand <= MOST_TIMEOUTS);
  const best = Math.max(...fair.map((r) => r.perServerSecond));
  report.say(`${seconds} s a repository, ${number(results[0]?.repositories ?? 0)} of them with giants:`);
  report.table(
    ['way of asking', 'repositories per server second', 'of the best fixed', 'time-outs per 1,000', 'calls'],
    results.map((r) => [
      r.way,
      number(r.perServerSecond, 2),
      `${number((100 * r.perServerSecond) / best, 1)} %`,
      number(r.timeoutsPerThousand, 2),
      number(r.calls),
    ]),
  );
  for (const [r, least] of [
    [results.at(-2)!, LEARNED_SHARE] as const,
    [results.at(-1)!, WARM_SHARE] as const,
  ]) {
    const what = `${r.way}, at ${seconds} s a repository`;
    report.bound(
      {
        what: `${what}: share of the best fixed`,
        found: r.perServerSecond / best,
        atLeast: least,
        digits: 3,
      },
      { what: `${what}: time-outs per 1,000`, found: r.timeoutsPerThousand, atMost: MOST_TIMEOUTS },
    );
  }
}
