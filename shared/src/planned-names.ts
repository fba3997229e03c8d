/** Holds the names of a message about a batch to the plan of its run. */
import type { Plan } from './documents.ts';
import { UnreadableMessage, type FetchBatch, type FetchBatchByHand } from './messages.ts';

type PlannedBatch = Plan['batches'][number];

/** The names that a message is about, each once; undefined for the whole batch. */
export function namesIn(message: FetchBatch | FetchBatchByHand): string[] | undefined {
  const repos = (message.repos ?? []).map((r) => r.nameWithOwner);
  // Dropped by hand: names as texts or as repos; neither means the whole batch.
  const names = 'attempt' in message ? repos : [...(message.names ?? []), ...repos];
  return names.length > 0 ? [...new Set(names)] : undefined;
}

/**
 * @param foreign names that are not in the plan of the batch; undefined when there is no such batch.
 * @throws UnreadableMessage when there is either.
 */
export function refuseUnplanned(
  { runId, batchId }: { runId: string; batchId: string },
  foreign: readonly string[] | undefined,
): void {
  if (!foreign) throw new UnreadableMessage(`There is no batch ${batchId} in run ${runId}`);
  if (foreign.length > 0)
    throw new UnreadableMessage(`Not in the plan of batch ${batchId}: ${foreign.slice(0, 5).join(', ')}`);
}

/**
 * The repositories of these names, with the node ids that the plan knows; all of the batch when no names are given.
 * @throws UnreadableMessage for an unknown batch, and for names outside its plan.
 */
export function plannedRepos(
  of: { runId: string; batchId: string },
  planned: PlannedBatch | undefined,
  names: readonly string[] | undefined,
): PlannedBatch['repos'] {
  const known = new Map(planned?.repos.map((r) => [r.nameWithOwner, r]));
  const wanted = names && [...new Set(names)];
  refuseUnplanned(of, planned && (wanted ?? []).filter((name) => !known.has(name)));
  return wanted ? wanted.map((name) => known.get(name)!) : planned!.repos;
}
