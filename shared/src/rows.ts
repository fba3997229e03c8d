/**
 * The numbers of one batch in columns, one `rows` document beside its outcome: what tables, totals and exports of a run are read
 * from, at a hundredth of what reading its documents one by one costs.
 */
import * as z from 'zod';
import type { RepoStats } from './documents.ts';
import { DONE, METRICS, TURNS, WINDOWS, type Change, type DoneChange, type Turn } from './trend.ts';

const count = z.int().min(0);
/** Seconds since 1970. */
const second = z.int();

/** One repository. Times in epoch seconds. */
export interface Row {
  repo: string;
  repoId: string;
  stars: number;
  forks: number;
  openIssues: number;
  closedIssues: number;
  openPRs: number;
  closedPRs: number;
  mergedPRs: number;
  isArchived: boolean;
  isTemplate: boolean;
  isFork: boolean;
  visibility: string;
  language: string | null;
  createdAt: number;
  pushedAt: number | null;
  collectedAt: number;
  change: Change;
  /** Since the run before; null without one to compare with. */
  done: DoneChange | null;
  turned: Turn[];
}

const column = <T extends z.ZodType>(of: T) => z.array(of);
/** Each of the same length, one entry per repository. */
const Columns = z.object({
  repo: column(z.string()),
  repoId: column(z.string()),
  stars: column(count),
  forks: column(count),
  openIssues: column(count),
  closedIssues: column(count),
  openPRs: column(count),
  closedPRs: column(count),
  mergedPRs: column(count),
  /** Bits: see FLAGS. */
  flags: column(count),
  visibility: column(z.string()),
  language: column(z.string().nullable()),
  createdAt: column(second),
  pushedAt: column(second.nullable()),
  collectedAt: column(second),
  /** By window and metric; null where no repository has anything to compare with. */
  change: z.record(z.enum(WINDOWS), z.record(z.enum(METRICS), column(z.int().nullable())).nullable()),
  /** 0 where nothing changed or could be compared; left out where that is all of them. */
  done: z.record(z.enum(DONE), column(z.int())).optional(),
});
type Columns = z.infer<typeof Columns>;

/** Container run-info, partition /runId, id `rows.` + batch id. Failed and duplicate repositories have no row. */
export const Rows = z.object({
  id: z.string(),
  runId: z.string(),
  type: z.literal('rows'),
  batchId: z.string(),
  /** Seconds after which Cosmos DB removes it. */
  ttl: z.int().min(1),
  columns: Columns,
});
export type Rows = z.infer<typeof Rows>;

/** After a run has begun: the longest comparison and some days. */
const KEPT_SECONDS = 40 * 86_400;

/**
 * Seconds that the rows of a run are kept for yet; below 1 they are gone. All of a run go at the same time, whichever of them
 * was written again.
 * @param now epoch seconds.
 */
export const secondsLeft = (runId: string, now: number): number =>
  Number(runId) + KEPT_SECONDS - Math.floor(now);

export const rowsId = (batchId: string): string => `rows.${batchId}`;

/** The place of each in a sum of powers of two. */
const FLAGS = ['isArchived', 'isTemplate', 'isFork', ...TURNS] as const;
const bit = (flag: (typeof FLAGS)[number]): number => 1 << FLAGS.indexOf(flag);
const flagsOf = (row: Row): number =>
  [...(['isArchived', 'isTemplate', 'isFork'] as const).filter((flag) => row[flag]), ...row.turned].reduce(
    (sum, flag) => sum + bit(flag),
    0,
  );

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);

/** @param document as it is stored: with its change. */
export const rowOf = (document: RepoStats): Row => ({
  repo: document.repo,
  repoId: document.repoId,
  stars: document.stars,
  forks: document.forks,
  openIssues: document.openIssues,
  closedIssues: document.closedIssues,
  openPRs: document.openPRs,
  closedPRs: document.closedPRs,
  mergedPRs: document.mergedPRs,
  isArchived: document.isArchived,
  isTemplate: document.isTemplate,
  isFork: document.isFork,
  visibility: document.visibility,
  language: document.language,
  createdAt: seconds(document.createdAt),
  pushedAt: document.pushedAt === null ? null : seconds(document.pushedAt),
  collectedAt: seconds(document.collectedAt),
  change: document.change ?? { previous: null, d7: null, d30: null },
  done: document.change?.previous ? { ...NOTHING_DONE, ...document.done } : null,
  turned: document.turned ?? [],
});

