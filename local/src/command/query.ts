/** `query`: asks archive and database together, a ready question or one in SQL. */
import { createReadStream, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AnalyticsError } from '@github-repo-stats/analytics/analytics-error';
import { afterRun, latestRun, type AnalysisCompleted } from '@github-repo-stats/analytics/after-run';
import type { Analytics } from '@github-repo-stats/analytics/open-analytics';
import { openPlace } from '@github-repo-stats/analytics/open-place';
import { questionOf, sqlOf } from '@github-repo-stats/analytics/questions';
import { UserError } from '../platform/user-error.ts';
import { placeBySettings, placeInFolder, type ArchivePlace } from './archive-place.ts';
import type { Arguments } from './arguments.ts';
import type { Asked, Format } from './query-order.ts';
import { questionsText, tableText } from './query-text.ts';
import { shownPath } from './start-up.ts';
import { count } from './words.ts';

/** Rows of a table. */
const MOST_ROWS = 1000;

/** @throws UserError for what the user can put right: DuckDB's own words for SQL. */
export async function query({ query: order, data, azure, out }: Arguments): Promise<number> {
  const { asked, format } = order!;
  if (asked.kind === 'list') {
    console.log(questionsText());
    return 0;
  }
  try {
    if (asked.kind === 'after-run') return await analysed(asked.runId, data, azure);
    const sql = textOf(asked);
    await atPlace(data, azure, async (place) => {
      const analytics = await openPlace(place.cache, { ...place, tell });
      try {
        await answer(analytics, sql, format, out, place.cache);
      } finally {
        analytics.close();
      }
    });
    return 0;
  } catch (error) {
    throw error instanceof AnalyticsError ? new UserError([error.message]) : error;
  }
}

/** What is said besides the answer is no part of it. */
const tell = (text: string): void => console.error(text);

async function atPlace<T>(
  data: string,
  azure: boolean,
  work: (place: ArchivePlace) => Promise<T>,
): Promise<T> {
  const place = azure ? placeBySettings() : await placeInFolder(data);
  try {
    return await work(place);
  } finally {
    await place.close();
  }
}

/** @returns 1 when a query of the user's own could not be answered. */
async function analysed(given: string, data: string, azure: boolean): Promise<number> {
  const completed = await atPlace(data, azure, (place) => analyse(given, place, data));
  for (const result of completed?.results ?? [])
    console.log(
      'problem' in result
        ? `${result.name}: ${result.problem}`
        : `${result.name}: ${count(result.rows)} rows, ${result.ndjson}`,
    );
  return completed?.results.some((result) => 'problem' in result) ? 1 : 0;
}

/** Undefined when the latest run was asked for, and is analysed as it is now: a schedule asks for it again and again. */
async function analyse(
  given: string,
  place: ArchivePlace,
  data: string,
): Promise<AnalysisCompleted | undefined> {
  const { blobs, runInfo } = place;
  if (!blobs)
    throw new UserError([`Data folder ${shownPath(data)} has no archive: nothing was run with --archive.`]);
  let runId = given;
  if (given === 'latest') {
    const latest = await latestRun(runInfo);
    if (latest.analysed) {
      const { revision } = latest;
      console.log(
        `Run ${latest.runId}, the latest, is analysed already at its revision ${revision}. With its id, as --after-run ${latest.runId}, it is done again.`,
      );
      return undefined;
    }
    ({ runId } = latest);
  }
  return afterRun(runId, place.cache, { ...place, blobs, tell, publish: await place.publisher() });
}

/** Everything that can be wrong before a database is opened. */
function textOf(asked: Exclude<Asked, { kind: 'list' | 'after-run' }>): string {
  switch (asked.kind) {
    case 'sql':
      return asked.sql;
    case 'question':
      return sqlOf(questionOf(asked.name), asked.parameters);
    case 'file':
      try {
        return readFileSync(asked.file, 'utf8');
      } catch (error) {
        throw new UserError([`--file ${asked.file}: cannot be read: ${(error as Error).message}`]);
      }
  }
}

async function answer(
  analytics: Analytics,
  sql: string,
  format: Format,
  out: string | undefined,
  cache: string,
): Promise<void> {
  if (format === 'table') return console.log(tableText(await analytics.rows(sql, MOST_ROWS)));
  if (out !== undefined) return analytics.write(sql, resolve(out), format);
  const file = join(cache, `answer-${process.pid}`);
  try {
    await analytics.write(sql, file, format);
    await pipeline(createReadStream(file), process.stdout, { end: false });
  } finally {
    await rm(file, { force: true });
  }
}
