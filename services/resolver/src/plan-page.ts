/** Cuts the repositories of a page into batches: the plan that every repetition of the page finds. */
import type { Plan } from '@github-repo-stats/shared/documents';
import { batchId, planId } from '@github-repo-stats/shared/ids';
import type { FetchBatch, ResolveSource } from '@github-repo-stats/shared/messages';

export interface ListedPage {
  repos: { nameWithOwner: string; id?: string }[];
  next: string | undefined;
  cost: { calls: number; points: number; seconds: number };
}

/** @param batchSize repositories per batch, 1 to 100. */
export function planPage(message: ResolveSource, page: ListedPage, batchSize: number): Plan {
  const { runId, sourceId } = message;
  // A name has one outcome per batch: counted twice, it would keep the run from ending.
  const repos = [...new Map(page.repos.map((r) => [r.nameWithOwner, r])).values()];
  const batches: Plan['batches'] = [];
  for (let i = 0; i < repos.length; i += batchSize)
    batches.push({
      batchId: batchId(sourceId, message.page, batches.length + 1),
      repos: repos.slice(i, i + batchSize),
    });
  return {
    id: planId(sourceId, message.page),
    runId,
    type: 'plan',
    sourceId,
    page: message.page,
    batches,
    ...(page.next !== undefined && { endCursor: page.next }),
    last: page.next === undefined,
    lastCount: page.next === undefined ? 1 : 0,
    planned: repos.length,
    ...page.cost,
  };
}

/** The batches of a plan as messages, first attempts. */
export const batchesOf = (plan: Plan): FetchBatch[] =>
  plan.batches.map(({ batchId: id, repos }) => ({
    runId: plan.runId,
    batchId: id,
    repos,
    attempt: 1,
    firstAttempt: 1,
    wait: 0,
  }));

/** The message for the page after a plan, if there is one. */
export const nextPageOf = (plan: Plan): ResolveSource | undefined =>
  plan.last
    ? undefined
    : {
        runId: plan.runId,
        sourceId: plan.sourceId,
        page: plan.page + 1,
        ...(plan.endCursor !== undefined && { cursor: plan.endCursor }),
        attempt: 1,
        wait: 0,
      };
