/** Lists one page of an owner's repositories: names and node ids, oldest first, so that paging is stable while they change. */
import { failureOf, type GithubReply } from '@github-repo-stats/shared/github/reply';
import type { FailureReason } from '@github-repo-stats/shared/reasons';
import { z } from 'zod';

/** Scalars only: listing stays cheap and apart from counting. */
export const LISTING_QUERY = `query ListRepositories($login: String!, $first: Int!, $after: String) {
  rateLimit { cost }
  repositoryOwner(login: $login) {
    repositories(first: $first, after: $after, ownerAffiliations: [OWNER], orderBy: {field: CREATED_AT, direction: ASC}) {
      pageInfo { hasNextPage endCursor }
      nodes { id nameWithOwner }
    }
  }
}`;

const Page = z.object({
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().max(512).nullable() }),
  nodes: z.array(z.object({ id: z.string().min(1).max(128), nameWithOwner: z.string().max(140) }).nullable()),
});

/** Repositories of a page and where the next begins; or why there are none: for good, or `again`. */
export type Listing =
  | {
      kind: 'page';
      repos: { nameWithOwner: string; id: string }[];
      unreadable: number;
      next: string | undefined;
    }
  | { kind: 'failed'; reason: FailureReason; again: boolean; detail: string };

/** GitHub's largest page. */
const LARGEST_PAGE = 100;

/** The largest page that is a whole number of batches, so that batches are full. */
export const pageSize = (batchSize: number): number => batchSize * Math.floor(LARGEST_PAGE / batchSize);

/** Reads the data of an answer to LISTING_QUERY. */
export function readListing({ data, errors }: Extract<GithubReply, { kind: 'data' }>): Listing {
  // Whole steps of the path: the error of entry 10 is not that of entry 1.
  const of = (path: string): (typeof errors)[number] | undefined =>
    errors.find((e) => `${(e.path ?? []).join('.')}.`.startsWith(`${path}.`));
  const owner = data.repositoryOwner as { repositories?: unknown } | null | undefined;
  if (!owner) {
    const error = of('repositoryOwner') ?? errors[0];
    if (error) return { kind: 'failed', ...failureOf(error), detail: error.message };
    if (owner === null)
      return { kind: 'failed', reason: 'not-found', again: false, detail: 'no such organisation or user' };
  }
  const page = Page.safeParse(owner?.repositories);
  if (!page.success) {
    const error = errors[0];
    if (error) return { kind: 'failed', ...failureOf(error), detail: error.message };
    return { kind: 'failed', reason: 'transport', again: true, detail: 'the page came incomplete' };
  }
  const { nodes, pageInfo } = page.data;
  // A hole without an error, or with one that may pass, is not a repository that may be left out.
  for (const [i, node] of nodes.entries()) {
    if (node) continue;
    const error = of(`repositoryOwner.repositories.nodes.${i}`);
    const failure = error ? failureOf(error) : { reason: 'transport' as const, again: true };
    if (failure.again) return { kind: 'failed', ...failure, detail: error?.message ?? 'an entry came empty' };
  }
  const repos = nodes.filter((n) => n !== null);
  const next = pageInfo.hasNextPage ? pageInfo.endCursor : undefined;
  // Taken as the last page, it would leave out all that follows.
  if (next === null || next === '')
    return {
      kind: 'failed',
      reason: 'transport',
      again: true,
      detail: 'a further page, but no cursor to it',
    };
  return { kind: 'page', repos, unreadable: nodes.length - repos.length, next };
}
