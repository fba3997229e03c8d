/** What must hold of what is read for tables and totals: rows and summary say what the stored documents say. */
import { isDeepStrictEqual } from 'node:util';
import { rowOf, rowsIn, type Row } from '@github-repo-stats/shared/rows';
import type { Evidence } from './evidence.ts';

const byId = (rows: readonly Row[]): Map<string, Row> => new Map(rows.map((row) => [row.repoId, row]));

/** One row for each stored document, with its numbers. */
function rowsAreWhatIsStored({ rows, stats }: Evidence): string[] {
  const all = rows.flatMap((document) => [...rowsIn(document)]);
  const [is, should] = [byId(all), byId(stats.map(rowOf))];
  const unlike = (a: Row, b: Row): string[] =>
    (Object.keys(a) as (keyof Row)[]).filter((key) => !isDeepStrictEqual(a[key], b[key]));
  return [
    ...(all.length > is.size ? [`${all.length - is.size} repositories have two rows`] : []),
    ...[...should.keys()]
      .filter((id) => !is.has(id))
      .map((id) => `repository ${id} is stored and has no row`),
    ...[...is.keys()]
      .filter((id) => !should.has(id))
      .map((id) => `repository ${id} has a row and is not stored`),
    ...[...is].flatMap(([id, row]) => {
      const keys = should.has(id) ? unlike(row, should.get(id)!) : [];
      return keys.length > 0 ? [`the row of ${id} has another ${keys.join(', ')} than its document`] : [];
    }),
  ];
}

/** Of the last revision. */
function summaryAddsUp({ run, summary, stats }: Evidence): string[] {
  if (!summary) return [`revision ${run.revision} has no summary`];
  const sum = (of: (s: Evidence['stats'][number]) => number): number => stats.reduce((n, s) => n + of(s), 0);
  const should: Record<string, number> = {
    repositories: stats.length,
    stars: sum((s) => s.stars),
    openIssues: sum((s) => s.openIssues),
    mergedPRs: sum((s) => s.mergedPRs),
    archived: sum((s) => Number(s.isArchived)),
  };
  const totals: Record<string, number> = summary.totals ?? {};
  // Nothing stored: nothing is known.
  const wrong = stats.length === 0 ? [] : Object.keys(should).filter((key) => totals[key] !== should[key]);
  const sums = summary.quality?.checks['sums-add-up'];
  return [
    ...(sums?.state === 'warned' || sums?.state === 'failed'
      ? sums.examples.map(({ what, said }) => `the check of sums found ${what}: ${said}`)
      : []),
    ...wrong.map((key) => `the summary has ${totals[key]} ${key}, and what is stored has ${should[key]}`),
    ...(summary.created === run.totalCreatedCount && summary.failed === run.totalFailedCount
      ? []
      : [
          `the summary tells of ${summary.created} created and ${summary.failed} failed, the run of ${run.totalCreatedCount} and ${run.totalFailedCount}`,
        ]),
  ];
}

export const READ_MODEL_CHECKS = [rowsAreWhatIsStored, summaryAddsUp];
