/** Makes a long archive of an invented world: the layout and the types of the archiver's files, written by DuckDB, which takes a hundredth of its time. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoted } from '@github-repo-stats/analytics/sql-text';
import { partitionOf, type StatsFile } from '@github-repo-stats/analytics/stats-file';
import { COLUMNS } from '@github-repo-stats/shared/archive/columns';

export interface YearOptions {
  folder: string;
  repositories: number;
  days: number;
  runsPerDay: number;
}

/** Rows of a part, as the archiver cuts them. */
const PART_ROWS = 5000;
const FIRST = Date.parse('2026-01-01T00:00:00Z') / 1000;
const DAY = 86_400;
const OWNERS = 40;
const LANGUAGES = ['TypeScript', 'Go', 'Rust', 'Python', 'Java', 'C#', 'C++', 'Shell'];

/** Each repository has a pace of its own; one in fifty is archived one day, one in a hundred renamed, one in two hundred gone. */
const world = (repositories: number): string => `
CREATE TABLE world AS
SELECT i, 'R_kgDO' || printf('%08x', i) AS "repoId", 'owner-' || (i % ${OWNERS}) AS owner,
       CASE WHEN i % 11 = 0 THEN NULL ELSE (['${LANGUAGES.join(`', '`)}'])[1 + i % ${LANGUAGES.length}] END AS language,
       (hash(i) % 100)::INTEGER AS pace, (hash(i + 1000000) % 365)::INTEGER AS turn, (hash(i + 7) % 20000)::INTEGER AS stars
FROM range(${repositories}) t(i)`;

/** Where what a column holds is not said, it holds nothing. */
const VALUES: Record<string, string> = {
  repo: `owner || '/' || CASE WHEN i % 100 = 3 AND day >= turn THEN 'renamed-' ELSE 'repository-' END || i`,
  repoId: '"repoId"',
  batchId: `'b-s00001-00001-' || (1 + i // 65)`,
  attempt: '1',
  isArchived: 'i % 50 = 1 AND day >= turn',
  isTemplate: 'i % 97 = 0',
  isFork: 'i % 17 = 0',
  visibility: `'PUBLIC'`,
  language: 'language',
  licence: `CASE WHEN i % 3 = 0 THEN 'MIT' ELSE 'Apache-2.0' END`,
  createdAt: `TIMESTAMP '2020-01-01' + INTERVAL 1 DAY * (i % 2000)`,
  repoUpdatedAt: `moment - INTERVAL 1 HOUR * pace`,
  collectedAt: 'moment + INTERVAL 1 MILLISECOND * (i % 60000)',
  pushedAt: 'moment - INTERVAL 1 DAY * (CASE WHEN i % 10 = 0 THEN 300 + day ELSE pace END)',
  openIssues: '60 + pace - day * (pace % 20) // 100',
  closedIssues: '400 + day * pace // 10 + day * (pace % 20) // 100',
  totalIssues: '460 + pace + day * pace // 10',
  openPRs: '5 + pace // 10',
  closedPRs: '30 + day // 7',
  mergedPRs: '200 + day * pace // 20',
  totalPRs: '235 + pace // 10 + day // 7 + day * pace // 20',
  stars: 'stars + day * pace // 9',
  forks: 'stars // 7 + day * pace // 90',
  diskUsage: '1000 + i * 3 + day',
};
const TYPES = {
  text: 'VARCHAR',
  flag: 'BOOLEAN',
  integer: 'INTEGER',
  second: 'TIMESTAMP_MS',
  millisecond: 'TIMESTAMP_MS',
};

function rowsOf(runId: number, day: number): string {
  const values: Record<string, string> = { ...VALUES, runId: quoted(String(runId)) };
  for (const window of ['previous', 'd7', 'd30'])
    for (const metric of ['stars', 'forks', 'openIssues', 'openPRs'])
      values[`change_${window}_${metric}`] = `(pace // ${window === 'previous' ? 30 : 4})`;
  const columns = COLUMNS.map(({ name, kind }) => `(${values[name] ?? 'NULL'})::${TYPES[kind]} AS "${name}"`);
  return `SELECT ${columns.join(', ')} FROM (SELECT *, ${day} AS day, make_timestamp(${runId}::BIGINT * 1000000) AS moment FROM world)
WHERE NOT (i % 200 = 5 AND day >= turn) ORDER BY repo`;
}

/** What is there already stays. @returns its files, oldest first. */
export async function makeYear(connection: DuckDBConnection, options: YearOptions): Promise<StatsFile[]> {
  const { folder, repositories, days, runsPerDay } = options;
  await connection.run(world(repositories));
  const files: StatsFile[] = [];
  for (let run = 0; run < days * runsPerDay; run++) {
    const day = Math.floor(run / runsPerDay);
    const runId = FIRST + day * DAY + (run % runsPerDay) * (DAY / runsPerDay);
    const place = join(folder, 'stats', partitionOf(String(runId)));
    mkdirSync(place, { recursive: true });
    let made = false;
    for (let from = 0, part = 1; from < repositories; from += PART_ROWS, part++) {
      const path = join(place, `part-${part}.parquet`);
      files.push({ path, runId: String(runId), digest: `${repositories}` });
      if (existsSync(path)) continue;
      if (!made) await connection.run(`CREATE OR REPLACE TEMP TABLE rows AS ${rowsOf(runId, day)}`);
      made = true;
      await connection.run(
        `COPY (SELECT * FROM rows LIMIT ${PART_ROWS} OFFSET ${from}) TO ${quoted(path)} (FORMAT parquet, COMPRESSION zstd)`,
      );
    }
  }
  return files;
}

export const bytesOf = (files: readonly StatsFile[]): number =>
  files.reduce((sum, { path }) => sum + statSync(path).size, 0);
