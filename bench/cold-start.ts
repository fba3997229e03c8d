/**
 * How long each app takes from the start of its process to its first work, and how large is its package?
 *
 *   npm run bench:cold-start -- [--starts 9] [--runs 5] [--check] [--save]
 *
 * --starts: of each app until its functions are registered. --runs: of the whole pipeline, each app started in its turn.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildServices, type BuiltService } from '@github-repo-stats/local/build/services';
import { workerArguments } from '@github-repo-stats/shared/host-settings';
import { asInAzure, withKeys } from './app-environment.ts';
import type { Registered } from './cold-start-app.ts';
import { REPOSITORIES, Stage } from './first-message.ts';
import { packageSize } from './package-size.ts';
import { number, readArguments, Report, whole, type Bound } from './report.ts';

const MOST_MS = 400;
const MOST_ZIPPED_MB = 1.5;
const MB = 1_000_000;
const HOST = join(import.meta.dirname, '../local/src/function-host/main.ts');
const LOADER = join(import.meta.dirname, 'cold-start-app.ts');

interface Start {
  /** Milliseconds from the start of the process. */
  ms: number;
  processor: number;
  functions: number;
}

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
const median = (values: readonly number[]): number => sorted(values)[Math.floor(values.length / 2)] ?? 0;
const range = (values: readonly number[]): string =>
  `${number(Math.min(...values))} to ${number(Math.max(...values))}`;
const medianOf = (starts: readonly Start[], what: keyof Start): number =>
  median(starts.map((start) => start[what]));

/** Plain JavaScript in one file, so that no time goes into the types of what loads an app. */
async function plain(entry: string, outfile: string): Promise<string> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: REQUIRE,
  });
  return outfile;
}
/** CommonJS packages in a bundle of modules ask for the built-in ones by it. */
const REQUIRE = {
  js: "import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);",
};

/** One start of a process that loads an app, or none. */
function start(loader: string, env: Record<string, string>, folder?: string): Start {
  const began = performance.timeOrigin + performance.now();
  const said = execFileSync(
    process.execPath,
    [...workerArguments(env), loader, ...(folder === undefined ? [] : [folder])],
    { env, encoding: 'utf8' },
  );
  const { at, processor, functions } = JSON.parse(said) as Registered;
  return { ms: at - began, processor, functions };
}

interface Starts {
  service: BuiltService;
  keys: Start[];
  azure: Start[];
}

/** In turns, so that a busy moment of the machine meets all alike. */
function startAll(
  loader: string,
  services: readonly BuiltService[],
  starts: number,
): { none: Start[]; apps: Starts[] } {
  const none: Start[] = [];
  const apps = services.map((service): Starts => ({ service, keys: [], azure: [] }));
  // The first of each reads the files from disk, and is not kept.
  for (let turn = 0; turn <= starts; turn++) {
    const keep = (list: Start[], found: Start): void => void (turn > 0 && list.push(found));
    keep(none, start(loader, withKeys('writer')));
    for (const { service, keys, azure } of apps) {
      keep(keys, start(loader, withKeys(service.name), service.folder));
      keep(azure, start(loader, asInAzure(service.name), service.folder));
    }
  }
  return { none, apps };
}

