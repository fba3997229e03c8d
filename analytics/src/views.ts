/**
 * The views that questions are asked of, as SQL over files of Parquet. What is true of a day stands in a roll-up, made once from the
 * files of its month: a question about a year reads two million narrow rows rather than nine million wide ones.
 */
import { columnList, listOf, quoted, TYPES } from './sql-text.ts';

/** Nothing was collected yet. */
const NOTHING = `SELECT ${columnList((name, kind) => `NULL::${TYPES[kind]} AS ${name}`)}, NULL::DATE AS date, NULL::BIGINT AS run WHERE false`;

/** One row per repository and run: all columns of the archive, and of its path `date` and `run`, by which DuckDB opens only the files it needs. */
export function statsSelect(paths: readonly string[]): string {
  const rows =
    paths.length === 0
      ? NOTHING
      : `SELECT * FROM read_parquet(${listOf(paths)}, hive_partitioning = true, hive_types = {'date': DATE, 'run': BIGINT})`;
  const columns = columnList((name, kind) => `${name}::${TYPES[kind]} AS ${name}`);
  return `SELECT date, run, make_timestamp(run * 1000000) AS "runAt", split_part(repo, '/', 1) AS owner, ${columns} FROM (${rows})`;
}

/** Of a repository on a day: what its last run of that day said. */
const LAST_OF_DAY = [
  'repo',
  'owner',
  'isArchived',
  'isFork',
  'isTemplate',
  'visibility',
  'language',
  'licence',
  'createdAt',
  'pushedAt',
  'openIssues',
  'closedIssues',
  'totalIssues',
  'openPRs',
  'closedPRs',
  'mergedPRs',
  'totalPRs',
  'stars',
  'forks',
  'diskUsage',
] as const;

/** Counts up whenever a roll-up would hold something else; the old ones are made anew. */
export const ROLL_UP_VERSION = 1;

/** The roll-up of some files. Documents of the first generation have no node id: their name stands for it. */
export const rollUpSelect = (paths: readonly string[]): string => `
SELECT date, "repoKey" AS "repoId", run AS "lastRun", ${LAST_OF_DAY.map((name) => `"${name}"`).join(', ')}
FROM (SELECT *, coalesce("repoId", lower(repo)) AS "repoKey" FROM (${statsSelect(paths)}))
QUALIFY row_number() OVER (PARTITION BY date, "repoKey" ORDER BY run DESC) = 1
ORDER BY date, "repoKey"`;

export const daysView = (rollUps: readonly string[]): string =>
  `CREATE VIEW days AS ${rollUps.length === 0 ? rollUpSelect([]) : `SELECT * FROM read_parquet(${listOf(rollUps)}, hive_partitioning = false)`}`;

/** Days without a sign of a repository after which it counts as gone; a run may be of a few repositories only. */
export const GONE_AFTER_DAYS = 7;

const REPOS = `
CREATE VIEW repos AS
WITH names AS (
  SELECT "repoId", repo, min(date) AS since, max(date) AS until, min(date) FILTER ("isArchived") AS archived
  FROM days GROUP BY ALL
), known AS (
  SELECT "repoId", min(since) AS "firstSeen", max(until) AS "lastSeen", list(repo ORDER BY since, until) AS names,
         min(archived) AS "firstArchived"
  FROM names GROUP BY ALL
)
SELECT days.* EXCLUDE (date), known."firstSeen", known."lastSeen", known.names, known."firstArchived",
       known."lastSeen" < (SELECT max(date) FROM days) - ${GONE_AFTER_DAYS} AS gone
FROM days JOIN known ON days."repoId" = known."repoId" AND days.date = known."lastSeen"`;

const SUMS = ['stars', 'forks', 'openIssues', 'closedIssues', 'openPRs', 'closedPRs', 'mergedPRs'] as const;
const ORGS = `
CREATE VIEW orgs AS
SELECT date, run, "runAt", owner, count(*) AS repositories, count(*) FILTER ("isArchived") AS archived,
       ${SUMS.map((name) => `sum("${name}")::BIGINT AS "${name}"`).join(', ')}
FROM stats GROUP BY ALL`;

/** Of the run document, without its lists; by the type that each has in DuckDB. */
export const RUN_COLUMNS = {
  run: 'BIGINT',
  date: 'DATE',
  runAt: 'TIMESTAMP',
  endedAt: 'TIMESTAMP',
  status: 'VARCHAR',
  trigger: 'VARCHAR',
  revision: 'INTEGER',
  received: 'INTEGER',
  created: 'INTEGER',
  failed: 'INTEGER',
  duplicates: 'INTEGER',
  githubCalls: 'INTEGER',
  githubPoints: 'INTEGER',
  githubSeconds: 'DOUBLE',
  requestUnits: 'DOUBLE',
  /** Where its statistics are read from: archive, database, or nowhere (yet). */
  statsFrom: 'VARCHAR',
} as const;
/** Times as ISO text. */
export type RunRow = { [K in keyof typeof RUN_COLUMNS]: string | number | null };

/** @param $rows one JSON array of `RunRow`. */
export const RUNS = `
CREATE TABLE runs AS
SELECT unnest(from_json($rows::JSON, ${quoted(JSON.stringify([RUN_COLUMNS]))}), max_depth := 2)`;

/** In this order, after `days`. */
export const viewsOver = (paths: readonly string[]): readonly string[] => [
  `CREATE VIEW stats AS ${statsSelect(paths)}`,
  REPOS,
  ORGS,
];
