/**
 * Counts the request units of a repository in whole runs in real time: all that Cosmos DB charges between the request for a run and its
 * end, failed requests, change feed and leases too, by the charge table of the embedded Cosmos DB.
 *
 *   npm run bench:request-units -- [--repositories 2600] [--batch 65] [--latency published] [--scale 1] [--check] [--save]
 *
 * --latency: how slow GitHub is: as the calls of the first generation's published run were, 50 ms a repository, or the simulator's own
 * model, 140 ms. What is charged for calls and by the minute weighs more on each repository, the slower it comes.
 * --scale: real seconds for each of GitHub's and of our own waiting times; below 1 the change feed, which is polled every second, counts
 * for too little. The bounds are held for the second run, the usual one: the run before it, and one of a week and of a month ago, have
 * every repository.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ANY_PORTS, choosePorts } from '@github-repo-stats/local/platform/ports';
import type { Outcome, Plan, Run, Source } from '@github-repo-stats/shared/documents';
import { WINDOWS } from '@github-repo-stats/shared/trend';
import { z } from 'zod';
import { storePastRuns } from '../test/past-runs.ts';
import { Pipeline } from '../test/pipeline.ts';
import type { Operation } from './charged-operations.ts';
import { chargePart } from './charge-parts.ts';
import { startChargeMeter } from './charge-meter.ts';
import { PriceTables, TABLES, type Charges, type Table } from './price-tables.ts';
import { PUBLISHED_LATENCY } from './first-generation/settings.ts';
import { number, readArguments, Report, whole } from './report.ts';

const MOST = 7;
const MOST_WITH_MODELS = 11;
const APPS = ['scheduler', 'resolver', 'fetcher', 'writer', 'reporter'];
/** Days before the run of those that it is compared with, beside the one before. */
const DAYS = [8, 31];
/** Its notices are sent, and the grants given back. */
const SETTLE_MS = 5_000;
const MINUTE_MS = 60_000;

const options = readArguments(
  'npm run bench:request-units -- [--repositories 2600] [--batch 65] [--latency published|simulator] [--scale 1]',
  {
    latency: z.enum(['published', 'simulator']).default('published'),
    repositories: whole(1, 2600),
    batch: whole(1, 65),
    scale: z.coerce.number().positive().max(1).default(1),
  },
);
const { repositories, batch, latency, scale } = options;

interface Line {
  requests: number;
  /** Of the documents that were sent. */
  bytes: number;
  ru: Charges;
  isReadModel: boolean;
}
/** By what they are for. */
type Lines = Map<string, Line>;

const none = (): Charges => Object.fromEntries(TABLES.map((table) => [table, 0])) as Charges;

let runId = '';
const lines: Lines = new Map();
const tables = new PriceTables();
const { ports } = await choosePorts(ANY_PORTS);
const count = (operation: Operation): void => {
  const { what, isReadModel } = chargePart(operation, runId);
  const line = lines.get(what) ?? { requests: 0, bytes: 0, ru: none(), isReadModel };
  line.requests++;
  if (operation.document) line.bytes += Buffer.byteLength(JSON.stringify(operation.document));
  const charges = tables.charges(operation);
  for (const table of TABLES) line.ru[table] += charges[table];
  lines.set(what, line);
};
const meter = await startChargeMeter(new Map(), count, ports.cosmos);
/** The key is any: the embedded Cosmos DB does not look at it. */
const through = {
  CosmosDB_Endpoint: meter.endpoint,
  CosmosDBConnection: `AccountEndpoint=${meter.endpoint};AccountKey=a2V5;`,
};
const pipeline = await Pipeline.start({
  world: { repositories, owners: [{ login: 'acme' }] },
  settings: {
    Simulator_Latency: 'github',
    ...(latency === 'published' && PUBLISHED_LATENCY),
    Simulator_LatencyScale: String(scale),
    NumberOfReposToQueryPerCall: String(batch),
  },
  ports,
  extra: Object.fromEntries(APPS.map((app) => [app, through])),
  durationScale: scale,
});

