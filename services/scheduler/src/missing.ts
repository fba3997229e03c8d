/** What a run still waits for: sources without their last plan, and batches with names that are not settled. */
import type { Container } from '@azure/cosmos';
import type { Outcome, Plan, Source } from '@github-repo-stats/shared/documents';
import { outcomeId } from '@github-repo-stats/shared/ids';
import type { FetchBatch, ResolveSource } from '@github-repo-stats/shared/messages';
import { unsettled } from '@github-repo-stats/shared/outcome';
import { documentsOf, readDocument } from '@github-repo-stats/shared/run-info';

/** The message that would bring it on its way again; safe to send though another copy may be under way. */
export type Missing =
  { kind: 'source'; source: Source; message: ResolveSource } | { kind: 'batch'; message: FetchBatch };

/** Reads all plans of a run, one page in memory: for quiet runs only. */
export async function* missingOf(runInfo: Container, runId: string): AsyncGenerator<Missing> {
  const latest = new Map<string, { page: number; last: boolean }>();
  for await (const plan of documentsOf<Plan>(runInfo, runId, `c.type = 'plan'`)) {
    const known = latest.get(plan.sourceId);
    if (!known || plan.page > known.page) latest.set(plan.sourceId, { page: plan.page, last: plan.last });
    for (const batch of plan.batches) {
      const message = await missingBatch(runInfo, runId, batch);
      if (message) yield { kind: 'batch', message };
    }
  }
  for await (const source of documentsOf<Source>(runInfo, runId, `c.type = 'source'`)) {
    const plan = latest.get(source.sourceId);
    if (source.failedCount > 0 || plan?.last) continue;
    // The last page that has a plan: repeated, it sends that plan and the next page.
    const page = plan?.page ?? 1;
    yield {
      kind: 'source',
      source,
      message: { runId, sourceId: source.sourceId, page, attempt: 1, wait: 0 },
    };
  }
}

async function missingBatch(
  runInfo: Container,
  runId: string,
  batch: Plan['batches'][number],
): Promise<FetchBatch | undefined> {
  const outcome = (await readDocument<Outcome>(runInfo, outcomeId(batch.batchId), runId))?.document;
  const repos = unsettled(batch.repos, outcome);
  if (repos.length === 0) return undefined;
  const attempt = Math.max(1, ...repos.map((r) => outcome?.entries[r.nameWithOwner]?.attempt ?? 1));
  return { runId, batchId: batch.batchId, repos, attempt, firstAttempt: attempt, wait: 0 };
}
