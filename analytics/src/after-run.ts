/**
 * What is done with a run once it is at its end: every ready question with its usual parameters, and every SQL file in the folder
 * `queries/` of the archive, over all runs up to this one. Each ends in one of these ways:
 * - answered: its result lies as NDJSON and Parquet beside the archive, and a small document for the dashboard in run-info;
 * - refused: its SQL cannot be run, and the document says why; the others go on.
 * Then an event tells of them, and a mark in run-info says that it is done. All of it is safe to repeat: the same run writes the same
 * places, and a document of a later run stays.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Analysis, analysisId, ANALYSIS, ANALYSIS_NAME } from '@github-repo-stats/shared/analysis';
import type { Blobs } from '@github-repo-stats/shared/clients/blobs';
import { ACTIVE_STATUSES, type Run } from '@github-repo-stats/shared/documents';
import { changeDocument, createOnce, readDocument } from '@github-repo-stats/shared/run-info';
import { isAnalysed, markAnalysed } from './analysed-mark.ts';
import { AnalyticsError } from './analytics-error.ts';
import { knownRuns } from './known-runs.ts';
import type { Analytics } from './open-analytics.ts';
import { openPlace, type PlaceDeps } from './open-place.ts';
import { QUESTIONS, sqlOf } from './questions.ts';
import { quoted } from './sql-text.ts';

export interface AfterRunDeps extends PlaceDeps {
  blobs: Blobs;
  /** Tells of the results; undefined where nobody wants to know. */
  publish: ((completed: AnalysisCompleted) => Promise<void>) | undefined;
}

/** Paths in the container of the archive, or why there are none. */
export type Result =
  { name: string; rows: number; ndjson: string; parquet: string } | { name: string; problem: string };
export interface AnalysisCompleted {
  runId: string;
  revision: number;
  results: Result[];
}

interface Asked {
  name: string;
  title: string;
  tells: string;
  sql: string;
}

const QUERIES_PREFIX = 'queries/';
/** Rows and bytes of a document: a page shows no more of them, and reading it costs 1 RU per KB. */
const MOST_ROWS = 200;
const MOST_BYTES = 60_000;
/** For one answer: a query that never ends keeps the others waiting no longer. */
const PATIENCE_MS = 300_000;
/** Of one SQL file. */
const MOST_SQL_BYTES = 100_000;
const MEDIA = { ndjson: 'application/x-ndjson', parquet: 'application/vnd.apache.parquet' } as const;

/**
 * Does it, whether it was done before or not.
 * @throws AnalyticsError when there is no such run, or it is not at its end.
 */
export async function afterRun(
  runId: string,
  folder: string,
  deps: AfterRunDeps,
): Promise<AnalysisCompleted> {
  const run = (await readDocument<Run>(deps.runInfo, runId, runId))?.document;
  if (!run) throw new AnalyticsError(`There is no run ${runId}.`);
  if (ACTIVE_STATUSES.includes(run.status)) throw new AnalyticsError(`Run ${runId} is not at its end.`);
  const asked = [
    ...QUESTIONS.map((of): Asked => ({ ...of, sql: sqlOf(of) })),
    ...(await ownQueries(deps.blobs)),
  ];
  // Whoever may write a file into the archive may not thereby read the disk of who runs it.
  const analytics = await openPlace(folder, deps, {
    until: Number(runId),
    confined: true,
    patienceMs: PATIENCE_MS,
  });
  const results: Result[] = [];
  try {
    for (const one of asked) results.push(await answer(one, run, analytics, folder, deps));
  } finally {
    analytics.close();
  }
  const completed = { runId, revision: run.revision, results };
  await deps.publish?.(completed);
  const refused = results.filter((result) => 'problem' in result).length;
  const answered = results.length - refused;
  await markAnalysed(deps.runInfo, { runId, revision: run.revision, answered, refused });
  return completed;
}

/**
 * The latest run that is at its end, and whether it is analysed as it is now. Two requests: who asks on a schedule asks often for nothing.
 * @throws AnalyticsError when there is none yet.
 */
