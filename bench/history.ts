/**
 * A simulated year, four runs a day, with renames, deletions and faults in the numbers, through archive, retention, questions and restore:
 * is every number kept, does the database stay as large as it is, and is nothing lost while the archiver is killed at every step?
 *
 *   npm run bench:history -- [--days 365] [--repositories 1000] [--seed 1] [--check] [--save]
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient } from '@azure/cosmos';
import { startAzurite } from '@github-repo-stats/local/azurite/server';
import { startCosmos } from '@github-repo-stats/local/cosmos/server';
import { createContainers } from '@github-repo-stats/local/platform/containers';
import { rowOf, SUMMED } from '@github-repo-stats/shared/archive/columns';
import { sumsOf } from '@github-repo-stats/shared/archive/read-part';
import { openBlobs } from '@github-repo-stats/shared/clients/blobs';
import { unpaced } from '@github-repo-stats/shared/cosmos/request-units';
import { storeDocuments } from '../test/past-runs.ts';
import { CollectedRuns, isCaught } from './history/collected-runs.ts';
import { ask, compareArchive, digestOf, RESTORED, restoreSome, type Expected } from './history/compare.ts';
import { MortalArchiver } from './history/mortal-archiver.ts';
import type { Death } from './history/archiver-process.ts';
import { number, readArguments, Report, whole } from './report.ts';

const options = readArguments('npm run bench:history -- [--days 365] [--repositories 1000] [--seed 1]', {
  days: whole(60, 365),
  repositories: whole(20, 1000),
  seed: whole(0, 1),
});
const DAY = 86_400;
const RUNS_A_DAY = 4;
const RETENTION_DAYS = 40;
/** Until the first run has been forgotten and its plans and outcomes have expired. */
const FULL_AFTER_DAYS = RETENTION_DAYS + 9;
/** Every so many runs the archiver dies while it archives, every so many days while it forgets, each time a step further. */
const [DIES_ARCHIVING, DIES_FORGETTING] = [10, 3];
const MOST_GROWTH = 1.05;
const MOST_SECONDS = 2;
const MB = 1_000_000;

const folder = await mkdtemp(join(tmpdir(), 'bench-history-'));
const dataFile = join(folder, 'cosmos.sqlite');
const collected = new CollectedRuns(options.seed, options.repositories);
const clock = { now: collected.year.now };
const cosmos = await startCosmos({ dataFile, now: () => clock.now * 1000 });
const azurite = await startAzurite({ directory: join(folder, 'azurite'), port: 0 });
const client = new CosmosClient({ endpoint: cosmos.endpoint, key: cosmos.key });
const { runInfo, repoStats } = await createContainers(client, 'github-repo-stats', { values: new Map() });
const blobs = openBlobs({ Archive_Url: azurite.url, Archive_Key: azurite.key });
const place = { blobs, repoStats, runInfo, pacer: unpaced(), sleep: () => Promise.resolve() };
const archiver = new MortalArchiver({
  CosmosDB_Endpoint: cosmos.endpoint,
  CosmosDB_PrimaryKey: cosmos.key,
  Archive_Url: azurite.url,
  Archive_Key: azurite.key,
});

const report = new Report(
  `Does a year of ${number(options.repositories)} repositories, four runs a day, come through archive, retention, questions and restore as it was collected?`,
);
const expected = new Map<string, Expected>();
const sizes: { day: number; megabytes: number; documents: number; repositories: number }[] = [];
const faults = { planted: 0, large: 0, caught: 0 };
const seen = { renamed: 0, created: 0, gone: 0, failed: 0 };

