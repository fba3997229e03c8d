/** The report of a run: what the documents say, gathered once, and as text. */
import type { Container } from '@azure/cosmos';
import type { Outcome, Run } from '@github-repo-stats/shared/documents';
import { REASON_ADVICE, type FailureReason } from '@github-repo-stats/shared/reasons';
import { openSortedSpool } from './sorted-spool.ts';
import { writeRows } from './out-file.ts';
import { COLUMNS, statsOfRun, withoutSystem } from './stats-documents.ts';
import { count, duration, plural } from './words.ts';

export interface Report {
  run: Run;
  /** By reason, the first ten names in alphabetical order of their batches. */
  failures: { reason: string; total: number; names: string[] }[];
  mostStarred: { repo: string; stars: number }[];
}

const NAMES_PER_REASON = 10;
const MOST_STARRED = 10;

async function failedNames(runInfo: Container, run: Run): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>();
  if (run.totalFailedCount === 0) return names;
  const query = {
    query: `SELECT c.entries FROM c WHERE c.runId = @runId AND c.type = 'outcome' AND c.failed > 0`,
    parameters: [{ name: '@runId', value: run.id }],
  };
  const iterator = runInfo.items.query<Pick<Outcome, 'entries'>>(query, {
    partitionKey: run.id,
    maxItemCount: 100,
  });
  const isFull = (): boolean =>
    Object.keys(run.failuresByReason).every((reason) => (names.get(reason)?.length ?? 0) >= NAMES_PER_REASON);
  while (iterator.hasMoreResults() && !isFull())
    for (const { entries } of (await iterator.fetchNext()).resources ?? [])
      for (const [name, { state, reason = 'unknown' }] of Object.entries(entries)) {
        if (state !== 'failed') continue;
        const list = names.get(reason) ?? [];
        names.set(reason, list);
        if (list.length < NAMES_PER_REASON) list.push(name);
      }
  return names;
}

/** One pass over the statistics of the run, which writes the --out file too. */
async function readStats(
  repoStats: Container,
  runId: string,
  out: string | undefined,
): Promise<Report['mostStarred']> {
  const spool = out === undefined ? undefined : openSortedSpool();
  let top: Report['mostStarred'] = [];
  try {
    for await (const document of statsOfRun(repoStats, runId)) {
      const { repo, stars } = document;
      spool?.add(repo, withoutSystem(document));
      if (top.length === MOST_STARRED && stars <= (top.at(-1)?.stars ?? 0)) continue;
      top = [...top, { repo, stars }]
        .sort((a, b) => b.stars - a.stars || (a.repo < b.repo ? -1 : 1))
        .slice(0, MOST_STARRED);
    }
    if (spool && out !== undefined) await writeRows(out, spool.rows(), COLUMNS);
  } finally {
    spool?.close();
  }
  return top;
}

/** @param out where the statistics are to be written as well. */
export async function gatherReport(
  containers: { runInfo: Container; repoStats: Container },
  run: Run,
  out: string | undefined,
): Promise<Report> {
  const [names, mostStarred] = await Promise.all([
    failedNames(containers.runInfo, run),
    readStats(containers.repoStats, run.id, out),
  ]);
  const failures = Object.entries(run.failuresByReason)
    .map(([reason, total]) => ({ reason, total, names: names.get(reason) ?? [] }))
    .sort((a, b) => b.total - a.total);
  return { run, failures, mostStarred };
}

const advice = (reason: string): { what: string; todo: string } =>
  REASON_ADVICE[reason as FailureReason] ?? { what: 'for another reason', todo: 'see the logs' };

function failureLines({ run, failures }: Report): string[] {
  const lines = failures.flatMap(({ reason, total, names }) => {
    const { what, todo } = advice(reason);
    const more = total > names.length ? ` and ${count(total - names.length)} more` : '';
    return [`  ${count(total)} ${reason}: ${what}; ${todo}`, `    ${names.join(', ')}${more}`];
  });
  const sources = run.failedSources.map(({ source, reason, detail }) => {
    const { what, todo } = advice(reason);
    return `  source ${source}, ${reason}: ${what}; ${todo}${detail ? ` (${detail})` : ''}`;
  });
  return lines.length + sources.length === 0 ? [] : ['', 'Failed', ...lines, ...sources];
}

/** The report as text, without a closing line end. */
export function reportText(report: Report): string {
  const { run, mostStarred } = report;
  const { costs } = run;
  const seconds = (Date.parse(run.endedAt ?? run.progressAt) - Date.parse(run.startedAt)) / 1000;
  const width = Math.max(0, ...mostStarred.map(({ stars }) => count(stars).length));
  const duplicates = run.totalDuplicateCount > 0 ? `, ${count(run.totalDuplicateCount)} named twice` : '';
  const failedSources = run.failedSources.length > 0 ? `, ${count(run.failedSources.length)} failed` : '';
  const status = run.status === 'stalled' && run.stalledCause ? `stalled: ${run.stalledCause}` : run.status;
  return [
    `Run ${run.id} ${status} in ${duration(seconds)}.`,
    '',
    `  repositories   ${count(run.totalReceived)} of ${count(run.totalPlanned)}: ${count(run.totalCreatedCount)} stored, ${count(run.totalFailedCount)} failed${duplicates}`,
    `  sources        ${count(run.sourcesTotal - run.failedSources.length)} of ${count(run.sourcesTotal)} resolved${failedSources}`,
    `  GitHub         ${plural(costs.githubCalls, 'call', 'calls')}, ${plural(costs.githubPoints, 'point', 'points')}, ${count(costs.githubSeconds)} server seconds`,
    `  Cosmos DB      ${count(costs.requestUnits)} RU for writing the statistics`,
    ...failureLines(report),
    ...(mostStarred.length > 0
      ? [
          '',
          'Most starred',
          ...mostStarred.map(({ repo, stars }) => `  ${count(stars).padStart(width)}  ${repo}`),
        ]
      : []),
  ].join('\n');
}
