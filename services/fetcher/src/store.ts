/** The fetcher's documents: plans and outcomes in run-info. */
import type { Container } from '@azure/cosmos';
import type { Outcome } from '@github-repo-stats/shared/documents';
import { plannedBatches } from '@github-repo-stats/shared/fail-batch';
import { outcomeId } from '@github-repo-stats/shared/ids';
import { markPending } from '@github-repo-stats/shared/rerun';
import { readDocument } from '@github-repo-stats/shared/run-info';
import type { ClaimStore } from './claim-batch.ts';

export const fetcherStore = (runInfo: Container): ClaimStore => ({
  readBatch: plannedBatches(runInfo),
  readOutcome: async (runId, batchId) =>
    (await readDocument<Outcome>(runInfo, outcomeId(batchId), runId))?.document,
  reopen: (runId, batchId, names) => markPending(runInfo, { runId, batchId }, () => names, new Date()),
});
