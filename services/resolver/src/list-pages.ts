/** Lists an owner's repositories from a cursor on until there is enough to plan, and leaves out what is not to be collected. */
import type { SelectedOwner } from '@github-repo-stats/shared/documents';
import { NO_COST, withCall } from '@github-repo-stats/shared/github/cost';
import type { LaneResult } from '@github-repo-stats/shared/github/lanes';
import { isEnough, pageSize } from '@github-repo-stats/shared/github/listing-pages';
import { QUERY_NAMES } from '@github-repo-stats/shared/github/query-names';
import { limitReason } from '@github-repo-stats/shared/github/reply';
import type { GithubCost } from '@github-repo-stats/shared/messages';
import type { FailureReason } from '@github-repo-stats/shared/reasons';
import { excluder } from './exclude.ts';
import { decide } from './filter.ts';
import { readListing, type ListingVariables } from './listing.ts';
import type { ListedPage } from './plan-page.ts';

/** A page to plan; or nothing, with what was spent so far, and what is to be done. */
export type Listed =
  | { kind: 'page'; page: ListedPage; unreadable: number }
  | { kind: 'wait'; waitMs: number; why: string; spent: GithubCost | undefined }
  /** The credential is of no use; another one may be. */
  | { kind: 'refused'; spent: GithubCost | undefined }
  | { kind: 'failed'; again: boolean; reason: FailureReason; detail: string; spent: GithubCost | undefined };

export interface ListFrom {
  cursor: string | undefined;
  /** Calls before these whose answers were of no use. */
  spent: GithubCost | undefined;
  batchSize: number;
  /** Whether it is the first plan of its source. */
  isFirst: boolean;
  list(variables: ListingVariables): Promise<LaneResult>;
}

/**
 * Lists the pages of a plan, and goes on while there is less than half a batch, so that few small batches are made. What was listed before something
 * went wrong is planned; the message for the next page then meets what is wrong by itself.
 */
export async function listPages(owner: SelectedOwner, from: ListFrom): Promise<Listed> {
  let { cursor, spent } = from;
  const repos: ListedPage['repos'] = [];
  let unreadable = 0;
  for (let pages = 1; ; pages++) {
    const listed = await listOne(owner, pageSize(pages, from), { ...from, cursor, spent });
    if (listed.kind !== 'page') {
      if (pages === 1) return listed;
      spent = listed.spent;
      break;
    }
    repos.push(...listed.page.repos);
    unreadable += listed.unreadable;
    spent = listed.page.cost;
    cursor = listed.page.next;
    if (cursor === undefined || isEnough(pages, repos.length, from)) break;
  }
  return { kind: 'page', page: { repos, next: cursor, cost: spent ?? NO_COST }, unreadable };
}

async function listOne(owner: SelectedOwner, first: number, from: ListFrom): Promise<Listed> {
  const { filter = {} } = owner;
  const result = await from.list({
    login: owner.owner,
    first,
    after: from.cursor ?? null,
    topics: filter.topics !== undefined,
  });
  const spent =
    result.kind === 'sent' ? withCall(from.spent, result.reply, QUERY_NAMES.listing, result) : from.spent;
  if (result.kind === 'wait') return { kind: 'wait', waitMs: result.waitMs, why: result.reason, spent };
  if (result.kind === 'refused') return { kind: 'refused', spent };
  const { reply } = result;
  if (reply.kind === 'limited') return { kind: 'wait', waitMs: reply.waitMs, why: limitReason(reply), spent };
  if (reply.kind === 'refused')
    return reply.reason === 'credentials'
      ? { kind: 'refused', spent }
      : { kind: 'failed', again: false, reason: reply.reason, detail: reply.detail, spent };
  if (reply.kind !== 'data')
    return { kind: 'failed', again: true, reason: reply.kind, detail: reply.detail, spent };
  const listing = readListing(reply);
  if (listing.kind === 'failed') return { ...listing, spent };
  const excluded = excluder(owner.exclude, owner.individual);
  const decided = listing.repos
    .filter((r) => !excluded(r.nameWithOwner))
    .map((repo) => ({ repo, decision: decide(filter, repo) }));
  const unknown = decided.find((d) => d.decision === 'unknown');
  if (unknown) {
    const detail = `${unknown.repo.nameWithOwner} came incomplete`;
    return { kind: 'failed', again: true, reason: 'transport', detail, spent };
  }
  const repos = decided
    .filter((d) => d.decision === 'collect')
    .map(({ repo: { nameWithOwner, id } }) => ({ nameWithOwner, id }));
  const page = { repos, next: listing.next, cost: spent ?? NO_COST };
  return { kind: 'page', page, unreadable: listing.unreadable };
}