const NOTHING_DONE: DoneChange = { closedIssues: 0, closedPRs: 0, mergedPRs: 0 };

/** The same in every row and column. */
const PLAIN = [
  'repo',
  'repoId',
  'stars',
  'forks',
  'openIssues',
  'closedIssues',
  'openPRs',
  'closedPRs',
  'mergedPRs',
  'visibility',
  'language',
  'createdAt',
  'pushedAt',
  'collectedAt',
] as const;

function columnsOf(rows: readonly Row[]): Columns {
  const plain = Object.fromEntries(PLAIN.map((name) => [name, rows.map((row) => row[name])]));
  const changes = WINDOWS.map((window) => {
    const known = rows.some((row) => row.change[window] !== null);
    const column = (metric: (typeof METRICS)[number]) =>
      rows.map((row) => row.change[window]?.[metric] ?? null);
    return [window, known ? Object.fromEntries(METRICS.map((m) => [m, column(m)])) : null];
  });
  return {
    ...plain,
    flags: rows.map(flagsOf),
    change: Object.fromEntries(changes),
    ...(rows.some(({ done }) => done && DONE.some((name) => done[name] !== 0)) && {
      done: Object.fromEntries(DONE.map((name) => [name, rows.map(({ done }) => done?.[name] ?? 0)])),
    }),
  } as Columns;
}

/** The repositories of a document, in its order. */
export function* rowsIn({ columns }: Pick<Rows, 'columns'>): Generator<Row> {
  for (let i = 0; i < columns.repo.length; i++) yield rowAt(columns, i);
}

/** One row by its place, from 0. */
export function rowAt(columns: Columns, i: number): Row {
  const flags = columns.flags[i]!;
  const plain = Object.fromEntries(PLAIN.map((name) => [name, columns[name][i]]));
  const changes = WINDOWS.map((window) => {
    const of = columns.change[window];
    // A repository without anything to compare with has null in each of its columns.
    const known = of && METRICS.some((metric) => of[metric][i] !== null);
    return [window, known ? Object.fromEntries(METRICS.map((m) => [m, of[m][i]])) : null];
  });
  const done = Object.fromEntries(DONE.map((name) => [name, columns.done?.[name][i] ?? 0])) as DoneChange;
  return {
    ...plain,
    isArchived: (flags & bit('isArchived')) !== 0,
    isTemplate: (flags & bit('isTemplate')) !== 0,
    isFork: (flags & bit('isFork')) !== 0,
    change: Object.fromEntries(changes),
    done:
      columns.change.previous && METRICS.some((m) => columns.change.previous![m][i] !== null) ? done : null,
    turned: TURNS.filter((turn) => (flags & bit(turn)) !== 0),
  } as Row;
}

/**
 * The document with rows merged in, by repository: the one that was collected later stands. Undefined when that changes nothing.
 */
export function mergeRows(
  now: Rows | undefined,
  batch: { runId: string; batchId: string },
  rows: readonly Row[],
  ttl: number,
): Rows | undefined {
  const before = now ? [...rowsIn(now)] : [];
  const merged = new Map(before.map((row) => [row.repoId, row]));
  for (const row of rows) {
    const known = merged.get(row.repoId);
    if (!known || row.collectedAt >= known.collectedAt) merged.set(row.repoId, row);
  }
  const columns = columnsOf([...merged.values()]);
  if (now && JSON.stringify(columns) === JSON.stringify(now.columns)) return undefined;
  if (!now && merged.size === 0) return undefined;
  return { id: rowsId(batch.batchId), ...batch, type: 'rows', ttl, columns };
}
