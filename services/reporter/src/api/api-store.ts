/** What the API reads: in run-info runs under way, summaries, rows and failed outcomes; histories, records and credentials. */
import type { Container } from '@azure/cosmos';
import type { Outcome, RepoStats, Run } from '@github-repo-stats/shared/documents';
import { statsId } from '@github-repo-stats/shared/ids';
import type { KnownRepository } from '@github-repo-stats/shared/known-repository';
import type { Pace } from '@github-repo-stats/shared/pace';
import type { Rows } from '@github-repo-stats/shared/rows';
import { readKnown } from '@github-repo-stats/shared/read-known';
import { documentsOf, IS_ACTIVE_RUN, readDocument } from '@github-repo-stats/shared/run-info';
import { ORDERS } from '@github-repo-stats/shared/orders';
import { ANALYSIS, analysisId, type Analysis } from '@github-repo-stats/shared/analysis';
import { DEAD_LETTERS_ID, type DeadLettersSeen } from '@github-repo-stats/shared/shown-letter';
import { summaryId, type Summary } from '../summary.ts';

/** A run without its lists of names. */
const SHOWN = [
  'id',
  'status',
  'trigger',
  'startedAt',
  'endedAt',
  'revision',
  'sourcesTotal',
  'sourcesResolved',
  'totalPlanned',
  'totalCreatedCount',
  'totalFailedCount',
  'totalDuplicateCount',
  'failuresByReason',
  'failedSources',
  'refusedCredentials',
  'compareTo',
  'costs',
  'progressAt',
  'stalledCause',
] as const satisfies readonly (keyof Run)[];
export type ShownRun = Pick<Run, (typeof SHOWN)[number]>;

/** What lists show of a summary. */
const LISTED = [
  'runId',
  'revision',
  'status',
  'trigger',
  'startedAt',
  'endedAt',
  'created',
  'failed',
  'duplicates',
  'failedSources',
  'costs',
  'orgsTotal',
  'totals',
  'events',
  'qualityState',
] as const satisfies readonly (keyof Summary)[];
export type ListedSummary = Pick<Summary, (typeof LISTED)[number]>;

/** Which summaries there are, and what is asked of them most. */
const KEYS = [
  'runId',
  'revision',
  'endedAt',
  'status',
  'compareTo',
] as const satisfies readonly (keyof Summary)[];
export type SummaryKey = Pick<Summary, (typeof KEYS)[number]>;

/** Those of the first generation lack some numbers, and tell their run by their id alone. */
export type StoredStats = Partial<RepoStats> & Pick<RepoStats, 'id' | 'repo' | 'runId'>;

/** What a history shows of each. */
const POINT = [
  'id',
  'repo',
  'repoId',
  'collectedAt',
  'stars',
  'forks',
  'openIssues',
  'closedIssues',
  'openPRs',
  'closedPRs',
  'mergedPRs',
] as const satisfies readonly (keyof RepoStats)[];
export type StoredPoint = Pick<StoredStats, (typeof POINT)[number] | 'runId'>;

const ANSWERED = ['name', 'title', 'asOf', 'total', 'problem'] as const satisfies readonly (keyof Analysis)[];
export type ListedAnalysis = Pick<Analysis, (typeof ANSWERED)[number]>;

export interface ApiStore {
  activeRuns(): Promise<ShownRun[]>;
  run(runId: string): Promise<ShownRun | undefined>;
  /** Of the highest revision of a run that was summed up. */
  lastSummary(runId: string): Promise<SummaryKey | undefined>;
  summary(runId: string, revision: number): Promise<Summary | undefined>;
  /**
   * Those of the runs from `since` to before `before` (run ids), the latest run first; of a run each revision, in any order.
   */
  summaries(range: { since?: string | undefined; before?: string | undefined }): AsyncIterable<ListedSummary>;
  /** The same, and no more than which there are. @param page summaries that are read at a time, each as a whole. */
  summaryKeys(range: { since?: string | undefined; page?: number }): AsyncIterable<SummaryKey>;
  rows(runId: string): AsyncIterable<Rows>;
  failedOutcomes(runId: string): AsyncIterable<Outcome>;
  /** A repository's documents under one name, in any order. */
  history(repo: string, sinceRunId: string): AsyncIterable<StoredPoint>;
  /** The latest document under a name, however old. */
  latestStats(repo: string): Promise<StoredStats | undefined>;
  known(repoId: string): Promise<KnownRepository | undefined>;
  pace(): Promise<Pace[]>;
  /** As the scheduler's sweep last saw them; undefined when it has not yet. */
  deadLettersSeen(): Promise<DeadLettersSeen | undefined>;
  /** What was answered after a run, without the answers. */
  analyses(): Promise<ListedAnalysis[]>;
  analysis(name: string): Promise<Analysis | undefined>;
}