/** The next step to die at; one further each time, before and after it, and from the beginning when the work is done without. */
class Steps {
  #next = 0;
  death(most: number): Death {
    const nth = Math.floor(this.#next / 2) % Math.max(1, most);
    return { nth, when: this.#next++ % 2 === 0 ? 'before' : 'after' };
  }
}
const steps = { archive: new Steps(), forget: new Steps() };
const effects = { archive: 1, forget: 1 };

async function work(kind: 'archive' | 'forget', dies: boolean): Promise<void> {
  const { now } = clock;
  const before = kind === 'archive' ? now : now - RETENTION_DAYS * DAY;
  const order = { work: kind, now, since: now - 3 * DAY, before };
  const done = await archiver.obey(order, dies ? steps[kind].death(effects[kind]) : undefined);
  const wrong = Object.entries(done.results).find(
    ([, result]) => !['archived', 'forgotten'].includes(result),
  );
  if (wrong) throw new Error(`Run ${wrong[0]}: ${wrong[1]}`);
  if (!dies && Object.keys(done.results).length > 0) effects[kind] = done.effects;
  if (kind === 'forget')
    for (const [runId, of] of expected) if (Number(runId) < before) of.expires ??= now + DAY;
}

async function sizeOfDatabase(): Promise<number> {
  const files = ['', '-wal'].map((end) => stat(dataFile + end).catch(() => ({ size: 0 })));
  return (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0) / MB;
}

const documentsThere = (): number => cosmos.stats()['github-repo-stats/repo-stats']?.documents ?? 0;
const documentsDue = (): number =>
  [...expected.values()].reduce(
    (sum, { rows, expires = Infinity }) => sum + (expires > clock.now ? rows : 0),
    0,
  );

async function liveThroughTheYear(): Promise<{ wrongCounts: number; last: string }> {
  let wrongCounts = 0;
  let last = '';
  for (let run = 0; run < options.days * RUNS_A_DAY; run++) {
    const listedBefore = collected.year.repositories.size;
    const one = collected.next();
    clock.now = Number(one.run.id) + 120;
    last = one.run.id;
    await storeDocuments(runInfo, [one.run, ...one.info]);
    await storeDocuments(repoStats, one.stats);
    const rows = one.stats.map((document) => rowOf({ ...document }));
    expected.set(last, {
      rows: rows.length,
      digest: digestOf(one.stats.map((document) => ({ ...document }))),
      sums: sumsOf(rows),
    });
    seen.renamed += one.stats.filter(({ previousName }) => previousName !== undefined).length;
    seen.gone += collected.year.gone.length;
    seen.created += collected.year.repositories.size - listedBefore + collected.year.gone.length;
    seen.failed += one.run.totalFailedCount;
    const caught = isCaught(one);
    if (one.fault) faults.planted++;
    if (caught !== undefined) faults.large++;
    if (caught === true) faults.caught++;
    // The last run is asked for in the database.
    if (run < options.days * RUNS_A_DAY - 1)
      await work('archive', run % DIES_ARCHIVING === DIES_ARCHIVING - 1);
    if ((run + 1) % RUNS_A_DAY > 0) continue;
    const day = (run + 1) / RUNS_A_DAY;
    await work('forget', day % DIES_FORGETTING === 0);
    if (documentsThere() !== documentsDue()) wrongCounts++;
    const repositories = collected.year.repositories.size;
    sizes.push({ day, megabytes: await sizeOfDatabase(), documents: documentsThere(), repositories });
    if (process.stderr.isTTY) process.stderr.write(`\rday ${day} of ${options.days}`);
  }
  return { wrongCounts, last };
}

const began = performance.now();
try {
  const { wrongCounts, last } = await liveThroughTheYear();
  const lived = performance.now();
  const atEnd = sizes.at(-1)!;
  const full = sizes.filter(({ day }) => day >= FULL_AFTER_DAYS);
  const perRepository = ({ megabytes, repositories }: (typeof sizes)[number]): number =>
    megabytes / repositories;
  report.say(
    `${number(expected.size)} runs, ${number([...expected.values()].reduce((sum, { rows }) => sum + rows, 0))} documents; ${number(seen.created)} repositories came, ` +
      `${number(seen.gone)} went, ${number(seen.renamed)} were renamed, ${number(seen.failed)} calls failed; ${number(faults.planted)} faults in the numbers, ` +
      `of ${number(faults.large)} large enough to be told of ${number(faults.caught)} were caught. ${number((lived - began) / 60_000, 1)} minutes.`,
  );
  report.table(
    ['day', 'database, MB', 'documents of statistics', 'repositories'],
    [1, 20, 40, 50, 100, 200, 300, options.days].flatMap((day) => {
      const size = day <= options.days ? sizes[day - 1] : undefined;
      return size
        ? [[size.day, number(size.megabytes, 1), number(size.documents), number(size.repositories)]]
        : [];
    }),
  );
  const killed = (kind: string): [string, number][] =>
    [...archiver.deaths].filter(([at]) => at.startsWith(kind));
  const times = (of: [string, number][]): number => of.reduce((sum, [, n]) => sum + n, 0);
  report.table(
    ['the archiver was killed', 'times', 'at different places'],
    (['archive', 'forget'] as const).map((kind) => [
      kind === 'archive' ? 'while it archived' : 'while it forgot',
      times(killed(kind)),
      killed(kind).length,
    ]),
  );
  const notYet = expected.get(last)!;
  const { wrong: wrongAnswers, seconds } = await ask(expected, join(folder, 'analytics'), {
    ...place,
    tell: () => undefined,
  });
  await work('archive', false);
  const wrongRuns = await compareArchive(expected, blobs);
  const wrongRestores = await restoreSome(expected, clock.now, place);
  report.table(
    ['ready question', 's'],
    seconds.map(([name, s]) => [name, number(s, 2)]),
  );
  report.say(
    `The sums of ${SUMMED.length} columns of each run are asked of all runs at once, the last of them (${number(notYet.rows)} repositories) while it is in the database alone. ${RESTORED} forgotten runs are restored.`,
  );
  report.bound(
    {
      what: 'runs that are not in the archive as they were collected',
      found: wrongRuns,
      atMost: 0,
      digits: 0,
    },
    { what: 'runs of which a sum is answered wrongly', found: wrongAnswers, atMost: 0, digits: 0 },
    {
      what: 'days on which the database held more or less than it should',
      found: wrongCounts,
      atMost: 0,
      digits: 0,
    },
    { what: 'restored runs that are not as they were collected', found: wrongRestores, atMost: 0, digits: 0 },
    {
      what: `size of the database for each repository, last day by day ${FULL_AFTER_DAYS}`,
      found: perRepository(atEnd) / perRepository(full[0]!),
      atMost: MOST_GROWTH,
    },
    {
      what: 'times that the archiver was killed',
      found: times([...archiver.deaths]),
      atLeast: options.days / 4,
      digits: 0,
    },
    { what: 'faults caught, %', found: (100 * faults.caught) / faults.large, atLeast: 95, digits: 1 },
    {
      what: 'slowest ready question, s',
      found: Math.max(...seconds.map(([, s]) => s)),
      atMost: MOST_SECONDS,
    },
  );
} finally {
  await archiver.close();
  client.dispose();
  await azurite.close();
  await cosmos.close();
  await rm(folder, { recursive: true, force: true });
}
report.end(options);
