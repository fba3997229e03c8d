/** The scheduler's documents in run-info and pace. */
import type { Container, OperationInput } from '@azure/cosmos';
import { markId, type ArchiveMark } from '@github-repo-stats/shared/archive/mark';
import type { Outcome, OutcomeEntry, Run, Selection, Source } from '@github-repo-stats/shared/documents';
import { plannedBatch } from '@github-repo-stats/shared/fail-batch';
import { SELECTION_ID, sourceDocumentId } from '@github-repo-stats/shared/ids';
import type { Notices } from '@github-repo-stats/shared/notices';
import { ORDERS, type Order } from '@github-repo-stats/shared/orders';
import { endedSources, measureProgress } from '@github-repo-stats/shared/progress';
import { markPending } from '@github-repo-stats/shared/rerun';
import {
  changeDocument,
  createOnce,
  documentsOf,
  readDocument,
  reopenRun,
  replaceIfUnchanged,
} from '@github-repo-stats/shared/run-info';
import { DEAD_LETTERS_ID, type DeadLettersSeen } from '@github-repo-stats/shared/shown-letter';
import { earlierRuns } from './earlier-runs.ts';
import { missingOf } from './missing.ts';
import type { NoteDeps } from './note-dead-letters.ts';
import { activeRuns } from './queries.ts';
import type { ReleaseStore } from './release-event.ts';
import type { RequestStore } from './request-run.ts';
import type { RerunStore } from './rerun.ts';
import type { SendBackStore } from './send-back.ts';
import type { StartStore } from './start-run.ts';
import type { SweepStore } from './sweep-runs.ts';
import type { OrderStore } from './take-orders.ts';

/** The selection of a run, stored in one transaction with the run document, from which sources can be written again. */
interface SelectionDocument {
  id: typeof SELECTION_ID;
  runId: string;
  type: 'selection';
  selection: Selection;
}

export const startStore = (runInfo: Container): StartStore => ({
  earlierRuns: (runId, selectionDigest) => earlierRuns(runInfo, runId, selectionDigest),
  async createRun(run, selection) {
    const document: SelectionDocument = { id: SELECTION_ID, runId: run.id, type: 'selection', selection };
    const operations = [run, document].map(
      (resourceBody) => ({ operationType: 'Create', resourceBody }) as unknown as OperationInput,
    );
    const { result = [] } = await runInfo.items.batch(operations, run.id);
    if (result.every((r) => r.statusCode === 201)) return true;
    if (result.some((r) => r.statusCode === 409)) return false;
    const codes = result.map((r) => r.statusCode);
    throw Object.assign(new Error(`Run ${run.id} could not be stored: ${codes.join(', ')}`), {
      code: codes.find((code) => code !== 424),
    });
  },
  createSource: async (source) => void (await createOnce(runInfo, source)),
  markRunning: (runId) =>
    changeDocument<Run>(runInfo, runId, runId, (now) =>
      now.status === 'starting' ? { ...now, status: 'running' } : undefined,
    ),
});

/** What an Idempotency-Key is tied to; partition of its own, id = the key's digest. */
interface TiedKey {
  id: string;
  runId: 'request-keys';
  type: 'request-key';
  startedRunId: string;
}
const KEYS = 'request-keys';

export const requestStore = (runInfo: Container): RequestStore => ({
  readKey: async (key) => (await readDocument<TiedKey>(runInfo, key, KEYS))?.document.startedRunId,
  async tieKey(key, startedRunId, from) {
    const tied: TiedKey = { id: key, runId: KEYS, type: 'request-key', startedRunId };
    for (;;) {
      const now = await readDocument<TiedKey>(runInfo, key, KEYS);
      if (!now && (await createOnce(runInfo, tied))) return startedRunId;
      if (!now) continue;
      if (now.document.startedRunId !== from) return now.document.startedRunId;
      if (await replaceIfUnchanged(runInfo, tied, KEYS, now.etag)) return startedRunId;
    }
  },
  keyOfRun: async (runId) => (await readDocument<Run>(runInfo, runId, runId))?.document.requestKey,
});

const namesIn = ({ entries }: Outcome, state: OutcomeEntry['state']): string[] =>
  Object.entries(entries).flatMap(([name, entry]) => (entry.state === state ? name : []));

