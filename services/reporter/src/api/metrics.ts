/** GET api/metrics: the latest run and its owners for Prometheus; repositories only as many as are asked for. */
import { METRICS } from '@github-repo-stats/shared/trend';
import * as z from 'zod';
import { checksIn, QUALITY_STATES } from '../quality/quality.ts';
import type { Summary, Totals } from '../summary.ts';
import type { RepositoryRow } from './contract.ts';
import type { ApiDeps } from './deps.ts';
import { type KnownRun } from './known-runs.ts';
import { RequestProblem } from './problem.ts';
import { rowsOfRun } from './repositories.ts';
import { tablePage } from './repository-table.ts';
import { route, type Route } from './route.ts';

const Query = z.strictObject({
  /** The most starred repositories: a series for each of four numbers. */
  top: z.coerce
    .number('is not a number')
    .int('is not a whole number')
    .min(0, 'is less than 0')
    .max(
      500,
      'is more than 500: monitoring systems charge for each series; api/runs/latest/repositories has all',
    )
    .default(0),
});

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
const TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const PREFIX = 'github_repo_stats';

type Labels = Readonly<Record<string, string>>;
export interface Family {
  name: string;
  help: string;
  samples: readonly (readonly [Labels, number])[];
}

export function metrics(deps: ApiDeps): Route {
  const { store, runs } = deps;
  return route({
    path: 'metrics',
    about:
      'Gauges of the latest run and of its owners for Prometheus, and of the `top` most starred repositories',
    query: Query,
    answer: z.string(),
    media: TYPE,
    async version() {
      const { active, latest } = await runs.now();
      return `${latest?.runId}.${latest?.revision} ${active.length}`;
    },
    async handle({ query }) {
      const { active, latest } = await runs.now();
      const summary = latest && (await store.summary(latest.runId, latest.revision));
      const repositories = latest && query.top > 0 ? await mostStarred(deps, latest, query.top) : [];
      return exposition([
        gauge('runs_active', 'Runs under way.', [[{}, active.length]]),
        ...(summary ? ofSummary(summary) : []),
        ...(repositories.length > 0
          ? METRICS.map((metric) =>
              gauge(
                `repository_${snake(metric)}`,
                `${WORDS[metric]} of one of the most starred repositories.`,
                repositories.map((row) => [{ repository: row.repo }, row[metric]] as const),
              ),
            )
          : []),
      ]);
    },
  });
}

/** None when the rows of the run are kept no more: the rest is still true. */
async function mostStarred(deps: ApiDeps, run: KnownRun, limit: number): Promise<RepositoryRow[]> {
  try {
    const { found } = await tablePage(rowsOfRun(deps, run), {
      filter: { archived: 'show' },
      ordering: { sort: 'stars', order: 'desc' },
      limit,
    });
    return found.map(({ rows, i }) => rows.row(i));
  } catch (error) {
    if (error instanceof RequestProblem) return [];
    throw error;
  }
}

const gauge = (name: string, help: string, samples: Family['samples']): Family => ({
  name: `${PREFIX}_${name}`,
  help,
  samples,
});

const WORDS: Record<Exclude<keyof Totals, 'repositories' | 'archived'>, string> = {
  stars: 'Stars',
  forks: 'Forks',
  openIssues: 'Open issues',
  closedIssues: 'Closed issues',
  openPRs: 'Open pull requests',
  closedPRs: 'Closed, unmerged pull requests',
  mergedPRs: 'Merged pull requests',
};
const SUMMED = Object.keys(WORDS) as (keyof typeof WORDS)[];

/** openPRs: open_prs. */
const snake = (name: string): string =>
  name.replace(/[A-Z]+/, (capitals) => `_${capitals.toLowerCase()}`).replace(/_p_rs$/, '_prs');

function ofSummary(summary: Summary): Family[] {
  const { orgs, costs, quality } = summary;
  const seconds = (time: string): number => Date.parse(time) / 1000;
  const one = (value: number): Family['samples'] => [[{}, value]];
  return [
    gauge('last_run_started_timestamp_seconds', 'When the last run began.', one(seconds(summary.startedAt))),
    gauge('last_run_ended_timestamp_seconds', 'When the last run ended.', one(seconds(summary.endedAt))),
    gauge(
      'last_run_success',
      '1 when the last run completed, 0 when nothing could be collected.',
      one(summary.status === 'completed' ? 1 : 0),
    ),
    gauge('last_run_repositories', 'Repositories of the last run by what became of them.', [
      [{ outcome: 'created' }, summary.created],
      [{ outcome: 'failed' }, summary.failed],
      [{ outcome: 'duplicate' }, summary.duplicates],
    ]),
    gauge(
      'last_run_failures',
      'Repositories that failed in the last run, by reason.',
      Object.entries(summary.failuresByReason).map(([reason, n]) => [{ reason }, n] as const),
    ),
    gauge(
      'last_run_checks',
      'Checks of the numbers of the last run, by what they found.',
      quality ? QUALITY_STATES.map((state) => [{ state }, checksIn(quality, state).length] as const) : [],
    ),
    gauge('last_run_failed_sources', 'Sources that could not be listed.', one(summary.failedSources.length)),
    gauge('last_run_github_calls', 'Calls to GitHub of the last run.', one(costs.githubCalls)),
    gauge(
      'last_run_github_points',
      'Points of the rate limit that the last run took.',
      one(costs.githubPoints),
    ),
    gauge(
      'last_run_github_seconds',
      'Seconds that GitHub worked for the last run.',
      one(costs.githubSeconds),
    ),
    gauge('last_run_request_units', 'Request units of the writes of the last run.', one(costs.requestUnits)),
    gauge(
      'owner_repositories',
      'Repositories of an owner; the 100 largest owners.',
      orgs.map(({ owner, totals }) => [{ owner }, totals.repositories] as const),
    ),
    ...SUMMED.map((name) =>
      gauge(
        `owner_${snake(name)}`,
        `${WORDS[name]} of an owner's repositories.`,
        orgs.map(({ owner, totals }) => [{ owner }, totals[name]] as const),
      ),
    ),
  ];
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

const labelled = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};

/** All gauges; a family without any sample is left out. */
export const exposition = (families: readonly Family[]): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .map(
      ({ name, help, samples }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} gauge\n` +
        samples.map(([labels, value]) => `${name}${labelled(labels)} ${value}\n`).join(''),
    )
    .join('');
