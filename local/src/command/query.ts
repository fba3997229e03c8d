/** `query`: asks archive and database together, a ready question or one in SQL. */
import { createReadStream, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AnalyticsError } from '@github-repo-stats/analytics/analytics-error';
import type { Analytics } from '@github-repo-stats/analytics/open-analytics';
import { openPlace } from '@github-repo-stats/analytics/open-place';
import { questionOf, sqlOf } from '@github-repo-stats/analytics/questions';
import { UserError } from '../platform/user-error.ts';
import { placeInAzure, placeInFolder } from './archive-place.ts';
import type { Arguments } from './arguments.ts';
import type { Asked, Format } from './query-order.ts';
import { questionsText, tableText } from './query-text.ts';

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
    const sql = textOf(asked);
    const place = azure ? placeInAzure() : await placeInFolder(data);
    try {
      // What is said besides the answer is no part of it.
      const tell = (text: string): void => console.error(text);
      const analytics = await openPlace(place.cache, { ...place, tell });
      try {
        await answer(analytics, sql, format, out, place.cache);
      } finally {
        analytics.close();
      }
    } finally {
      await place.close();
    }
    return 0;
  } catch (error) {
    throw error instanceof AnalyticsError ? new UserError([error.message]) : error;
  }
}

/** Everything that can be wrong before a database is opened. */
function textOf(asked: Exclude<Asked, { kind: 'list' }>): string {
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
