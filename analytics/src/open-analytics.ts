/** DuckDB over files of Parquet and what is known of runs: its views, its limits, and how it is asked. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { AnalyticsError } from './analytics-error.ts';
import { COPY_OPTIONS, type OutFormat } from './out-formats.ts';
import { quoted } from './sql-text.ts';
import { monthOf, type StatsFile } from './stats-file.ts';
import { daysView, rollUpSelect, ROLL_UP_VERSION, RUNS, viewsOver, type RunRow } from './views.ts';

export interface AnalyticsOptions {
  files: readonly StatsFile[];
  runs: readonly RunRow[];
  /** Where roll-ups are kept, and what does not fit into memory. */
  folder: string;
  /** What DuckDB may hold, as it writes it: `1GB`. */
  memory?: string;
  /** Somebody else's SQL: it reads the files of the views and nothing else, and changes no setting. */
  confined?: boolean;
  /** How long one answer that is written may take; without end when left out. */
  patienceMs?: number;
}

export interface Rows {
  columns: string[];
  /** Of each column, whether its values are numbers. */
  numeric: boolean[];
  rows: Json[][];
  /** Whether there were more. */
  more: boolean;
}

export interface Analytics {
  /** The first rows. @throws AnalyticsError what DuckDB has against it, with the line. */
  rows(sql: string, most: number): Promise<Rows>;
  /** All of them, into a file. @throws AnalyticsError */
  write(sql: string, file: string, format: OutFormat): Promise<void>;
  close(): void;
}

const DEFAULT_MEMORY = '1GB';

export async function openAnalytics(options: AnalyticsOptions): Promise<Analytics> {
  const { files, runs, folder, memory = DEFAULT_MEMORY, confined = false, patienceMs } = options;
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const spill = join(folder, 'spill');
  await mkdir(spill, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memory,
    temp_directory: spill,
    // Nothing is fetched: what is needed is part of the engine.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    await connection.run(`SET TimeZone = 'UTC'`);
    await connection.run(daysView(await rollUps(connection, files, folder)));
    for (const view of viewsOver(files.map(({ path }) => path))) await connection.run(view);
    await connection.run(RUNS, { rows: JSON.stringify(runs) });
    if (confined) await confine(connection, folder);
  } catch (error) {
    close();
    throw error;
  }
  return { rows: (sql, most) => rowsOf(connection, sql, most), write: writer(connection, patienceMs), close };
}

async function confine(connection: DuckDBConnection, folder: string): Promise<void> {
  await connection.run(`SET allowed_directories = [${quoted(folder)}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

/** Of each month one file, named after all that it was made of; made where it is not there. */
async function rollUps(
  connection: DuckDBConnection,
  files: readonly StatsFile[],
  folder: string,
): Promise<string[]> {
  const place = join(folder, 'days');
  await mkdir(place, { recursive: true });
  const months = Map.groupBy(files, monthOf);
  const names: string[] = [];
  for (const [month, of] of [...months].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const digests = of.map(({ runId, digest }) => `${runId}.${digest}`).toSorted();
    const digest = createHash('sha256').update(digests.join('\n')).digest('hex').slice(0, 16);
    const name = `${month}.${ROLL_UP_VERSION}.${digest}.parquet`;
    names.push(name);
    const path = join(place, name);
    if (existsSync(path)) continue;
    const part = `${path}.${process.pid}.part`;
    await connection.run(
      `COPY (${rollUpSelect(of.map((file) => file.path))}) TO ${quoted(part)} (${COPY_OPTIONS.parquet})`,
    );
    await rename(part, path);
    for (const other of await readdir(place))
      if (other.startsWith(`${month}.`) && other.endsWith('.parquet') && other !== name)
        await rm(join(place, other), { force: true });
  }
  return names.map((name) => join(place, name));
}

const COMMENTS = /--.*|\/\*[\s\S]*?\*\//g;

/** @throws AnalyticsError for what is not one statement that DuckDB understands. */
async function checked(connection: DuckDBConnection, sql: string): Promise<string> {
  const text = sql.trim().replace(/;+$/, '');
  if (text.replace(COMMENTS, '').trim() === '')
    throw new AnalyticsError('One SELECT is expected, and there is none.');
  try {
    const statements = await connection.extractStatements(text);
    if (statements.count !== 1)
      throw new AnalyticsError(`One SELECT is expected, and these are ${statements.count} statements.`);
    (await statements.prepare(0)).destroySync();
    return text;
  } catch (error) {
    throw asAnalyticsError(error);
  }
}

/** DuckDB's own words: they name the column, those that are alike, and the line. */
const asAnalyticsError = (error: unknown): Error =>
  error instanceof AnalyticsError ? error : new AnalyticsError((error as Error).message, { cause: error });

/** DuckDB writes numbers that may be too long for JSON as text. */
const numberOf = (value: Json): Json =>
  typeof value === 'string' && Number.isSafeInteger(Number(value)) ? Number(value) : value;

const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/;

async function rowsOf(connection: DuckDBConnection, sql: string, most: number): Promise<Rows> {
  const text = await checked(connection, sql);
  try {
    const reader = await connection.streamAndReadUntil(text, most + 1);
    const all = reader.getRowsJson();
    const numeric = reader.columnTypes().map((type) => NUMERIC.test(type.toString()));
    return {
      columns: reader.deduplicatedColumnNames(),
      numeric,
      rows: all.slice(0, most).map((row) => row.map((value, i) => (numeric[i] ? numberOf(value) : value))),
      more: all.length > most,
    };
  } catch (error) {
    throw asAnalyticsError(error);
  }
}

const writer =
  (connection: DuckDBConnection, patienceMs: number | undefined) =>
  async (sql: string, file: string, format: OutFormat): Promise<void> => {
    const text = await checked(connection, sql);
    const part = `${file}.part`;
    let late = false;
    const stop = (): void => {
      late = true;
      connection.interrupt();
    };
    const timer = patienceMs === undefined ? undefined : setTimeout(stop, patienceMs);
    try {
      await connection.run(`COPY (\n${text}\n) TO ${quoted(part)} (${COPY_OPTIONS[format]})`);
      await rename(part, file);
    } catch (error) {
      await rm(part, { force: true });
      throw late
        ? new AnalyticsError(`It took longer than ${patienceMs! / 1000} seconds, and was stopped.`)
        : asAnalyticsError(error);
    } finally {
      clearTimeout(timer);
    }
  };
