/** The reporter's documents: in run-info runs, outcomes, plans, sources, rows, summaries and notices; the records of repositories. */
import type { Container } from '@azure/cosmos';
import type { FailedSource, Outcome, Plan, Run, Source } from '@github-repo-stats/shared/documents';
import type { Notices } from '@github-repo-stats/shared/notices';
import { endedSources, measureProgress } from '@github-repo-stats/shared/progress';
import { addQueries } from '@github-repo-stats/shared/github/cost';
import {
  knownRepositoryId,
  mergeSight,
  type KnownRepository,
} from '@github-repo-stats/shared/known-repository';
import type { Rows } from '@github-repo-stats/shared/rows';
import { unionOf } from '@github-repo-stats/shared/outcome';
import {
  IS_ACTIVE_RUN,
  changeDocument,
  createOnce,
  documentsOf,
  readDocument,
  replaceIfUnchanged,
} from '@github-repo-stats/shared/run-info';
import { ALERTS_PARTITION, LAST_ALERTS_ID, type AlertDocument, type LastAlerts } from './alert-state.ts';
import type { SummaryStore } from './build-summary.ts';
import type { ListingCosts, ReporterStore } from './check-run.ts';
import type { NoticesStore } from './notices.ts';
import type { AlertStore } from './raise-alerts.ts';
import type { ToldState } from './quality/quality.ts';
import { summaryId, type Summary } from './summary.ts';

export function reporterStore(runInfo: Container): ReporterStore {
  return {
    readRun: (runId) => readDocument<Run>(runInfo, runId, runId),
    measure: (runId) => measureProgress(runInfo, runId),
    outcomes: (runId) => documentsOf<Outcome>(runInfo, runId, `c.type = 'outcome'`),
    async listingCosts(runId) {
      const spentBy = `c.type IN ('plan', 'source')`;
      const columns = 'c.calls, c.points, c.seconds, c.queries, c.refusedBy';
      const sum: ListingCosts = { calls: 0, points: 0, seconds: 0 };
      for await (const spent of documentsOf<Partial<ListingCosts>>(runInfo, runId, spentBy, columns)) {
        sum.calls += spent.calls ?? 0;
        sum.points += spent.points ?? 0;
        sum.seconds += spent.seconds ?? 0;
        sum.queries = addQueries(sum.queries, spent.queries);
        sum.refusedBy = unionOf(sum.refusedBy, spent.refusedBy);
      }
      return sum;
    },
    async failedSources(runId) {
      const failed: FailedSource[] = [];
      const ids = (await endedSources(runInfo, runId)).failed;
      for await (const s of documentsOf<Source>(runInfo, runId, `c.type = 'source'`))
        if (ids.has(s.sourceId) && failed.length < 100)
          failed.push({
            source: s.what.kind === 'owner' ? s.what.owner : s.what.names.join(',').slice(0, 200),
            reason: s.reason ?? 'transport',
            ...(s.detail && { detail: s.detail }),
          });
      return failed;
    },
    replaceRun: async (run, etag) => (await replaceIfUnchanged(runInfo, run, run.id, etag)) !== undefined,
  };
}

const alertStore = (runInfo: Container): AlertStore => ({
  lastAlerts: () => readDocument<LastAlerts>(runInfo, LAST_ALERTS_ID, ALERTS_PARTITION),
  alertDocuments: () =>
    documentsOf<AlertDocument & { _etag: string }>(runInfo, ALERTS_PARTITION, `c.type = 'alerts'`),
  writeAlerts: async (document, etag) =>
    etag === undefined
      ? createOnce(runInfo, document)
      : (await replaceIfUnchanged(runInfo, document, ALERTS_PARTITION, etag)) !== undefined,
});

export const summaryStore = (runInfo: Container, repos: Container): SummaryStore => ({
  ...alertStore(runInfo),
  rows: (runId) => documentsOf<Rows>(runInfo, runId, `c.type = 'rows'`),
  async listed(runId) {
    const sources: Source[] = [];
    for await (const source of documentsOf<Source>(runInfo, runId, `c.type = 'source'`)) sources.push(source);
    const { resolved } = await endedSources(runInfo, runId);
    const plans = () =>
      documentsOf<Pick<Plan, 'sourceId' | 'batches'>>(
        runInfo,
        runId,
        `c.type = 'plan'`,
        'c.sourceId, c.batches',
      );
    return { sources, resolved, plans };
  },
  readSummary: async (runId, revision) =>
    (await readDocument<Summary>(runInfo, summaryId(revision), runId))?.document,
  async lastSummary(runId) {
    let last = 0;
    const summaries = documentsOf<Pick<Summary, 'revision'>>(
      runInfo,
      runId,
      `c.type = 'summary'`,
      'c.revision',
    );
    for await (const { revision } of summaries) last = Math.max(last, revision);
    return last > 0 ? (await readDocument<Summary>(runInfo, summaryId(last), runId))?.document : undefined;
  },
  writeSummary: async (summary) => void (await runInfo.items.upsert(summary)),
  async markGone(runId, repoIds) {
    for (const repoId of repoIds) {
      const id = knownRepositoryId(repoId);
      const noted = (now: KnownRepository | undefined) => mergeSight(now, { runId, repoId, gone: true });
      // Most have none: nothing of them ever turned.
      const isMade = await createOnce(repos, noted(undefined)!);
      if (!isMade) await changeDocument<KnownRepository>(repos, id, id, noted);
    }
  },
});

/** The event of a revision was held back, and a person has let it go: lists show what its checks found. */
export async function noteReleased(runInfo: Container, runId: string, revision: number): Promise<void> {
  const failed: ToldState = 'failed';
  await runInfo.item(summaryId(revision), runId).patch([{ op: 'set', path: '/qualityState', value: failed }]);
}

export const noticesStore = (runInfo: Container): NoticesStore => ({
  create: async (notices) => void (await createOnce(runInfo, notices)),
  read: (runId, id) => readDocument<Notices>(runInfo, id, runId),
  replace: (notices, etag) => replaceIfUnchanged(runInfo, notices, notices.runId, etag),
});

/** Runs under way and runs with notices to send: what the sweep looks at. */
export async function runsToSweep(runInfo: Container): Promise<string[]> {
  const query = `SELECT c.runId FROM c WHERE (${IS_ACTIVE_RUN}) OR (c.type = 'notices' AND c.open > 0)`;
  const { resources } = await runInfo.items.query<{ runId: string }>(query).fetchAll();
  return [...new Set(resources.map((r) => r.runId))];
}

/** Ids of the notices of a run that are to be sent, the earlier revision first. */
export async function openNotices(runInfo: Container, runId: string): Promise<string[]> {
  const due: Pick<Notices, 'id' | 'revision'>[] = [];
  const condition = `c.type = 'notices' AND c.open > 0`;
  for await (const notices of documentsOf<Notices>(runInfo, runId, condition)) due.push(notices);
  return due.sort((a, b) => a.revision - b.revision).map((r) => r.id);
}
