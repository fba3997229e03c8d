/**
 * Runs many repositories through all five apps with a GitHub that answers at once and sets no limits: what is left is the pipeline's
 * own work, and this tells whose it is.
 *
 *   npm run bench:overhead -- [--repos 100000] [--credentials 4] [--profiles FOLDER]
 *
 * --credentials: as many organisations, each with one. A credential's calls are serial, so that with one alone the time from answer
 * to answer counts and not the work: about 30 ms here, in which the processors are idle half of the time.
 * --profiles: keeps the V8 profiles of the apps there, and tells whose code the time went to; a run is slower with it, so that
 * nothing is compared with its bound.
 */
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { readProfiles } from './cpu-profile.ts';
import { loadRun, wholeRun, type LoadResult } from './load-run.ts';
import { number, readArguments, Report, whole } from './report.ts';

/** Repositories per second on two cores. */
const LEAST_PER_SECOND = 2_000;
/** Of the apps' time, below which a package is not named. */
const WORTH_NAMING = 0.01;

const { repos, credentials, profiles, ...options } = readArguments(
  'npm run bench:overhead -- [--repos 100000] [--credentials 4] [--profiles FOLDER]',
  {
    repos: whole(1, 100_000),
    credentials: whole(1, 4),
    profiles: z
      .string()
      .min(1)
      .transform((folder) => (isAbsolute(folder) ? folder : resolve(folder)))
      .optional(),
  },
);
const report = new Report(
  'How many repositories per second go through all five apps when GitHub answers at once and has no limits, and where does the time go?',
);
const owners = Array.from({ length: credentials }, (_, n) => `acme-${n + 1}`);
const result = wholeRun(
  await loadRun({ repositories: repos, owners, ownCredentials: true, profiles }),
  repos,
);
const { run, seconds } = result;
const perSecond = run.totalCreatedCount / seconds;
report.say(
  `${number(run.totalCreatedCount)} repositories in ${number(seconds, 1)} s: ${number(perSecond)} per second, from the run's start to its end; ` +
    `first run, serverless mode, ${credentials} credentials, simulated GitHub, broker and Cosmos DB on the same machine.`,
);
tellProcesses(result);
if (profiles === undefined)
  report.bound({ what: 'repositories per second', found: perSecond, atLeast: LEAST_PER_SECOND, digits: 0 });
else tellPackages(profiles, [...result.apps.keys()]);
report.end(options);

function tellProcesses({ apps, platform, run: { totalCreatedCount } }: LoadResult): void {
  const all = [...apps, ...platform];
  const sum = all.reduce((total, [, { processor }]) => total + processor, 0);
  const row = (name: string, processor: number): string[] => [
    name,
    number((1e6 * processor) / totalCreatedCount),
    `${number((100 * processor) / sum)} %`,
    `${number((100 * processor) / seconds)} %`,
  ];
  const rows = all.toSorted(([, a], [, b]) => b.processor - a.processor);
  report.table(
    ['process', 'processor, µs per repository', 'of all', 'of one core'],
    [...rows.map(([name, { processor }]) => row(name, processor)), row('all', sum)],
  );
}

function tellPackages(folder: string, apps: readonly string[]): void {
  const byApp = apps.map((app) => readProfiles(resolve(folder, app)));
  const sums = new Map<string, number>();
  for (const seconds of byApp) for (const [owner, s] of seconds) sums.set(owner, (sums.get(owner) ?? 0) + s);
  const total = [...sums.values()].reduce((a, b) => a + b, 0);
  const named = [...sums].filter(([, s]) => s >= WORTH_NAMING * total).sort(([, a], [, b]) => b - a);
  report.table(
    ['code of', "of the apps' time", ...apps],
    named.map(([owner, s]) => [
      owner,
      `${number((100 * s) / total)} %`,
      ...byApp.map((seconds) => number((1e6 * (seconds.get(owner) ?? 0)) / run.totalCreatedCount)),
    ]),
  );
  report.say('By app in µs per repository, starting of the processes included.');
}
