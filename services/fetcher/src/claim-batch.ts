/**
 * Decides what of a FetchBatch is still to be fetched. It ends in one of these ways:
 * - dropped by hand: its names are marked pending again, the run is reopened, and it is to go to a lane as the next attempt;
 * - settled meanwhile, or overtaken by a newer attempt: nothing is left;
 * - the rest of the batch, with the node ids that the plan knows;
 * - run, batch or names are not of any plan: the message is not understood, and ends as a dead letter.
 */
import type { Outcome, Plan } from '@github-repo-stats/shared/documents';
import type { FetchBatch, FetchBatchByHand } from '@github-repo-stats/shared/messages';
import { isSettled } from '@github-repo-stats/shared/outcome';
import { namesIn, plannedRepos } from '@github-repo-stats/shared/planned-names';

export interface ClaimStore {
  readBatch(runId: string, batchId: string): Promise<Plan['batches'][number] | undefined>;
  readOutcome(runId: string, batchId: string): Promise<Outcome | undefined>;
  /** Marks names as pending again and reopens their run; resolves to the attempt that is to settle them. */
  reopen(runId: string, batchId: string, names: readonly string[]): Promise<number>;
}

export type Claim =
  { kind: 'forward'; message: FetchBatch } | { kind: 'nothing' } | { kind: 'fetch'; message: FetchBatch };

export async function claimBatch(message: FetchBatch | FetchBatchByHand, store: ClaimStore): Promise<Claim> {
  const { runId, batchId } = message;
  // Both at once: GitHub waits for them between two batches.
  const [batch, outcome] = await Promise.all([
    store.readBatch(runId, batchId),
    'attempt' in message ? store.readOutcome(runId, batchId) : undefined,
  ]);
  const repos = plannedRepos(message, batch, namesIn(message));

  if (!('attempt' in message)) {
    const names = repos.map((r) => r.nameWithOwner);
    const attempt = await store.reopen(runId, batchId, names);
    return { kind: 'forward', message: { runId, batchId, repos, attempt, firstAttempt: attempt, wait: 0 } };
  }
  const left = repos.filter((r) => {
    const entry = outcome?.entries[r.nameWithOwner];
    return !isSettled(entry) && (entry?.attempt ?? 0) <= message.attempt;
  });
  return left.length === 0 ? { kind: 'nothing' } : { kind: 'fetch', message: { ...message, repos: left } };
}
