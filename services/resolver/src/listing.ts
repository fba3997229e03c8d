/** Lists one page of an owner's repositories: names, node ids and what filters ask for, oldest first, so that paging is stable. */
import type { Pace } from '@github-repo-stats/shared/pace';
import { QUERY_NAMES } from '@github-repo-stats/shared/github/query-names';
import { failureOf, type GithubReply, type GraphqlError } from '@github-repo-stats/shared/github/reply';
import type { FailureReason } from '@github-repo-stats/shared/reasons';
import * as z from 'zod';
import type { RepositoryProperties } from './filter.ts';

/**
 * Listing stays cheap and apart from counting: scalars, and topics only where a filter needs them. A repository has at most
 * 20 topics: https://docs.github.com/en/repositories/classifying-your-repository-with-topics
 */
export const LISTING_QUERY = `query ${QUERY_NAMES.listing}(
  $login: String!, $first: Int!, $after: String, $topics: Boolean!, $dryRun: Boolean = false
) {
  rateLimit(dryRun: $dryRun) { cost nodeCount }
  repositoryOwner(login: $login) {
    repositories(first: $first, after: $after, ownerAffiliations: [OWNER], orderBy: {field: CREATED_AT, direction: ASC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id nameWithOwner isArchived isFork isTemplate visibility primaryLanguage { name }
        repositoryTopics(first: 20) @include(if: $topics) { nodes { topic { name } } }
      }
    }
  }
}`;

export type ListingVariables = {
  login: string;
  first: number;
  after: string | null;
  /** Whether to list topics. */
  topics: boolean;
};

const Node = z.object({
  id: z.string().min(1).max(128),
  nameWithOwner: z.string().max(140),
  isArchived: z.boolean(),
  isFork: z.boolean(),
  isTemplate: z.boolean(),
  visibility: z.string().max(16),
  primaryLanguage: z.object({ name: z.string() }).nullable(),
  repositoryTopics: z
    .object({ nodes: z.array(z.object({ topic: z.object({ name: z.string() }) }).nullable()).nullable() })
    .optional(),
});
const Page = z.object({
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().max(512).nullable() }),
  nodes: z.array(Node.nullable()),
});

export interface ListedRepository extends RepositoryProperties {
  nameWithOwner: string;
  id: string;
}

/** Repositories of a page and where the next begins; or why there are none: for good, or `again`. */
export type Listing =
  | {
      kind: 'page';
      repos: ListedRepository[];
      unreadable: number;
      next: string | undefined;
    }
  | { kind: 'failed'; reason: FailureReason; again: boolean; detail: string };

/** How much the latest page counts in the seconds that a listing takes lately. */
const LATEST = 0.2;

/** What an answer teaches: how long a page takes. */
export function learnSeconds({ listingSeconds: known }: Readonly<Pace>, reply: GithubReply): Partial<Pace> {
  if (reply.kind !== 'data') return {};
  return {
    listingSeconds: known === undefined ? reply.seconds : (1 - LATEST) * known + LATEST * reply.seconds,
  };
}

/** Reads the data of an answer to LISTING_QUERY. */
export function readListing({ data, errors }: Extract<GithubReply, { kind: 'data' }>): Listing {
  // Whole steps of the path: the error of entry 10 is not that of entry 1.
  const of = (path: string): GraphqlError | undefined =>
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
  const repos = nodes.flatMap((node, i) => {
    if (!node) return [];
    const { id, nameWithOwner, isArchived, isFork, isTemplate, visibility } = node;
    const path = `repositoryOwner.repositories.nodes.${i}`;
    const language = languageOf(node, of(`${path}.primaryLanguage`));
    const topics = topicsOf(node, of(`${path}.repositoryTopics`));
    return [{ id, nameWithOwner, isArchived, isFork, isTemplate, visibility, language, topics }];
  });
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

/** Null without an error is a repository without a language; undefined is one whose language may be said another time. */
const languageOf = (node: z.infer<typeof Node>, error: GraphqlError | undefined): string | null | undefined =>
  node.primaryLanguage?.name ?? (error && failureOf(error).again ? undefined : null);

/** Undefined when they were not asked for, or when a hole in them may be filled another time. */
function topicsOf(
  { repositoryTopics: topics }: z.infer<typeof Node>,
  error: GraphqlError | undefined,
): string[] | undefined {
  if (!topics) return undefined;
  const names = (topics.nodes ?? []).flatMap((node) => (node ? [node.topic.name] : []));
  const whole = topics.nodes?.length === names.length;
  return whole || (error && !failureOf(error).again) ? names : undefined;
}
