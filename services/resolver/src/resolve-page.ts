/**
 * Resolves one page of a source. It ends in one of these ways:
 * - the page has its plan already: that plan is sent again, never a fresh listing;
 * - the source is known to have failed: nothing;
 * - the page was listed (or is a chunk of single repositories): its plan is stored, then its batches and the next page are sent;
 * - the owner cannot be read: the source fails by name, with a reason;
 * - GitHub or the credential's gate says wait: a scheduled copy;
 * - GitHub did not answer well, or not what a filter asks for: a scheduled copy, a bounded number of times, then the source fails;
 * - run or source are unknown: the message is not understood, and ends as a dead letter.
 */
import type { Plan, Source } from '@github-repo-stats/shared/documents';
import { NO_COST, withCall } from '@github-repo-stats/shared/github/cost';
import type { GateResult } from '@github-repo-stats/shared/github/gate';
import { planId } from '@github-repo-stats/shared/ids';
import {
  fetchEnvelope,
  resolveEnvelope,
  UnreadableMessage,
  type GithubCost,
  type ResolveSource,
} from '@github-repo-stats/shared/messages';
import type { FailureReason } from '@github-repo-stats/shared/reasons';
import { again, complete, type QueueSender, type Settlement } from '@github-repo-stats/shared/settlement';
import type { Log } from '@github-repo-stats/shared/log';
import { excluder } from './exclude.ts';
import { decide } from './filter.ts';
import { pageSize, readListing, type ListingVariables } from './listing.ts';
import { batchesOf, nextPageOf, planPage, type ListedPage } from './plan-page.ts';

export interface ResolverStore {
  readSource(runId: string, sourceId: string): Promise<Source | undefined>;
  failSource(
    source: Source,
    why: { reason: FailureReason; detail: string },
    spent?: GithubCost,
  ): Promise<void>;
  readPlan(runId: string, id: string): Promise<Plan | undefined>;
  /** Stores a plan unless one is there; resolves to the one that stands. */
  createPlan(plan: Plan): Promise<Plan>;
}

export interface ResolverDeps {
  store: ResolverStore;
  list(variables: ListingVariables): Promise<GateResult>;
  fetchQueue: QueueSender;
  resolveQueue: QueueSender;
  credential: string;
  batchSize: number;
  scale: number;
  log: Log;
}

/** Pauses before the second, third … attempt of a page, in ms; after the last one the source fails. */
const RETRY_MS = [2_000, 10_000, 30_000, 60_000];

export async function resolvePage(message: ResolveSource, deps: ResolverDeps): Promise<Settlement> {
  const { store } = deps;
  const known = await store.readPlan(message.runId, planId(message.sourceId, message.page));
  if (known) return sendPlan(known, deps);

  const source = await store.readSource(message.runId, message.sourceId);
  if (!source) throw new UnreadableMessage(`There is no source ${message.sourceId} in run ${message.runId}`);
  if (source.failedCount > 0) return complete;

  const page = await listPage(message, source, deps);
  if ('kind' in page) return page;
  const plan = await store.createPlan(planPage(message, page, deps.batchSize));
  deps.log('info', 'page planned', {
    runId: plan.runId,
    sourceId: plan.sourceId,
    page: plan.page,
    repositories: plan.planned,
    batches: plan.batches.length,
    last: plan.last,
    seconds: Number(plan.seconds.toFixed(3)),
  });
  return sendPlan(plan, deps);
}

/** Batches first, then the next page: a crash between the two repeats this page, which sends the same again. */
async function sendPlan(plan: Plan, deps: ResolverDeps): Promise<Settlement> {
  await deps.fetchQueue.send(batchesOf(plan).map((m) => fetchEnvelope(m, deps.credential)));
  const next = nextPageOf(plan);
  if (next) await deps.resolveQueue.send([resolveEnvelope(next, deps.credential)]);
  return complete;
}

async function listPage(
  message: ResolveSource,
  source: Source,
  deps: ResolverDeps,
): Promise<ListedPage | Settlement> {
  const { what } = source;
  if (what.kind === 'repositories')
    return {
      repos: what.names.map((nameWithOwner) => ({ nameWithOwner })),
      next: undefined,
      cost: NO_COST,
    };
  const { filter = {} } = what;
  const variables = {
    login: what.owner,
    first: pageSize(deps.batchSize),
    after: message.cursor ?? null,
    topics: filter.topics !== undefined,
  };
  const result = await deps.list(variables);
  if (result.kind === 'wait') return waitCopy(message, deps, result.waitMs, result.reason);
  const { reply } = result;
  const spent = withCall(message.spent, reply, 'ListRepositories');
  const asked = { ...message, spent };
  if (reply.kind === 'limited') return waitCopy(asked, deps, reply.waitMs, `GitHub limit: ${reply.limit}`);
  if (reply.kind === 'refused') return failSource(asked, source, deps, reply.reason, reply.detail);
  if (reply.kind !== 'data') return retry(asked, source, deps, reply.kind, reply.detail);
  const listing = readListing(reply);
  if (listing.kind === 'failed')
    return listing.again
      ? retry(asked, source, deps, listing.reason, listing.detail)
      : failSource(asked, source, deps, listing.reason, listing.detail);
  if (listing.unreadable > 0)
    deps.log('warn', 'repositories of a page cannot be read', {
      runId: message.runId,
      owner: what.owner,
      page: message.page,
      repositories: listing.unreadable,
    });
  const excluded = excluder(what.exclude, what.individual);
  const decided = listing.repos
    .filter((r) => !excluded(r.nameWithOwner))
    .map((repo) => ({ repo, decision: decide(filter, repo) }));
  const unknown = decided.find((d) => d.decision === 'unknown');
  if (unknown)
    return retry(asked, source, deps, 'transport', `${unknown.repo.nameWithOwner} came incomplete`);
  return {
    repos: decided
      .filter((d) => d.decision === 'collect')
      .map(({ repo: { nameWithOwner, id } }) => ({ nameWithOwner, id })),
    next: listing.next,
    cost: spent,
  };
}

const waitCopy = (m: ResolveSource, deps: ResolverDeps, waitMs: number, why: string): Settlement =>
  again(resolveEnvelope({ ...m, wait: m.wait + 1 }, deps.credential), waitMs, why);

async function retry(
  message: ResolveSource,
  source: Source,
  deps: ResolverDeps,
  reason: FailureReason,
  detail: string,
): Promise<Settlement> {
  const pause = RETRY_MS[message.attempt - 1];
  if (pause === undefined) return failSource(message, source, deps, reason, detail);
  const copy = resolveEnvelope({ ...message, attempt: message.attempt + 1 }, deps.credential);
  return again(copy, pause * deps.scale, `${reason}: ${detail}`);
}

async function failSource(
  message: ResolveSource,
  source: Source,
  deps: ResolverDeps,
  reason: FailureReason,
  detail: string,
): Promise<Settlement> {
  await deps.store.failSource(source, { reason, detail }, message.spent);
  deps.log('warn', 'source failed', { runId: source.runId, sourceId: source.sourceId, reason, detail });
  return complete;
}
