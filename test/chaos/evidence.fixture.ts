/** What a small run leaves behind when all is well, as a sample for tests. */
import type { Archived } from '@github-repo-stats/shared/archive/columns';
import { manifestOf } from '@github-repo-stats/shared/archive/manifest';
import type { ArchiveMark } from '@github-repo-stats/shared/archive/mark';
import { emptyOutcome } from '@github-repo-stats/shared/outcome';
import type { TruthRow } from '@github-repo-stats/local/github/truth';
import type { Outcome, Plan, RepoStats, Source } from '@github-repo-stats/shared/documents';
import type { Notices } from '@github-repo-stats/shared/notices';
import { RUN_ID, runOf, START } from '@github-repo-stats/shared/run.fixture';
import { mergeRows, rowOf as rowIn } from '@github-repo-stats/shared/rows';
import { RUN_COMPLETED } from '@github-repo-stats/shared/topology';
import type { Summary } from '../../services/reporter/src/summary.ts';
import type { Evidence } from './evidence.ts';

const BATCH = 'b-s00001-00001-1';

export const rowOf = (n: number): TruthRow => ({
  repo: `acme/repo-${n}`,
  repoId: `R_${n}`,
  isArchived: false,
  isTemplate: false,
  isFork: false,
  visibility: 'PUBLIC',
  createdAt: START,
  repoUpdatedAt: START,
  pushedAt: START,
  openIssues: n,
  closedIssues: 1,
  totalIssues: n + 1,
  openPRs: n,
  closedPRs: 1,
  mergedPRs: 1,
  totalPRs: n + 2,
  stars: n,
  forks: 0,
  language: null,
  licence: null,
  diskUsage: 1,
});

export const documentOf = (row: TruthRow): RepoStats => ({
  ...row,
  id: `${row.repo.replace('/', '.')}.${RUN_ID}`,
  runId: RUN_ID,
  batchId: BATCH,
  attempt: 1,
  collectedAt: START,
});

const source: Source = {
  id: 'source.s00001',
  runId: RUN_ID,
  type: 'source',
  sourceId: 's00001',
  what: { kind: 'owner', owner: 'acme', exclude: [], individual: [] },
  failedCount: 0,
};

const planOf = (rows: readonly TruthRow[]): Plan => ({
  id: 'plan.s00001.00001',
  runId: RUN_ID,
  type: 'plan',
  sourceId: 's00001',
  page: 1,
  batches: [{ batchId: BATCH, repos: rows.map((r) => ({ nameWithOwner: r.repo, id: r.repoId })) }],
  last: true,
  lastCount: 1,
  planned: rows.length,
  calls: 1,
  points: 1,
  seconds: 1,
});

const noticesOf = (revision: number): Notices => ({
  id: `notices.${revision}`,
  runId: RUN_ID,
  type: 'notices',
  revision,
  kind: revision === 0 ? 'start' : 'end',
  open: 0,
  event: { state: revision === 0 ? 'off' : 'done', tries: 1 },
  mail: { state: 'done', tries: 1 },
});

const mark: ArchiveMark = {
  id: 'archive.1',
  runId: RUN_ID,
  type: 'archive',
  revision: 1,
  rows: 2,
  bytes: 1,
  sha256: '',
  archivedAt: START,
  open: 1,
};

/** Three repositories, of which the last one may fail as not-found, and did. */
export function evidence(): Evidence {
  const truth = [rowOf(1), rowOf(2), rowOf(3)];
  const [first, second, third] = truth as [TruthRow, TruthRow, TruthRow];
  const outcome: Outcome = {
    ...emptyOutcome(RUN_ID, BATCH),
    entries: {
      [first.repo]: { state: 'created', attempt: 1 },
      [second.repo]: { state: 'created', attempt: 1 },
      [third.repo]: { state: 'failed', attempt: 1, reason: 'not-found' },
    },
    created: 2,
    failed: 1,
  };
  const totals = { totalReceived: 3, totalProcessed: 3, totalCreatedCount: 2, totalFailedCount: 1 };
  return {
    run: runOf({
      status: 'completed',
      revision: 1,
      ...totals,
      totalPlanned: 3,
      sourcesResolved: 1,
      createdList: `${first.repo},${second.repo}`,
      failedList: third.repo,
      failuresByReason: { 'not-found': 1 },
    }),
    sources: [{ ...source }],
    plans: [planOf(truth)],
    outcomes: [outcome],
    stats: [documentOf(first), documentOf(second)],
    rows: [
      mergeRows(
        undefined,
        { runId: RUN_ID, batchId: BATCH },
        [first, second].map(documentOf).map(rowIn),
        60,
      )!,
    ],
    summary: {
      created: 2,
      failed: 1,
      totals: { repositories: 2, archived: 0, stars: 3, openIssues: 3, mergedPRs: 2 },
    } as Summary,
    marks: [{ ...mark }],
    archived: {
      manifest: manifestOf({ id: RUN_ID, revision: 1, status: 'completed' }, [], {}),
      documents: [first, second].map((row): Archived => ({ ...documentOf(row) })),
    },
    notices: [noticesOf(0), noticesOf(1)],
    events: [{ id: `${RUN_ID}.1`, type: RUN_COMPLETED, data: totals }],
    mailSubjects: [`started (run ${RUN_ID})`, `completed (run ${RUN_ID})`],
    truths: [truth],
    failing: new Map([[third.repoId, ['not-found']]]),
    calls: {
      calls: 2,
      tokens: {
        first: {
          ...NO_CALLS,
          calls: { stats: 1, listing: 1, other: 0 },
          byKind: { stats: NO_CALLS, listing: NO_CALLS, other: NO_CALLS },
          inFlight: { stats: 0, listing: 0, other: 0 },
          maxInFlight: { stats: 1, listing: 1, other: 0, all: 2 },
          replies: { 200: 2 },
          points: 2,
          callsWhileLimited: 0,
          callsLateWhileLimited: 0,
        },
      },
    },
    queues: { fetch: { waiting: [], deadLetters: ['garbage-1'] }, write: { waiting: [], deadLetters: [] } },
    garbage: { fetch: ['garbage-1'], write: [] },
  };
}

const NO_CALLS = {
  repositories: 0,
  serverSeconds: 0,
  timeouts: 0,
  answeringSeconds: 0,
  firstAt: null,
  lastEndedAt: null,
};