export interface ApiContainers {
  runInfo: Container;
  repoStats: Container;
  repos: Container;
  pace: Container;
}

const columnsOf = (names: readonly string[]): string => names.map((name) => `c.${name}`).join(', ');
const RUNS_PER_PAGE = 50;

/**
 * Documents of one name by their ids, which are indexed whatever a container's policy says: nothing else of repo-stats is, but the
 * node id. Run ids have ten digits, so they sort as text.
 */
const ofName = (select: string, repo: string, sinceRunId: string, order = '') => ({
  query: `SELECT ${select} FROM c WHERE c.id >= @first AND c.id < @end${order}`,
  parameters: [
    { name: '@first', value: statsId(repo, sinceRunId) },
    { name: '@end', value: statsId(repo, ':') },
  ],
});

const withRun = <T extends { id: string }>(document: T): T & { runId: string } => ({
  ...document,
  runId: document.id.slice(document.id.lastIndexOf('.') + 1),
});

export const apiStore = ({ runInfo, repoStats, repos, pace }: ApiContainers): ApiStore => {
  async function* summaries<T>(
    names: readonly string[],
    {
      since,
      before,
      page = RUNS_PER_PAGE,
    }: { since?: string | undefined; before?: string | undefined; page?: number },
  ): AsyncGenerator<T> {
    const conditions = [
      `c.type = 'summary'`,
      ...(since === undefined ? [] : ['c.runId >= @since']),
      ...(before === undefined ? [] : ['c.runId < @before']),
    ];
    const query = {
      query: `SELECT ${columnsOf(names)} FROM c WHERE ${conditions.join(' AND ')} ORDER BY c.runId DESC`,
      parameters: [
        ...(since === undefined ? [] : [{ name: '@since', value: since }]),
        ...(before === undefined ? [] : [{ name: '@before', value: before }]),
      ],
    };
    const iterator = runInfo.items.query<T>(query, { maxItemCount: page });
    while (iterator.hasMoreResults()) yield* (await iterator.fetchNext()).resources ?? [];
  }

  return {
    async activeRuns() {
      const query = `SELECT ${columnsOf(SHOWN)} FROM c WHERE ${IS_ACTIVE_RUN}`;
      return (await runInfo.items.query<ShownRun>(query).fetchAll()).resources;
    },
    async run(runId) {
      for await (const run of documentsOf<ShownRun>(runInfo, runId, `c.type = 'run'`, columnsOf(SHOWN)))
        return run;
      return undefined;
    },
    async lastSummary(runId) {
      let last: SummaryKey | undefined;
      for await (const key of documentsOf<SummaryKey>(runInfo, runId, `c.type = 'summary'`, columnsOf(KEYS)))
        if (!last || key.revision > last.revision) last = key;
      return last;
    },
    summary: async (runId, revision) =>
      (await readDocument<Summary>(runInfo, summaryId(revision), runId))?.document,
    summaries: (range) => summaries<ListedSummary>(LISTED, range),
    summaryKeys: (range) => summaries<SummaryKey>(KEYS, range),
    rows: (runId) => documentsOf<Rows>(runInfo, runId, `c.type = 'rows'`, 'c.columns'),
    failedOutcomes: (runId) => documentsOf<Outcome>(runInfo, runId, `c.type = 'outcome' AND c.failed > 0`),
    async *history(repo, sinceRunId) {
      const query = ofName(columnsOf(POINT), repo, sinceRunId);
      const options = { partitionKey: repo, maxItemCount: 500 };
      const iterator = repoStats.items.query<Omit<StoredPoint, 'runId'>>(query, options);
      while (iterator.hasMoreResults()) yield* ((await iterator.fetchNext()).resources ?? []).map(withRun);
    },
    async latestStats(repo) {
      const query = ofName('TOP 1 *', repo, '0', ' ORDER BY c.id DESC');
      const found = await repoStats.items
        .query<Omit<StoredStats, 'runId'>>(query, { partitionKey: repo })
        .fetchAll();
      return found.resources.map(withRun)[0];
    },
    known: async (repoId) => (await readKnown(repos, repoId))?.document,
    pace: async () => (await pace.items.query<Pace>('SELECT * FROM c').fetchAll()).resources,
    deadLettersSeen: async () =>
      (await readDocument<DeadLettersSeen>(runInfo, DEAD_LETTERS_ID, ORDERS))?.document,
    async analyses() {
      const found: ListedAnalysis[] = [];
      const condition = `c.type = '${ANALYSIS}'`;
      for await (const one of documentsOf<ListedAnalysis>(runInfo, ANALYSIS, condition, columnsOf(ANSWERED)))
        found.push(one);
      return found;
    },
    analysis: async (name) => (await readDocument<Analysis>(runInfo, analysisId(name), ANALYSIS))?.document,
  };
};
