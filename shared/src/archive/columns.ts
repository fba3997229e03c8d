/**
 * How a stats document stands in a row of Parquet: a column per field, and one more for what those cannot hold, so that exactly the
 * documents come back that were put in, whatever a later writer adds to them.
 */
import type { RepoStats } from '../documents.ts';
import { statsId } from '../ids.ts';
import { METRICS, WINDOWS } from '../trend.ts';

/** Counts up whenever what a column means changes; a manifest names it, and who reads refuses what it does not know. */
export const SCHEMA_VERSION = 1;

/** Times are epoch milliseconds: `second` is written without a fraction, `millisecond` with three digits. */
export type ColumnKind = 'text' | 'flag' | 'integer' | 'second' | 'millisecond';
export interface Column {
  name: string;
  kind: ColumnKind;
}
export type Value = string | number | boolean | null;

/** A document as it is, without what Cosmos DB adds: any JSON that has a repository and a run. */
export type Archived = Pick<RepoStats, 'repo' | 'runId'> & Record<string, unknown>;

const FIELDS = {
  repo: 'text',
  repoId: 'text',
  runId: 'text',
  batchId: 'text',
  attempt: 'integer',
  collectedAt: 'millisecond',
  isArchived: 'flag',
  isTemplate: 'flag',
  isFork: 'flag',
  visibility: 'text',
  language: 'text',
  licence: 'text',
  createdAt: 'second',
  repoUpdatedAt: 'second',
  pushedAt: 'second',
  openIssues: 'integer',
  closedIssues: 'integer',
  totalIssues: 'integer',
  openPRs: 'integer',
  closedPRs: 'integer',
  mergedPRs: 'integer',
  totalPRs: 'integer',
  stars: 'integer',
  forks: 'integer',
  diskUsage: 'integer',
} as const satisfies Partial<Record<keyof RepoStats, ColumnKind>>;
const FIELD_NAMES = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

/** `change_d7_stars`: null where there is nothing to compare with. */
const changeColumn = (window: string, metric: string): string => `change_${window}_${metric}`;
/** What the other columns cannot hold, as JSON; null for nearly every document. */
const OTHER = 'other';

export const COLUMNS: readonly Column[] = [
  ...FIELD_NAMES.map((name) => ({ name, kind: FIELDS[name] })),
  ...WINDOWS.flatMap((window) =>
    METRICS.map((metric) => ({ name: changeColumn(window, metric), kind: 'integer' as const })),
  ),
  { name: OTHER, kind: 'text' },
];

/** The columns that a manifest sums. */
export const SUMMED: readonly string[] = COLUMNS.filter(({ kind }) => kind === 'integer').map(
  ({ name }) => name,
);

/** Of Cosmos DB, and the time to live, which is of the place and not of what is said. */
const NOT_OF_DOCUMENT = new Set(['_rid', '_self', '_etag', '_attachments', '_ts', 'ttl']);

/** A document as it was written. */
export const withoutSystem = (document: Archived): Archived =>
  Object.fromEntries(Object.entries(document).filter(([key]) => !NOT_OF_DOCUMENT.has(key))) as Archived;

interface Other {
  set?: Record<string, unknown>;
  drop?: string[];
}

const MOST_INT32 = 2 ** 31 - 1;
/** Undefined for what a column of the kind cannot hold. */
function encoded(value: unknown, kind: ColumnKind): Value | undefined {
  if (value === null) return null;
  switch (kind) {
    case 'text':
      // UTF-8 has no half of a surrogate pair; JSON writes it as an escape.
      return typeof value === 'string' && value.isWellFormed() ? value : undefined;
    case 'flag':
      return typeof value === 'boolean' ? value : undefined;
    case 'integer':
      return Number.isInteger(value) && Math.abs(value as number) <= MOST_INT32
        ? (value as number)
        : undefined;
    case 'second':
    case 'millisecond': {
      const time = typeof value === 'string' ? Date.parse(value) : NaN;
      return Number.isNaN(time) ? undefined : time;
    }
  }
}

function decoded(value: Value, kind: ColumnKind): Value {
  if (typeof value !== 'number' || kind === 'integer') return value;
  const time = new Date(value).toISOString();
  return kind === 'second' ? time.replace(/\.\d{3}Z$/, 'Z') : time;
}

/** The plain fields of a row, before what `other` says of it. */
function plain(row: Readonly<Record<string, Value>>): Archived {
  const { repo, runId } = row as { repo: string; runId: string };
  const fields = FIELD_NAMES.map((name) => [name, decoded(row[name] ?? null, FIELDS[name])]);
  const changes = WINDOWS.map((window) => {
    const of = METRICS.map((metric) => [metric, row[changeColumn(window, metric)] ?? null] as const);
    return [window, of.some(([, value]) => value !== null) ? Object.fromEntries(of) : null];
  });
  return {
    id: statsId(repo, runId),
    ...Object.fromEntries(fields),
    change: Object.fromEntries(changes),
  } as unknown as Archived;
}

/** One value per column. */
export function rowOf(document: Archived): Record<string, Value> {
  const of = withoutSystem(document);
  const row: Record<string, Value> = {};
  for (const name of FIELD_NAMES) row[name] = encoded(of[name] ?? null, FIELDS[name]) ?? null;
  const change = (of['change'] ?? {}) as Record<string, Record<string, unknown> | null | undefined>;
  for (const window of WINDOWS)
    for (const metric of METRICS)
      row[changeColumn(window, metric)] = encoded(change[window]?.[metric] ?? null, 'integer') ?? null;
  const back = plain(row);
  const isBack = (key: string, value: unknown): boolean =>
    Object.hasOwn(back, key) && sameJson(value, back[key]);
  const set = Object.entries(of).filter(([key, value]) => !isBack(key, value));
  const drop = Object.keys(back).filter((key) => !Object.hasOwn(of, key));
  const other: Other = {
    ...(set.length > 0 && { set: Object.fromEntries(set) }),
    ...(drop.length > 0 && { drop }),
  };
  row[OTHER] = set.length + drop.length > 0 ? JSON.stringify(other) : null;
  return row;
}

/** The document that a row was made of. */
export function documentOf(row: Readonly<Record<string, Value>>): Archived {
  const document = plain(row);
  const other = row[OTHER];
  if (typeof other !== 'string') return document;
  const { set = {}, drop = [] } = JSON.parse(other) as Other;
  const kept = Object.entries(document).filter(([key]) => !drop.includes(key));
  return { ...Object.fromEntries(kept), ...set } as Archived;
}

/** Whether two pieces of JSON say the same, in whatever order. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) => Object.hasOwn(b, key) && sameJson((a as Archived)[key], (b as Record<string, unknown>)[key]),
    )
  );
}