export const sendBackStore = (runInfo: Container): SendBackStore => ({
  readSource: async (runId, sourceId) =>
    (await readDocument<Source>(runInfo, sourceDocumentId(sourceId), runId))?.document,
  reopenSource: (runId, sourceId) => reopenSource(runInfo, runId, sourceId),
  readBatch: (runId, batchId) => plannedBatch(runInfo, runId, batchId),
  async markUncollected(runId, batchId, names) {
    let left: string[] = [];
    const leftOf = (now: Outcome | undefined): string[] => {
      const isCollected = (name: string): boolean =>
        ['created', 'duplicate'].includes(now?.entries[name]?.state ?? '');
      return (left = names.filter((name) => !isCollected(name)));
    };
    const attempt = await markPending(runInfo, { runId, batchId }, leftOf, new Date());
    return { names: left, attempt };
  },
  readRun: async (runId) => (await readDocument<Run>(runInfo, runId, runId))?.document,
  isArchived: async (runId, revision) =>
    (await readDocument<ArchiveMark>(runInfo, markId(revision), runId)) !== undefined,
});

/** Lets a failed source be resolved again, and opens its run. */
async function reopenSource(runInfo: Container, runId: string, sourceId: string): Promise<void> {
  await changeDocument<Source>(runInfo, sourceDocumentId(sourceId), runId, (source) => {
    if (source.failedCount === 0) return undefined;
    const { reason: _reason, detail: _detail, ...rest } = source;
    return { ...rest, failedCount: 0, reopened: (source.reopened ?? 0) + 1 };
  });
  await reopenRun(runInfo, runId, new Date());
}

export const rerunStore = (runInfo: Container): RerunStore => ({
  readBatch: (runId, batchId) => plannedBatch(runInfo, runId, batchId),
  async *failedBatches(runId) {
    for await (const o of documentsOf<Outcome>(runInfo, runId, `c.type = 'outcome' AND c.failed > 0`))
      yield { batchId: o.batchId, names: namesIn(o, 'failed') };
  },
  async *pendingBatches(runId) {
    for await (const o of documentsOf<Outcome>(runInfo, runId, `c.type = 'outcome' AND c.pending > 0`)) {
      const names = namesIn(o, 'pending');
      yield { batchId: o.batchId, names, attempt: Math.max(...names.map((n) => o.entries[n]!.attempt)) };
    }
  },
  markPending: (runId, batchId, names) => markPending(runInfo, { runId, batchId }, () => names, new Date()),
  failedSources: async (runId) => [...(await endedSources(runInfo, runId)).failed],
  reopenSource: (runId, sourceId) => reopenSource(runInfo, runId, sourceId),
});

export const sweepStore = (runInfo: Container, pace: Container): SweepStore => ({
  activeRuns: () => activeRuns(runInfo),
  readSelection: async (runId) =>
    (await readDocument<SelectionDocument>(runInfo, SELECTION_ID, runId))?.document.selection,
  measure: (runId) => measureProgress(runInfo, runId),
  async announcedWait() {
    // Of every credential that ever asked: the scheduler need not be given any. Unfiltered, since pace has no index.
    const query = 'SELECT VALUE c.notBefore FROM c';
    const { resources } = await pace.items.query<string>(query).fetchAll();
    return Math.max(0, ...resources.map((notBefore) => Date.parse(notBefore)));
  },
  async markStalled(run, cause) {
    const now = await readDocument<Run>(runInfo, run.id, run.id);
    // Written meanwhile: it moves after all.
    if (!now || now.document.status !== 'running' || now.document.progressAt !== run.progressAt) return;
    const stalledAt = new Date().toISOString();
    const stalled: Run = { ...now.document, status: 'stalled', stalledAt, stalledCause: cause };
    await replaceIfUnchanged(runInfo, stalled, run.id, now.etag);
  },
  missing: (runId) => missingOf(runInfo, runId),
});

/** Orders taken in one sweep: each may be seconds of work. */
const ORDERS_A_SWEEP = 20;

export const orderStore = (runInfo: Container): OrderStore => ({
  async due() {
    const query = `SELECT * FROM c WHERE c.type = 'order' AND c.status = 'due'`;
    const { resources } = await runInfo.items
      .query<Order & { _etag: string }>(query, { partitionKey: ORDERS })
      .fetchAll();
    const oldestFirst = resources.sort((a, b) => (a.orderedAt < b.orderedAt ? -1 : 1));
    return oldestFirst.slice(0, ORDERS_A_SWEEP).map((document) => ({ document, etag: document._etag }));
  },
  mark: async (order, etag) => void (await replaceIfUnchanged(runInfo, order, ORDERS, etag)),
});

export const deadLettersSeenStore = (runInfo: Container): Pick<NoteDeps, 'read' | 'write'> => ({
  read: async () => (await readDocument<DeadLettersSeen>(runInfo, DEAD_LETTERS_ID, ORDERS))?.document,
  write: async (seen) => void (await runInfo.items.upsert(seen)),
});

export const releaseStore = (runInfo: Container): ReleaseStore => ({
  readRun: async (runId) => (await readDocument<Run>(runInfo, runId, runId))?.document,
  changeNotices: (runId, id, change) => changeDocument<Notices>(runInfo, id, runId, change),
});