function tellRegistered(
  report: Report,
  loader: string,
  services: readonly BuiltService[],
  starts: number,
): void {
  const { none, apps } = startAll(loader, services, starts);
  report.say(
    'From the start of a new process to the moment in which the functions of the app are registered and its start hooks have run: Node itself, ' +
      'main.cjs as it is deployed, and the stand-in for the worker through which it registers. Not in it: the host of Azure with its ' +
      'own start, its worker and the channel between both. No compile cache. With keys: the settings of `npm start`. As in Azure: managed identity, and ' +
      `Application Insights. Medians of ${starts} starts each; the bounds are on the fastest, which others on the machine disturbed least, and on the ` +
      `processor time, which they hardly change and which is more than the time on a machine of its own, since V8 has helpers. Node alone, with the stand-in and no app: ${number(medianOf(none, 'ms'))} ms ` +
      `(${range(none.map(({ ms }) => ms))}), ${number(medianOf(none, 'processor'))} ms of the processor.`,
  );
  report.table(
    ['app', 'functions', 'with keys, ms', 'range', 'processor', 'as in Azure, ms', 'range', 'processor'],
    apps.map(({ service, keys, azure }) => [
      service.name,
      medianOf(keys, 'functions'),
      ...[keys, azure].flatMap((list) => [
        number(medianOf(list, 'ms')),
        range(list.map(({ ms }) => ms)),
        number(medianOf(list, 'processor')),
      ]),
    ]),
  );
  const bounds = (what: string, list: readonly Start[]): Bound[] => [
    {
      what: `${what}, fastest, ms`,
      found: Math.min(...list.map(({ ms }) => ms)),
      atMost: MOST_MS,
      digits: 0,
    },
    { what: `${what}, processor, ms`, found: medianOf(list, 'processor'), atMost: MOST_MS, digits: 0 },
  ];
  for (const { service, keys, azure } of apps)
    report.bound(
      ...bounds(`${service.name}: registered`, keys),
      ...bounds(`${service.name}: registered as in Azure`, azure),
    );
}

async function tellFirstWork(
  report: Report,
  host: string,
  services: readonly BuiltService[],
  runs: number,
): Promise<void> {
  const stage = await Stage.open(host);
  const times: Map<string, number>[] = [];
  try {
    for (let run = 0; run < runs; run++) times.push(await stage.oneRun(services));
  } finally {
    await stage.close();
  }
  report.say(
    `From the start of the process to the first work that is done, with the local Functions host and its own clients in the same process, against ` +
      `the embedded Service Bus, Cosmos DB and GitHub: the scheduler has answered a request that starts a run of ${REPOSITORIES} repositories; resolver, ` +
      'fetcher and writer have settled the message that was waiting, and with it the plan, the call to GitHub and the documents; the archiver has written the run to Blob Storage and marked it; the reporter has ' +
      `handled the first page of the change feed, and with it completed the run. Medians of ${runs} starts each; no bound.`,
  );
  report.table(
    ['app', 'first work done', 'ms', 'range'],
    [...(times[0] ?? new Map<string, number>()).keys()].map((app) => {
      const found = times.map((run) => run.get(app) ?? NaN);
      return [app, FIRST_WORK[app] ?? 'message settled', number(median(found)), range(found)];
    }),
  );
}
const FIRST_WORK: Record<string, string> = {
  scheduler: 'HTTP request answered',
  reporter: 'page of the change feed handled',
  archiver: 'run archived',
};

function tellSizes(report: Report, services: readonly BuiltService[]): void {
  const sizes = services.map((service) => ({ name: service.name, ...packageSize(service) }));
  report.say('The package of each app, as the infrastructure packs it: without the map of the bundle.');
  report.table(
    ['app', 'files, MB', 'zipped, MB'],
    sizes.map(({ name, files, zipped }) => [name, number(files / MB, 2), number(zipped / MB, 2)]),
  );
  for (const { name, zipped } of sizes)
    report.bound({ what: `${name}: package, MB zipped`, found: zipped / MB, atMost: MOST_ZIPPED_MB });
}

async function main(): Promise<void> {
  const { starts, runs, ...options } = readArguments('npm run bench:cold-start -- [--starts 9] [--runs 5]', {
    starts: whole(1, 9),
    runs: whole(1, 5),
  });
  const report = new Report(
    'How long does each app take from the start of its process to its first work, and how large is its package?',
  );
  const services = await buildServices();
  const folder = await mkdtemp(join(tmpdir(), 'cold-start-'));
  try {
    tellRegistered(report, await plain(LOADER, join(folder, 'app.mjs')), services, starts);
    await tellFirstWork(report, await plain(HOST, join(folder, 'host.mjs')), services, runs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  tellSizes(report, services);
  report.end(options);
}

await main();
