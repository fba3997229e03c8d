/**
 * Decides what of a FetchBatch is still to be fetched. It ends in one of these ways:
 * - dropped by hand: its names are marked pending again, the run is reopened, and it is to go to a lane as the next attempt;
 * - settled meanwhile, or overtaken by a newer attempt: nothing is left;
 * - the rest of the batch, with the node ids that the plan knows;
 * - run, batch or names are not of any plan: the message is not understood, and ends as a dead letter.
 */
import type { Outcome, Plan } from '@github-repo-stats/shared/documents';
import {
  UnreadableMessage,
  type FetchBatch,
  type FetchBatchByHand,
} from '@github-repo-stats/shared/messages';
import { isSettled } from '@github-repo-stats/shared/outcome';

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
  const planned = await store.readBatch(runId, batchId);
  if (!planned) throw new UnreadableMessage(`There is no batch ${batchId} in run ${runId}`);
  const byName = new Map(planned.repos.map((r) => [r.nameWithOwner, r]));
  const names = namesIn(message) ?? planned.repos.map((r) => r.nameWithOwner);
  const foreign = names.filter((name) => !byName.has(name));
  if (foreign.length > 0)
    throw new UnreadableMessage(`Not in the plan of batch ${batchId}: ${foreign.slice(0, 5).join(', ')}`);
  const repos = names.map((name) => byName.get(name)!);

  if (!('attempt' in message)) {
    const attempt = await store.reopen(runId, batchId, names);
    return { kind: 'forward', message: { runId, batchId, repos, attempt, firstAttempt: attempt, wait: 0 } };
  }
  const outcome = await store.readOutcome(runId, batchId);
  const left = repos.filter((r) => {
    const entry = outcome?.entries[r.nameWithOwner];
    return !isSettled(entry) && (entry?.attempt ?? 0) <= message.attempt;
  });
  return left.length === 0 ? { kind: 'nothing' } : { kind: 'fetch', message: { ...message, repos: left } };
}

/** The names that a message is about, each once; undefined for the whole batch. */
export function namesIn(message: FetchBatch | FetchBatchByHand): string[] | undefined {
  const repos = (message.repos ?? []).map((r) => r.nameWithOwner);
  const names = 'attempt' in message ? repos : [...(message.names ?? []), ...repos];
  return names.length > 0 ? [...new Set(names)] : undefined;
}
