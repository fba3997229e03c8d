/** Cuts the repositories of a page into batches: the plan that every repetition of the page finds. */
import type { Plan } from '@github-repo-stats/shared/documents';
import { batchId, ownerOf, planId } from '@github-repo-stats/shared/ids';
import type { FetchBatch, GithubCost, ResolveSource } from '@github-repo-stats/shared/messages';

export interface ListedPage {
  repos: { nameWithOwner: string; id?: string }[];
  next: string | undefined;
  cost: GithubCost;
}

/**
 * @param batchSize repositories per batch, 1 to 100.
 * @param groupOf only repositories whose owners (in lower case) are of one group may share a batch: the same credentials may read them.
 */
export function planPage(
  message: ResolveSource,
  page: ListedPage,
  batchSize: number,
  groupOf: (owner: string) => string = () => '',
): Plan {
  const { runId, sourceId, refusedBy } = message;
  // A name has one outcome per batch: counted twice, it would keep the run from ending.
  const repos = [...new Map(page.repos.map((r) => [r.nameWithOwner, r])).values()];
  const batches: Plan['batches'] = [];
  for (const group of Map.groupBy(repos, (repo) => groupOf(ownerOf(repo.nameWithOwner))).values())
    for (let i = 0; i < group.length; i += batchSize)
      batches.push({
        batchId: batchId(sourceId, message.page, batches.length + 1),
        repos: group.slice(i, i + batchSize),
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
    ...(refusedBy && { refusedBy }),
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
        ...(plan.refusedBy && { refusedBy: plan.refusedBy }),
      };
