/**
 * Compares our pipeline with the schedule of the first generation, on one simulated GitHub, one local Cosmos DB at 400 RU/s and the same
 * latencies, in real time and one run after the other.
 *
 *   npm run bench:first-generation -- [--repositories 195,6000] [--faults timeout,missing,slow] [--check] [--save]
 *
 * --repositories: sizes; 195 takes four minutes and its faults eight, 6,000 half an hour more. --faults: rows of their own, at the first size, or `none`;
 * also `both` of the first two, and `timeouts` of 1 % of the calls. It ends with 1, --check or not, when the first generation as published does not come to its published time.
 */
import { z } from 'zod';
import { baselineRun, type BaselineMeasured } from './first-generation/baseline-run.ts';
import { FAULTS } from './first-generation/faults.ts';
import { NO_HOST, PUBLISHED_HOST } from './first-generation/host.ts';
import type { Measured } from './first-generation/measured.ts';
import { ourRuns } from './first-generation/our-run.ts';
import { PUBLISHED_REPOSITORIES, PUBLISHED_SECONDS } from './first-generation/published-run.ts';
import * as settings from './first-generation/settings.ts';
import {
  factorTable,
  faultTable,
  githubSeconds,
  lessBy,
  sizeTable,
  stageTable,
} from './first-generation/tables.ts';
import { holds, number, readArguments, Report, type Bound } from './report.ts';

const USAGE = 'npm run bench:first-generation -- [--repositories 195,6000] [--faults timeout,missing,slow]';
const [FIRST, LATER] = ['ours, the first run', 'ours, a later run'] as const;
/** Runs of more repositories are measured once: what the first run has to learn is little of them. */
const SHORT = 1000;
/** A run without an end is stopped at so many times what the first generation took as published, so that one pause of a minute is no end. */
const STOP_AT = 3;

const list = (text: string): string[] => text.split(',').filter(Boolean);
const options = readArguments(USAGE, {
  repositories: z
    .string()
    .regex(/^\d{1,6}(,\d{1,6})*$/)
    .default(String(PUBLISHED_REPOSITORIES)),
  faults: z
    .string()
    .default('timeout,missing,slow')
    .refine((text) => list(text).every((name) => name === 'none' || Object.hasOwn(FAULTS, name)), {
      error: `is none of ${Object.keys(FAULTS).join(', ')}, none`,
    }),
});
const sizes = list(options.repositories).map(Number);
const faults = list(options.faults).filter((name) => name !== 'none');

const report = new Report(
  'How much faster is our pipeline than the schedule of the first generation, and what does it take of GitHub?',
);
report.say(
  `Both run on the same simulated GitHub, calibrated to the published calls: ${settings.SECONDS_PER_CALL} s per call and 66.6 ms per repository of eight counts ` +
    `(43.8 ms for our five), ${settings.SECONDS_PER_LISTING} s per listing call, without the load that varies from call to call and of few calls would decide; no very slow repositories but in their own row. ` +
    `An operation of Cosmos DB is answered ${settings.COSMOS_MS} ms late, a mail ${settings.MAIL_MS} ms and an event ${settings.EVENT_MS} ms, for both. One token, ${settings.THROUGHPUT} RU/s. ` +
    'Seconds are real ones, from the trigger to the last of last document, run document, event and final mail; GitHub’s are the simulator’s.',
);
report.say(
  '*As published* is the schedule with what the published run took beside it: 0.28 s per step, 1.1 s per Cosmos client (2.3 s for the first), 52 ms per operation. ' +
    '*Schedule only* has none of these. `stargazers`, which GitHub withholds since July 2026, is allowed, or every call of the first generation would fail. ' +
    'Its listing was REST; here it is the same calls, pages of 30, through GraphQL, in the same time.',
);

const baseline = (repositories: number, published: boolean): Promise<BaselineMeasured> =>
  baselineRun({
    repositories,
    side: published ? 'as published' : 'schedule only',
    host: published ? PUBLISHED_HOST : NO_HOST,
  });

/** @returns seconds of the first generation as published. */
async function compareAt(repositories: number): Promise<number> {
  const ours = await ourRuns({ repositories }, repositories < SHORT ? [FIRST, LATER] : [FIRST]);
  const mine = ours.at(-1)!;
  const schedule = await baseline(repositories, false);
  const published = await baseline(repositories, true);
  const baselines = [published, schedule];
  sizeTable(report, repositories, [...baselines, ...ours]);
  factorTable(report, ours, baselines);
  report.say(
    `Not the schedule’s merit, since the first generation could have had them as well: five counts instead of eight, ${number(lessBy(settings.SECONDS_OF_EIGHT_COUNTS, settings.SECONDS_OF_FIVE_COUNTS))} % of GitHub’s seconds per repository; larger pages of the listing; and the index policy. ` +
      `With it the first generation would have written for ${number(schedule.requestUnitsIndexedAsOurs)} RU instead of ${number(schedule.requestUnits)}.`,
  );
  if (repositories === PUBLISHED_REPOSITORIES) {
    stageTable(report, published, schedule);
    const off = Math.abs(published.seconds / PUBLISHED_SECONDS - 1) * 100;
    const reproduced: Bound = { what: 'as published, off the published time, %', found: off, atMost: 5 };
    report.bound(reproduced);
    if (!holds(reproduced)) process.exitCode = 1;
  }
  const size = number(repositories);
  report.bound(
    { what: `${size}: times as fast as published`, found: published.seconds / mine.seconds, atLeast: 3 },
    {
      what: `${size}: times as fast as the schedule only`,
      found: schedule.seconds / mine.seconds,
      atLeast: repositories < SHORT ? 1.5 : 2,
    },
    {
      what: `${size}: GitHub seconds per repository less, %`,
      found: lessBy(schedule.github.statisticsSeconds, mine.github.statisticsSeconds),
      atLeast: 28,
    },
    {
      what: `${size}: the same with listing, %`,
      found: lessBy(githubSeconds(schedule), githubSeconds(mine)),
      atLeast: 35,
    },
  );
  return published.seconds;
}

async function compareFaults(repositories: number, faultFree: number): Promise<void> {
  const runs: (Measured & { fault: string })[] = [];
  for (const name of faults) {
    const { what: fault, giantShare, happen } = FAULTS[name]!;
    const world = { repositories, giantShare };
    const [, mine] = await ourRuns(world, ['before', LATER], happen);
    const theirs = await baselineRun({
      ...world,
      ...(happen && { happen }),
      side: 'schedule only',
      host: NO_HOST,
      stopAfterSeconds: STOP_AT * faultFree,
    });
    runs.push({ ...theirs, fault }, { ...mine!, fault });
    if (name !== 'missing') continue;
    report.bound(
      {
        what: 'one missing: repositories stored, ours',
        found: mine!.finished ? mine!.stored : 0,
        atLeast: repositories - 1,
        digits: 0,
      },
      { what: 'one missing: repositories stored, schedule only', found: theirs.stored, atMost: 0, digits: 0 },
    );
  }
  report.say(
    `What goes wrong, with ${number(repositories)} repositories. A call that times out takes ${settings.TIMEOUT_SECONDS} s; the first generation then waits for a minute, ` +
      `and repeats a query that fails for ever: it is stopped at ${STOP_AT} times what it took as published without faults. Of so few calls 1 % are mostly none, so that one times out for certain.`,
  );
  faultTable(report, runs);
}

const faultFree = [];
for (const repositories of sizes) faultFree.push(await compareAt(repositories));
if (faults.length > 0) await compareFaults(sizes[0]!, faultFree[0]!);
report.end(options);
