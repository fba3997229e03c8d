/**
 * Common to questions about a span: each repository once, as it was at both ends. What was created within the span begins with nothing;
 * what was only listed later begins with what it had then, so that a new source is no growth; what has not been seen for a week at the
 * end counts as gone. Owner and language are those of the end.
 */
import { GONE_AFTER_DAYS } from './views.ts';

const NUMBERS = [
  'stars',
  'forks',
  'openIssues',
  'closedIssues',
  'totalIssues',
  'openPRs',
  'totalPRs',
] as const;

const dateOf = (date: string | undefined, otherwise: string): string =>
  date === undefined ? `(SELECT ${otherwise} FROM days)` : `DATE '${date}'`;

/** Dates, both included; without `from` so many days before the end, or all that there are. */
interface Span {
  from?: string | undefined;
  to?: string | undefined;
  lastDays?: number | undefined;
}

/** @returns the common table `ends`: of each number `then…` and `now…`, and `isNew`, `gone`, `first` and `last` of the whole span. */
export function bothEnds({ from, to, lastDays }: Span): string {
  const first = lastDays === undefined ? 'min(date)' : `max(date) - ${lastDays}`;
  const then = NUMBERS.map(
    (name) => `CASE WHEN is_new THEN 0 ELSE a."${name}" END AS "then_${name}", b."${name}" AS "now_${name}"`,
  );
  return `
within_span AS NOT MATERIALIZED (
  SELECT * FROM days WHERE date BETWEEN ${dateOf(from, first)} AND ${dateOf(to, 'max(date)')}
), span AS (
  SELECT min(date) AS first, max(date) AS last FROM within_span
), known AS (
  SELECT "repoId", min(date) AS since, max(date) AS until FROM within_span GROUP BY ALL
), ends AS (
  SELECT b."repoId", b.repo, b.owner, coalesce(b.language, '(none)') AS language, a.repo AS "then_repo",
         span.first, span.last, coalesce(b."createdAt"::DATE > span.first, false) AS is_new,
         known.until < span.last - ${GONE_AFTER_DAYS} AS gone,
         ${then.join(',\n         ')}
  FROM known CROSS JOIN span
  JOIN within_span a ON a."repoId" = known."repoId" AND a.date = known.since
  JOIN within_span b ON b."repoId" = known."repoId" AND b.date = known.until
)`;
}

/** Of how many percent of `whole`; nothing where that is nothing. */
export const percent = (part: string, whole: string): string =>
  `round(100.0 * (${part}) / nullif(${whole}, 0), 1)`;

/** What each grouping is called by. */
export const GROUPS = { org: 'owner', language: 'language', repository: 'repo' } as const;
