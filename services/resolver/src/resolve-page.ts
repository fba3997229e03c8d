/**
 * Resolves one page of a source. It ends in one of these ways:
 * - the page has its plan already: that plan is sent again, never a fresh listing;
 * - the source is known to have failed: nothing;
 * - another credential is to list this owner: the message goes to its lane;
 * - the page was listed (or is a chunk of single repositories): its plan is stored, then its batches and the next page are sent;
 * - no credential is configured for the owner: the source fails by name;
 * - GitHub refuses the credential: the message goes on to another one, and when there is none the source fails by name;
 * - the owner cannot be read: the source fails by name, with a reason;
 * - GitHub or the credential's gate says wait: a scheduled copy;
 * - GitHub did not answer well, or not what a filter asks for: a scheduled copy, a bounded number of times, then the source fails;
 * - run or source are unknown: the message is not understood, and ends as a dead letter.
 */
import type { Plan, SelectedOwner, Source } from '@github-repo-stats/shared/documents';
import { NO_COST, since } from '@github-repo-stats/shared/github/cost';
import {
  candidatesFor,
  laneKey,
  pickLane,
  withoutRefused,
  type Credential,
} from '@github-repo-stats/shared/github/credentials';
import { ownersOf, planId } from '@github-repo-stats/shared/ids';
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
import { listPages, type ListFrom } from './list-pages.ts';
import { batchesOf, nextPageOf, planPage } from './plan-page.ts';

/** Why a source failed, and the credentials that GitHub refused on the way. */
export interface SourceFailure {
  reason: FailureReason;
  detail: string;
  refusedBy?: string[];
}

export interface ResolverStore {
  readSource(runId: string, sourceId: string): Promise<Source | undefined>;
  failSource(source: Source, why: SourceFailure, spent?: GithubCost): Promise<void>;
  readPlan(runId: string, id: string): Promise<Plan | undefined>;
  /** Stores a plan unless one is there; resolves to the one that stands. */
  createPlan(plan: Plan): Promise<Plan>;
}

export interface ResolverDeps {
  store: ResolverStore;
  credentials: readonly Credential[];
  /** The one in whose lane the message came. */
  credential: string;
  /** Asks GitHub for a page with that credential. */
  list: ListFrom['list'];
  fetchQueue: QueueSender;
  resolveQueue: QueueSender;
  batchSize: number;
  scale: number;
  log: Log;
}

/** Pauses before the second, third … attempt of a page, in ms; after the last one the source fails, and all of its owner with it. */
const RETRY_MS = [2_000, 10_000, 30_000, 60_000, 120_000, 300_000];

export async function resolvePage(message: ResolveSource, deps: ResolverDeps): Promise<Settlement> {
  const { store } = deps;
  const [known, source] = await Promise.all([
    store.readPlan(message.runId, planId(message.sourceId, message.page)),
    store.readSource(message.runId, message.sourceId),
  ]);
  if (known) return sendPlan(known, deps);
  if (!source) throw new UnreadableMessage(`There is no source ${message.sourceId} in run ${message.runId}`);
  if (source.failedCount > 0) return complete;
  if (source.what.kind === 'owner') return resolveOwner(message, source, source.what, deps);
  const repos = source.what.names.map((nameWithOwner) => ({ nameWithOwner }));
  return plan(message, { repos, next: undefined, cost: message.spent ?? NO_COST }, deps);
}

