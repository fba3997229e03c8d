/** Marks names of a batch to be collected again, which reopens their run. */
import type { Container } from '@azure/cosmos';
import type { Outcome } from './documents.ts';
import { pendingEntries } from './outcome.ts';
import { reopenRun, updateOutcome } from './run-info.ts';

/**
 * @param namesOf the names to mark, given the outcome as it stands.
 * @returns the attempt that is to settle them; 0 when there was no name to mark.
 */
export async function markPending(
  runInfo: Container,
  batch: { runId: string; batchId: string },
  namesOf: (now: Outcome | undefined) => readonly string[],
  now: Date,
): Promise<number> {
  let attempt = 0;
  const update = (outcome: Outcome | undefined) => {
    const names = namesOf(outcome);
    const marked = pendingEntries(names, outcome);
    attempt = names.length > 0 ? marked.attempt : 0;
    return { ...batch, entries: marked.entries };
  };
  await updateOutcome(runInfo, batch, update, { reopen: true });
  if (attempt > 0) await reopenRun(runInfo, batch.runId, now);
  return attempt;
}
