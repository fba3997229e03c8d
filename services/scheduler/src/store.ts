/** The scheduler's documents in run-info and pace. */
import type { Container, OperationInput } from '@azure/cosmos';
import type { Outcome, Pace, Run, SelectionDocument, Source } from '@github-repo-stats/shared/documents';
import { plannedBatch } from '@github-repo-stats/shared/fail-batch';
import { SELECTION_ID, credentialLane, sourceDocumentId } from '@github-repo-stats/shared/ids';
import { measureProgress } from '@github-repo-stats/shared/progress';
import type { FailureReason } from '@github-repo-stats/shared/reasons';
import { markPending } from '@github-repo-stats/shared/rerun';
import { createOnce, readDocument, replaceIfUnchanged } from '@github-repo-stats/shared/run-info';
import { missingOf } from './missing.ts';
import { activeRuns, pagesOf } from './queries.ts';
import type { RequestStore } from './request-run.ts';
import type { RerunStore } from './rerun.ts';
import type { StartStore } from './start-run.ts';
import type { SweepStore } from './sweep-runs.ts';

export const startStore = (runInfo: Container): StartStore => ({
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
  async markRunning(runId) {
    for (;;) {
      const now = await readDocument<Run>(runInfo, runId, runId);
      if (now?.document.status !== 'starting') return;
      const running = { ...now.document, status: 'running' as const };
      if (await replaceIfUnchanged(runInfo, running, runId, now.etag)) return;
    }
  },
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

export const rerunStore = (runInfo: Container): RerunStore => ({
  readBatch: (runId, batchId) => plannedBatch(runInfo, runId, batchId),
  async *failedBatches(runId) {
    for await (const o of pagesOf<Outcome>(runInfo, runId, 'outcome', '*', ' AND c.failed > 0'))
      yield {
        batchId: o.batchId,
        names: Object.entries(o.entries).flatMap(([name, e]) => (e.state === 'failed' ? name : [])),
      };
  },
  markPending: (runId, batchId, names) => markPending(runInfo, { runId, batchId }, () => names, new Date()),
});

export const sweepStore = (
  runInfo: Container,
  pace: Container,
  credentials: readonly string[],
): SweepStore => ({
  activeRuns: () => activeRuns(runInfo),
  readSelection: async (runId) =>
    (await readDocument<SelectionDocument>(runInfo, SELECTION_ID, runId))?.document.selection,
  measure: (runId) => measureProgress(runInfo, runId),
  async announcedWait() {
    const paces = await Promise.all(
      credentials.map(credentialLane).map((id) => readDocument<Pace>(pace, id, id)),
    );
    return Math.max(0, ...paces.map((p) => (p?.document.notBefore ? Date.parse(p.document.notBefore) : 0)));
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

/** Lets a source fail by name; nothing when it has failed or is unknown. */
export async function failSource(
  runInfo: Container,
  { runId, sourceId }: { runId: string; sourceId: string },
  why: { reason: FailureReason; detail: string },
): Promise<void> {
  for (;;) {
    const now = await readDocument<Source>(runInfo, sourceDocumentId(sourceId), runId);
    if (!now || now.document.failedCount > 0) return;
    const failed: Source = {
      ...now.document,
      failedCount: 1,
      reason: why.reason,
      detail: why.detail.slice(0, 300),
    };
    if (await replaceIfUnchanged(runInfo, failed, runId, now.etag)) return;
  }
}