async function resolveOwner(
  message: ResolveSource,
  source: Source,
  what: SelectedOwner,
  deps: ResolverDeps,
): Promise<Settlement> {
  const candidates = candidatesFor(deps.credentials, [what.owner], message.refusedBy);
  if (candidates.length === 0)
    return failSource(message, source, deps, 'credentials', noCredential(what, message.refusedBy));
  if (!candidates.some((c) => c.name === deps.credential)) return handOn(message, candidates, deps);

  const { cursor, spent } = message;
  const isFirst = message.page === 1;
  const listed = await listPages(what, {
    cursor,
    spent,
    isFirst,
    batchSize: deps.batchSize,
    list: deps.list,
  });
  if (listed.kind === 'page') {
    if (listed.unreadable > 0)
      deps.log('warn', 'repositories of a page cannot be read', {
        runId: message.runId,
        owner: what.owner,
        page: message.page,
        repositories: listed.unreadable,
      });
    return plan(message, listed.page, deps);
  }
  const asked = { ...message, ...(listed.spent && { spent: listed.spent }) };
  if (listed.kind === 'wait') return waitCopy(asked, deps, listed.waitMs, listed.why);
  if (listed.kind === 'refused') return goOnWithout(asked, source, what, deps);
  return listed.again
    ? retry(asked, source, deps, listed.reason, listed.detail)
    : failSource(asked, source, deps, listed.reason, listed.detail);
}

async function plan(
  message: ResolveSource,
  page: Parameters<typeof planPage>[1],
  deps: ResolverDeps,
): Promise<Settlement> {
  const groupOf = (owner: string): string => laneKey(deps.credentials, owner);
  const stored = await deps.store.createPlan(planPage(message, page, deps.batchSize, groupOf));
  const spent = since(message.spent, page.cost);
  deps.log('info', 'page planned', {
    runId: stored.runId,
    sourceId: stored.sourceId,
    page: stored.page,
    repositories: stored.planned,
    batches: stored.batches.length,
    last: String(stored.last),
    credential: deps.credential,
    calls: spent.calls,
    points: spent.points,
    seconds: Number(spent.seconds.toFixed(3)),
  });
  return sendPlan(stored, deps);
}

/** Its batches, and the next page beside them: a crash before all are sent repeats this page, which sends the same again. */
async function sendPlan(stored: Plan, deps: ResolverDeps): Promise<Settlement> {
  const batches = batchesOf(stored).map((batch, i) => {
    const candidates = candidatesFor(deps.credentials, ownersOf(batch.repos), stored.refusedBy);
    // Nobody's batches are sent all the same: the fetcher settles each name of them.
    const lane =
      candidates.length > 0 ? pickLane(candidates, stored.sourceId, stored.page + i) : deps.credential;
    return fetchEnvelope(batch, lane);
  });
  const next = nextPageOf(stored);
  await Promise.all([
    deps.fetchQueue.send(batches),
    next && deps.resolveQueue.send([resolveEnvelope(next, deps.credential)]),
  ]);
  return complete;
}

async function handOn(
  message: ResolveSource,
  candidates: readonly Credential[],
  deps: ResolverDeps,
): Promise<Settlement> {
  await deps.resolveQueue.send([resolveEnvelope(message, pickLane(candidates, message.sourceId))]);
  return complete;
}

/** What GitHub refused is taken out, for this page and those after it. */
async function goOnWithout(
  message: ResolveSource,
  source: Source,
  what: SelectedOwner,
  deps: ResolverDeps,
): Promise<Settlement> {
  const { runId, sourceId } = message;
  deps.log('warn', 'credential refused by GitHub', { runId, sourceId, credential: deps.credential });
  const left = withoutRefused(deps.credentials, [what.owner], message.refusedBy, deps.credential);
  const next = { ...message, refusedBy: left.refusedBy };
  return left.candidates.length > 0
    ? handOn(next, left.candidates, deps)
    : failSource(next, source, deps, 'credentials', noCredential(what, left.refusedBy));
}

const noCredential = ({ owner }: SelectedOwner, refusedBy: readonly string[] | undefined): string =>
  refusedBy?.length
    ? `GitHub refused every credential that may read ${owner}: ${refusedBy.join(', ')}`
    : `no configured credential may read ${owner}`;

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
  const { refusedBy, spent } = message;
  await deps.store.failSource(source, { reason, detail, ...(refusedBy && { refusedBy }) }, spent);
  deps.log('warn', 'source failed', { runId: source.runId, sourceId: source.sourceId, reason, detail });
  return complete;
}
