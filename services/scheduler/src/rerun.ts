/**
 * Collects repositories of a run again. It ends in one of these ways:
 * - the failed repositories, or all of the named batches, are marked pending (which reopens the run) and sent again; with the
 *   failed repositories go the failed sources, which are listed again from where they failed;
 * - there is nothing to run again;
 * - a named batch is not of this run: refused before anything is marked.
 */
import type { Plan } from '@github-repo-stats/shared/documents';
import { fetchEnvelope, resolveEnvelope } from '@github-repo-stats/shared/messages';
import type { QueueSender } from '@github-repo-stats/shared/settlement';

type Batch = Plan['batches'][number];
/** Names of one batch. */
export interface BatchNames {
  batchId: string;
  names: readonly string[];
}

export interface RerunStore {
  readBatch(runId: string, batchId: string): Promise<Batch | undefined>;
  /** Batches with failed names. */
  failedBatches(runId: string): AsyncIterable<BatchNames>;
  /** Batches with pending names, and the attempt that is to settle them. */
  pendingBatches(runId: string): AsyncIterable<BatchNames & { attempt: number }>;
  markPending(runId: string, batchId: string, names: readonly string[]): Promise<number>;
  /** Ids of the sources that failed by name. */
  failedSources(runId: string): Promise<string[]>;
  /** Lets a failed source be resolved again, which reopens the run. */
  reopenSource(runId: string, sourceId: string): Promise<void>;
}

export interface RerunDeps {
  store: RerunStore;
  resolveQueue: QueueSender;
  fetchQueue: QueueSender;
  credential: string;
}

export type RerunResult =
  | { kind: 'sent'; sources: number; batches: number; repositories: number }
  | { kind: 'unknown-batches'; batchIds: string[] };

/**
 * All is marked before anything is sent, so that the run ends once, when all of it is settled. A crash in between leaves what is
 * pending and sources without a plan, which the sweep sends.
 */
export async function rerun(
  runId: string,
  batchIds: readonly string[] | undefined,
  deps: RerunDeps,
): Promise<RerunResult> {
  return batchIds === undefined ? rerunFailed(runId, deps) : rerunBatches(runId, batchIds, deps);
}

async function rerunFailed(runId: string, deps: RerunDeps): Promise<RerunResult> {
  const { store, resolveQueue, credential } = deps;
  const sent = { kind: 'sent' as const, sources: 0, batches: 0, repositories: 0 };
  for await (const { batchId, names } of store.failedBatches(runId)) {
    const repos = await plannedOf(runId, { batchId, names }, store);
    if (repos.length === 0) continue;
    await store.markPending(runId, batchId, namesOf(repos));
    sent.batches++;
    sent.repositories += repos.length;
  }
  const sources = await store.failedSources(runId);
  for (const sourceId of sources) await store.reopenSource(runId, sourceId);
  sent.sources = sources.length;
  if (sent.batches > 0)
    for await (const { batchId, names, attempt } of store.pendingBatches(runId))
      await sendAgain(runId, batchId, await plannedOf(runId, { batchId, names }, store), attempt, deps);
  // Pages that have their plan send it again, and lead to the one that failed.
  for (const sourceId of sources)
    await resolveQueue.send([resolveEnvelope({ runId, sourceId, page: 1, attempt: 1, wait: 0 }, credential)]);
  return sent;
}

async function rerunBatches(
  runId: string,
  batchIds: readonly string[],
  deps: RerunDeps,
): Promise<RerunResult> {
  const ids = [...new Set(batchIds)];
  const known = await Promise.all(ids.map((id) => deps.store.readBatch(runId, id)));
  const unknown = ids.filter((_, i) => known[i] === undefined);
  if (unknown.length > 0) return { kind: 'unknown-batches', batchIds: unknown };
  const batches = known.filter((batch) => batch !== undefined);
  const attempts = new Map<Batch, number>();
  for (const batch of batches)
    attempts.set(batch, await deps.store.markPending(runId, batch.batchId, namesOf(batch.repos)));
  for (const [batch, attempt] of attempts) await sendAgain(runId, batch.batchId, batch.repos, attempt, deps);
  const repositories = batches.reduce((sum, batch) => sum + batch.repos.length, 0);
  return { kind: 'sent', sources: 0, batches: batches.length, repositories };
}

const namesOf = (repos: Batch['repos']): string[] => repos.map((r) => r.nameWithOwner);

/** Those of the names that the plan knows. */
async function plannedOf(
  runId: string,
  { batchId, names }: BatchNames,
  store: RerunStore,
): Promise<Batch['repos']> {
  const batch = await store.readBatch(runId, batchId);
  return batch?.repos.filter((r) => names.includes(r.nameWithOwner)) ?? [];
}

async function sendAgain(
  runId: string,
  batchId: string,
  repos: Batch['repos'],
  attempt: number,
  { fetchQueue, credential }: RerunDeps,
): Promise<void> {
  if (repos.length === 0) return;
  const message = { runId, batchId, repos, attempt, firstAttempt: attempt, wait: 0 };
  await fetchQueue.send([fetchEnvelope(message, credential)]);
}
