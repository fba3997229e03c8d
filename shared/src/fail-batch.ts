/** Settles what is left of a batch as failed, when its message cannot be handled any more. */
import type { Container } from '@azure/cosmos';
import type { OutcomeEntry, Plan } from './documents.ts';
import { planOfBatch } from './ids.ts';
import { keepFew } from './keep-few.ts';
import { isSettled } from './outcome.ts';
import type { FailureReason } from './reasons.ts';
import { readExpected, updateOutcome } from './run-info.ts';

type ReadPlan = (runId: string, id: string) => Promise<Plan | undefined>;
type PlannedBatch = Plan['batches'][number];

/** The part of a plan that a batch is; undefined for an unknown run or batch. */
export const plannedBatch = (
  runInfo: Container,
  runId: string,
  batchId: string,
): Promise<PlannedBatch | undefined> => batchIn(readPlanOf(runInfo), runId, batchId);

/** Plans that are kept in memory, each about 10 KB: those of the batches under way. */
const KEPT = 8;

/** As `plannedBatch`, but the plan of batches that follow each other is read once: it never changes. */
export function plannedBatches(
  runInfo: Container,
): (runId: string, batchId: string) => Promise<PlannedBatch | undefined> {
  const readPlan = keepFew(KEPT, readPlanOf(runInfo));
  return (runId, batchId) => batchIn(readPlan, runId, batchId);
}

const readPlanOf =
  (runInfo: Container): ReadPlan =>
  async (runId, id) =>
    (await readExpected<Plan>(runInfo, id, runId))?.document;

async function batchIn(
  readPlan: ReadPlan,
  runId: string,
  batchId: string,
): Promise<PlannedBatch | undefined> {
  const id = planOfBatch(batchId);
  const plan = id === undefined ? undefined : await readPlan(runId, id);
  return plan?.batches.find((b) => b.batchId === batchId);
}

/**
 * Marks the unsettled ones of `names` (all of the batch when absent) as failed.
 * @param attempt of the message that died: names that a newer attempt is to settle are left to it. Without it, pending names are.
 * @returns how many were marked; 0 for an unknown batch. Safe to repeat.
 */
export async function failUnsettled(
  runInfo: Container,
  batch: { runId: string; batchId: string },
  names: readonly string[] | undefined,
  why: { reason: FailureReason; detail: string },
  attempt?: number,
): Promise<number> {
  const planned = await plannedBatch(runInfo, batch.runId, batch.batchId);
  if (!planned) return 0;
  const wanted = new Set(names);
  const affected = planned.repos
    .map((r) => r.nameWithOwner)
    .filter((name) => names === undefined || wanted.has(name));
  let failed = 0;
  await updateOutcome(runInfo, batch, (now) => {
    const left = affected.filter((name) => {
      const entry = now?.entries[name];
      return !entry || (!isSettled(entry) && attempt !== undefined && entry.attempt <= attempt);
    });
    failed = left.length;
    const entry = (name: string): OutcomeEntry => ({
      state: 'failed',
      attempt: now?.entries[name]?.attempt ?? 1,
      reason: why.reason,
      detail: why.detail.slice(0, 300),
    });
    return { ...batch, entries: Object.fromEntries(left.map((name) => [name, entry(name)])) };
  });
  return failed;
}
