/**
 * How long the ready questions take over a long archive: cold, with DuckDB opened for this question alone, and warm, asked again.
 * `npm run bench:analytics -- [--days 365] [--repositories 6000] [--runs 4] [--folder DIR] [--check] [--save]`; runs are those of a
 * day, and a folder keeps the archive for the next time: a year takes minutes to make.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { openAnalytics } from '@github-repo-stats/analytics/open-analytics';
import { QUESTIONS, sqlOf } from '@github-repo-stats/analytics/questions';
import { statsSelect } from '@github-repo-stats/analytics/views';
import { z } from 'zod';
import { bytesOf, makeYear } from './archive-year.ts';
import { number, readArguments, Report, whole } from './report.ts';

const args = readArguments(
  'npm run bench:analytics -- [--days 30] [--repositories 6000] [--runs 4] [--folder DIR]',
  {
    days: whole(1, 30),
    repositories: whole(1, 6000),
    runs: whole(1, 4),
    folder: z.string().optional(),
  },
);
const MOST_SECONDS = 2;
const MOST_ROWS = 1000;
const TIMES = 3;
const MB = 2 ** 20;

async function seconds(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const report = new Report(
  `How long does each ready question take over ${number(args.repositories)} repositories, ${args.runs} runs a day, ${number(args.days)} days?`,
);
const folder = args.folder ?? (await mkdtemp(join(tmpdir(), 'bench-analytics-')));
await mkdir(folder, { recursive: true });
try {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const made = { folder, repositories: args.repositories, days: args.days, runsPerDay: args.runs };
  const files = await makeYear(connection, made);
  const paths = files.map(({ path }) => path);
  const [[rows] = []] = (
    await connection.runAndReadAll(`SELECT count(*) FROM (${statsSelect(paths)})`)
  ).getRowsJS();
  connection.closeSync();
  instance.closeSync();
  report.say(
    `${number(Number(rows))} rows in ${number(files.length)} files, ${number(bytesOf(files) / MB)} MB; everything stands in the page cache of the system.`,
  );

  const cache = join(folder, 'analytics');
  await rm(cache, { recursive: true, force: true });
  const options = { files, runs: [], folder: cache };
  const rollUps = await seconds(async () => (await openAnalytics(options)).close());
  report.say(`Roll-ups of all months, made once: ${number(rollUps, 1)} s; with a new run that of its month.`);

  const table: (string | number)[][] = [];
  const timed = async (name: string, sql: string): Promise<{ cold: number; warm: number }> => {
    const cold: number[] = [];
    const warm: number[] = [];
    for (let i = 0; i < TIMES; i++) {
      let analytics: Awaited<ReturnType<typeof openAnalytics>> | undefined;
      cold.push(
        await seconds(async () => {
          analytics = await openAnalytics(options);
          await analytics.rows(sql, MOST_ROWS);
        }),
      );
      warm.push(await seconds(() => analytics!.rows(sql, MOST_ROWS)));
      analytics!.close();
    }
    const took = { cold: median(cold), warm: median(warm) };
    table.push([name, number(took.cold, 2), number(took.warm, 2)]);
    return took;
  };
  for (const question of QUESTIONS) {
    const { cold, warm } = await timed(question.name, sqlOf(question));
    report.bound({ what: `${question.name}, s, cold`, found: cold, atMost: MOST_SECONDS });
    report.bound({ what: `${question.name}, s, warm`, found: warm, atMost: MOST_SECONDS });
  }
  // For comparison: of the views, without a bound.
  await timed('FROM repos', 'SELECT count(*), count(*) FILTER (gone) FROM repos');
  await timed(
    'stats of one day',
    `SELECT owner, sum(stars) FROM stats WHERE date = DATE '2026-01-15' GROUP BY owner`,
  );
  await timed('orgs, all runs', 'SELECT owner, max(stars) FROM orgs GROUP BY owner');
  report.table(['question', 'cold, s', 'warm, s'], table);
  report.say(`Memory of this process at its most: ${number(process.resourceUsage().maxRSS / 1024)} MB.`);
} finally {
  if (args.folder === undefined) await rm(folder, { recursive: true, force: true });
}
report.end(args);
