/**
 * Holds whole runs in real time against what GitHub alone takes: from the request for a run to its last e-mail, over the sum of
 * the response times of its one credential.
 *
 *   npm run bench:makespan -- [--repositories 600,3000] [--seconds 0.115] [--batch 65] [--check] [--save]
 *
 * --seconds: of an ordinary repository at GitHub. Listing runs beside the statistics, all but the first page. So the bounds are held
 * against the stricter sum: the first page, what a first run asks GitHub to reckon before (dry runs), and every call of statistics.
 */
import type { KeptMail } from '@github-repo-stats/local/sendgrid/server';
import { z } from 'zod';
import { Pipeline } from '../test/pipeline.ts';
import { partsOf, type Calls, type Makespan } from './makespan-parts.ts';
import { number, readArguments, Report, whole } from './report.ts';

/** Of small runs, and of those from so many repositories on. */
const MOST = 1.05;
const MOST_OF_LARGE = 1.02;
const LARGE = 3_000;

const options = readArguments(
  'npm run bench:makespan -- [--repositories 600] [--seconds 0.115] [--batch 65]',
  {
    repositories: z
      .string()
      .regex(/^\d+(,\d+)*$/)
      .default('600'),
    seconds: z.coerce.number().positive().default(0.115),
    batch: whole(1, 65),
  },
);

type Kind = 'listing' | 'stats' | 'other';
interface Token extends Calls {
  calls: Record<Kind, number>;
  timeouts: number;
  /** `other`: dry runs. */
  byKind: Record<Kind, Calls>;
}
const callsOf = async (pipeline: Pipeline): Promise<Token> =>
  Object.values(((await pipeline.calls()) as { tokens: Record<string, Token> }).tokens)[0]!;

interface Measured extends Makespan {
  repositories: number;
  calls: Token;
}

async function measure(repositories: number): Promise<Measured> {
  const pipeline = await Pipeline.start({
    world: { repositories, owners: [{ login: 'acme' }] },
    settings: {
      Simulator_Latency: 'github',
      Simulator_SecondsPerRepository: String(options.seconds),
      NumberOfReposToQueryPerCall: String(options.batch),
    },
  });
  try {
    const requestedAt = Date.now();
    const runId = await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] });
    await pipeline.logged((r) => r.message === 'page planned');
    // The next page takes GitHub 0.3 s and more: it has not ended yet.
    const { byKind: atFirst } = await callsOf(pipeline);
    const run = await pipeline.ended(runId);
    const calls = await callsOf(pipeline);
    const { stats, other } = calls.byKind;
    const sink = new URL('/mails', pipeline.supervisor.addresses.sendGridUrl);
    const mails = (await (await fetch(sink)).json()) as KeptMail[];
    const timesOf = (message: string): number[] =>
      pipeline.logs.filter((r) => r.message === message).map((r) => Date.parse(r.time));
    const made = partsOf({
      requestedAt,
      all: calls,
      stats,
      beforeSeconds: atFirst.listing.answeringSeconds + other.answeringSeconds,
      lastWrittenAt: Math.max(...timesOf('batch written')),
      endedAt: Math.max(...timesOf('run ended')),
      mailedAt: Math.max(...mails.map((m) => Date.parse(m.receivedAt))),
    });
    return { ...made, repositories: run.totalCreatedCount, calls };
  } finally {
    await pipeline.stop();
  }
}

const report = new Report(
  'How much longer than GitHub alone does a run take, from its request to its last e-mail, with one credential?',
);
for (const repositories of options.repositories.split(',').map(Number)) {
  const { repositories: stored, calls, seconds, parts, overAll, overSerial } = await measure(repositories);
  const name = `${number(repositories)} repositories`;
  const { listing, stats, other } = calls.byKind;
  report.say(
    `${name} of one organisation at ${options.seconds} s each, ${number(stored)} stored, in ${number(seconds, 1)} s. ` +
      `GitHub: ${calls.calls.stats} calls of statistics in ${number(stats.answeringSeconds, 1)} s (${calls.timeouts} time-outs), ` +
      `${calls.calls.listing} of listing in ${number(listing.answeringSeconds, 1)} s, most of them beside the others, and ` +
      `${calls.calls.other} dry runs in ${number(other.answeringSeconds, 1)} s.`,
  );
  report.table(
    ['part', 's', 'GitHub, s', 'the rest, s'],
    parts.map((p) => [p.what, number(p.seconds, 2), number(p.github, 2), number(p.seconds - p.github, 2)]),
  );
  const gap = (parts[2]!.seconds - parts[2]!.github) / Math.max(1, calls.calls.stats - 1);
  report.say(
    `Between two calls of statistics: ${number(1000 * gap)} ms. Over the sum of all response times: ${number(overAll, 3)}.`,
  );
  const atMost = repositories >= LARGE ? MOST_OF_LARGE : MOST;
  report.bound(
    {
      what: `makespan of ${name} over GitHub's seconds that nothing can go on beside`,
      found: overSerial,
      atMost,
      digits: 3,
    },
    {
      what: `repositories of ${number(repositories)} not stored`,
      found: repositories - stored,
      atMost: 0,
      digits: 0,
    },
  );
}
report.end(options);