export async function latestRun(
  runInfo: AfterRunDeps['runInfo'],
): Promise<{ runId: string; revision: number; analysed: boolean }> {
  const [latest] = (await knownRuns(runInfo))
    .filter(({ status }) => !ACTIVE_STATUSES.includes(status))
    .toSorted((a, b) => Number(b.runId) - Number(a.runId));
  if (!latest) throw new AnalyticsError('There is no run yet that is at its end.');
  const { runId, revision } = latest;
  return { runId, revision, analysed: await isAnalysed(runInfo, runId, revision) };
}

/** `queries/my-team.sql` is called my-team; its first line may be a comment, which is its title. */
async function ownQueries(blobs: Blobs): Promise<Asked[]> {
  const own: Asked[] = [];
  for await (const { path } of blobs.list(QUERIES_PREFIX)) {
    const name = path.slice(QUERIES_PREFIX.length).replace(/\.sql$/, '');
    if (!path.endsWith('.sql') || !ANALYSIS_NAME.test(name)) continue;
    if (QUESTIONS.some((question) => question.name === name)) continue;
    const sql = Buffer.from((await blobs.read(path)) ?? [])
      .toString()
      .slice(0, MOST_SQL_BYTES);
    const title = /^--\s*(.{1,100})/.exec(sql)?.[1]?.trim() ?? name;
    own.push({ name, title, tells: `Of your own: ${path}.`, sql });
  }
  return own;
}

async function answer(
  { name, title, tells, sql }: Asked,
  run: Run,
  analytics: Analytics,
  folder: string,
  { blobs, runInfo }: AfterRunDeps,
): Promise<Result> {
  const about = {
    id: analysisId(name),
    runId: ANALYSIS,
    type: 'analysis',
    name,
    title,
    tells,
    ofRun: run.id,
    revision: run.revision,
    asOf: new Date(Number(run.id) * 1000).toISOString(),
  } as const;
  const place = join(folder, `analysis-${process.pid}`);
  await mkdir(place, { recursive: true });
  const file = (format: keyof typeof MEDIA): string => join(place, `result.${format}`);
  const path = (format: keyof typeof MEDIA): string => `analysis/${name}/run=${run.id}/result.${format}`;
  try {
    await analytics.write(sql, file('parquet'), 'parquet');
    const all = `FROM read_parquet(${quoted(file('parquet'))})`;
    await analytics.write(all, file('ndjson'), 'ndjson');
    const [[total] = []] = (await analytics.rows(`SELECT count(*) ${all}`, 1)).rows;
    const { columns, numeric, rows } = await analytics.rows(all, MOST_ROWS);
    for (const format of ['ndjson', 'parquet'] as const)
      await put(blobs, path(format), await readFile(file(format)), MEDIA[format], run.revision);
    const cells = rows.map((row) =>
      row.map((value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : value)),
    );
    await keep(runInfo, { ...about, columns, numeric, rows: fitting(cells), total: Number(total) });
    return { name, rows: Number(total), ndjson: path('ndjson'), parquet: path('parquet') };
  } catch (error) {
    if (!(error instanceof AnalyticsError)) throw error;
    const problem = error.message;
    await keep(runInfo, { ...about, columns: [], numeric: [], rows: [], total: 0, problem });
    return { name, problem };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

function fitting(rows: Analysis['rows']): Analysis['rows'] {
  let bytes = 0;
  const end = rows.findIndex((row) => (bytes += Buffer.byteLength(JSON.stringify(row)) + 1) > MOST_BYTES);
  return end < 0 ? rows : rows.slice(0, end);
}

/** Of two that do this at the same time the later revision stands, and else either: they hold the same. */
async function put(
  blobs: Blobs,
  path: string,
  bytes: Uint8Array,
  contentType: string,
  revision: number,
): Promise<void> {
  const there = await blobs.head(path);
  if (Number(there?.metadata['revision'] ?? 0) > revision) return;
  await blobs.write(path, bytes, { contentType, metadata: { revision: String(revision) } }, there?.etag);
}

async function keep(runInfo: AfterRunDeps['runInfo'], analysis: Analysis): Promise<void> {
  if (await createOnce(runInfo, analysis)) return;
  const isLater = (now: Analysis): boolean =>
    Number(now.ofRun) > Number(analysis.ofRun) ||
    (now.ofRun === analysis.ofRun && now.revision > analysis.revision);
  await changeDocument<Analysis>(runInfo, analysis.id, ANALYSIS, (now) =>
    isLater(now) ? undefined : analysis,
  );
}
