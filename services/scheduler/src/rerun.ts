/**
 * Collects repositories of a run again. It ends in one of these ways:
 * - the failed repositories, or all of the named batches, are marked pending (which reopens the run) and sent again;
 * - there is nothing to run again;
 * - a named batch is not of this run: refused before anything is marked.
 */
import type { Plan } from '@github-repo-stats/shared/documents';
import { fetchEnvelope } from '@github-repo-stats/shared/messages';
import type { QueueSender } from '@github-repo-stats/shared/settlement';

export interface RerunStore {
  readBatch(runId: string, batchId: string): Promise<Plan['batches'][number] | undefined>;
  /** Batches with failed names. */
  failedBatches(runId: string): AsyncIterable<{ batchId: string; names: string[] }>;
  markPending(runId: string, batchId: string, names: readonly string[]): Promise<number>;
}

export type RerunResult =
  { kind: 'sent'; batches: number; repositories: number } | { kind: 'unknown-batches'; batchIds: string[] };

export async function rerun(
  runId: string,
  batchIds: readonly string[] | undefined,
  deps: { store: RerunStore; fetchQueue: QueueSender; credential: string },
): Promise<RerunResult> {
  const sent = { kind: 'sent' as const, batches: 0, repositories: 0 };
  const again = async (batchId: string, names: readonly string[]): Promise<void> => {
    const batch = await deps.store.readBatch(runId, batchId);
    const repos = batch?.repos.filter((r) => names.includes(r.nameWithOwner)) ?? [];
    if (repos.length === 0) return;
    const marked = repos.map((r) => r.nameWithOwner);
    // Marked first: a crash before the message is sent leaves pending names, which the sweep sends again.
    const attempt = await deps.store.markPending(runId, batchId, marked);
    const message = { runId, batchId, repos, attempt, firstAttempt: attempt, wait: 0 };
    await deps.fetchQueue.send([fetchEnvelope(message, deps.credential)]);
    sent.batches++;
    sent.repositories += repos.length;
  };
  if (batchIds === undefined) {
    for await (const { batchId, names } of deps.store.failedBatches(runId)) await again(batchId, names);
    return sent;
  }
  const ids = [...new Set(batchIds)];
  const known = await Promise.all(ids.map((id) => deps.store.readBatch(runId, id)));
  const unknown = ids.filter((_, i) => known[i] === undefined);
  if (unknown.length > 0) return { kind: 'unknown-batches', batchIds: unknown };
  for (const batch of known)
    if (batch)
      await again(
        batch.batchId,
        batch.repos.map((r) => r.nameWithOwner),
      );
  return sent;
}