/** Collects everything once; resolves to its run and what was charged for it. */
async function collect(): Promise<{ run: Run; lines: Lines }> {
  lines.clear();
  runId = await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] });
  const run = await pipeline.ended(runId);
  await sleep(SETTLE_MS);
  return { run, lines: structuredClone(lines) };
}

/** What a minute costs in which there is no run: polls of the change feed, its lease, sweeps. */
async function idleMinute(): Promise<number> {
  lines.clear();
  await sleep(MINUTE_MS);
  return ruOf(lines, 'as fitted', true);
}

/** Histories that are as old as the windows, of the run that was. */
async function storeHistory(run: Run): Promise<void> {
  await storePastRuns({
    containers: pipeline.supervisor.containers,
    run,
    stats: await pipeline.stats(run.id),
    sources: await pipeline.ofRun<Source>(run.id, 'source'),
    plans: await pipeline.ofRun<Plan>(run.id, 'plan'),
    outcomes: await pipeline.ofRun<Outcome>(run.id, 'outcome'),
    days: DAYS,
    whole: DAYS,
    shown: new Set(),
  });
  // The change feed brings them as well.
  await sleep(SETTLE_MS);
}

function ruOf(of: Lines, table: Table, models: boolean): number {
  const counted = [...of.values()].filter((line) => models || !line.isReadModel);
  return counted.reduce((total, line) => total + line.ru[table], 0);
}
const sum = (...of: Parameters<typeof ruOf>): number => ruOf(...of) / repositories;

const report = new Report(
  'How many request units does Cosmos DB charge for a repository and run, with all that belongs to the run?',
);
function tell(name: string, of: Lines): void {
  report.say(
    `${name}: ${number(repositories)} repositories in batches of ${batch}, ${latency === 'published' ? 'calls as slow as the published ones' : "the simulator's own latency"}, real seconds ${scale} of GitHub's.`,
  );
  const rows = [...of].sort(([a], [b]) => (a < b ? -1 : 1));
  report.table(
    ['operation', 'number', 'bytes each', 'RU', 'RU a repository', 'read model'],
    rows.map(([what, { requests, bytes, ru, isReadModel }]) => [
      what,
      number(requests),
      bytes > 0 ? number(bytes / requests) : '',
      number(ru['as fitted'], 1),
      number(ru['as fitted'] / repositories, 3),
      isReadModel ? 'yes' : '',
    ]),
  );
  report.table(
    ['RU a repository', 'without the read models', 'with them'],
    TABLES.map((table) => [table, number(sum(of, table, false), 2), number(sum(of, table, true), 2)]),
  );
}

try {
  const first = await collect();
  await storeHistory(first.run);
  const idle = await idleMinute();
  const second = await collect();
  const { compareTo } = second.run;
  if (WINDOWS.some((w) => !compareTo?.[w]))
    throw new Error(`compared with ${JSON.stringify(compareTo)} alone`);
  tell('The first run of all, which notes each repository as new', first.lines);
  tell('The usual run, with one before it, one of a week and one of a month ago', second.lines);
  report.say(
    'Read models: rows and summary, the records of repositories, and the documents of three earlier runs that change is told from. The first ' +
      'of these is read to see renames as well. By the two other tables of charges writes alone differ.',
  );
  const { startedAt, endedAt = startedAt } = second.run;
  const minutes = (Date.parse(endedAt) - Date.parse(startedAt)) / MINUTE_MS;
  report.say(
    `A minute without a run costs ${number(idle, 1)} RU: polls of the change feed, its lease, sweeps. So of the usual run, which took ` +
      `${number(minutes, 1)} minutes, ${number((idle * minutes) / repositories, 2)} a repository would have been charged all the same.`,
  );
  report.bound(
    {
      what: 'RU a repository without the read models',
      found: sum(second.lines, 'as fitted', false),
      atMost: MOST,
    },
    {
      what: 'RU a repository with them',
      found: sum(second.lines, 'as fitted', true),
      atMost: MOST_WITH_MODELS,
    },
    {
      what: 'repositories not stored',
      found: 2 * repositories - first.run.totalCreatedCount - second.run.totalCreatedCount,
      atMost: 0,
      digits: 0,
    },
  );
} finally {
  await pipeline.stop();
  meter.close();
}
report.end(options);
