/**
 * Fetches the statistics of one batch. It ends in one of these ways:
 * - nothing is left to do: see claim-batch;
 * - the message belongs to another lane, or to several, or to none: see other-lanes;
 * - everything came, or failed for good: statistics and failures go to the writer;
 * - some of it may come yet: what is final goes to the writer, the rest into a scheduled copy, as the next attempt;
 * - GitHub or the credential's gate says wait: what is left goes into a scheduled copy in the same lane;
 * - GitHub refuses the credential: what is left goes to another one's lane, or fails;
 * - after the last attempt, what did not come fails with its reason.
 */
import { candidatesFor, pickLane } from '@github-repo-stats/shared/github/credentials';
import { credentialLane, ownersOf } from '@github-repo-stats/shared/ids';
import {
  fetchEnvelope,
  type FetchBatch,
  type FetchBatchByHand,
  type RepoRef,
} from '@github-repo-stats/shared/messages';
import { again, complete, type Settlement } from '@github-repo-stats/shared/settlement';
import { askAll, type Asked } from './ask-all.ts';
import type { Ask, Stop } from './ask-once.ts';
import { claimBatch, type ClaimStore } from './claim-batch.ts';
import { hand } from './hand.ts';
import { moveOn, noLane, type LaneDeps } from './other-lanes.ts';

export interface FetcherDeps extends LaneDeps {
  store: ClaimStore;
  /** The way to GitHub as one credential. */
  askAs(credential: string): Ask;
  /** Later than `waitMs` from now, and so many seconds after the last copy of this credential that it gave a time to. */
  spread(credential: string, waitMs: number, seconds: number): number;
  now(): Date;
  scale: number;
}

/**
 * Copies that wait for the same limit come back in half the time that their work takes: one that comes too early waits in the
 * queue for nothing, one that comes too late leaves GitHub idle. Nor ever further apart than this, should the estimate be wrong.
 */
const CLOSER = 0.5;
const FURTHEST_APART_SECONDS = 5;
/** Pauses before the second, third … attempt, in ms; after the last one what is left fails. */
const RETRY_MS = [1_000, 5_000, 20_000, 60_000];

export async function fetchBatch(
  received: FetchBatch | FetchBatchByHand,
  sessionId: string,
  deps: FetcherDeps,
): Promise<Settlement> {
  const claim = await claimBatch(received, deps.store);
  if (claim.kind === 'nothing') return complete;
  const { message } = claim;
  const candidates = candidatesFor(deps.credentials, ownersOf(message.repos), message.refusedBy);
  if (candidates.length === 0) return noLane(message, deps);
  const mine = candidates.find((c) => credentialLane(c.name) === sessionId);
  if (claim.kind === 'forward' || !mine) {
    await deps.fetchQueue.send([fetchEnvelope(message, pickLane(candidates, message.batchId))]);
    return complete;
  }

  const asked = await askAll(message, { ...deps, ask: deps.askAs(mine.name) });
  const { stop } = asked;
  if (stop?.kind === 'refused') return moveOn(message, mine.name, asked, stop.detail, deps);
  const pause = RETRY_MS[message.attempt - message.firstAttempt];
  if (pause === undefined) asked.failures.push(...asked.again.splice(0).map((a) => a.failure));
  const unstored = await hand(message, asked, mine.name, deps);
  const { spent: _stored, alone: _then, ...rest } = message;
  const known = { ...rest, ...unstored };
  if (stop) return goOn(known, mine.name, asked, stop, deps);
  if (asked.again.length === 0 || pause === undefined) return complete;
  const copy = fetchEnvelope(nextAttempt(known, asked.again), mine.name);
  return again(copy, pause * deps.scale, asked.again[0]!.failure.reason);
}

/** The next attempt at what may come yet; what was too slow by itself is asked for by itself again. */
function nextAttempt(message: FetchBatch, failed: Asked['again']): FetchBatch {
  const alone = failed.every((a) => a.failure.reason === 'timeout');
  const repos = failed.map((a) => a.repo);
  return { ...message, repos, attempt: message.attempt + 1, wait: 0, ...(alone && { alone }) };
}

/** The same attempt at the rest, later, in one copy; copies come back in turn, spread by the time that their work takes. */
function goOn(
  message: FetchBatch,
  credential: string,
  { left, again: failed }: Asked,
  stop: Extract<Stop, { kind: 'wait' }>,
  deps: FetcherDeps,
): Settlement {
  const repos: RepoRef[] = [...left, ...failed.map((a) => a.repo)];
  const copy = fetchEnvelope({ ...message, repos, wait: message.wait + 1 }, credential);
  const work = stop.secondsPerRepository * repos.length;
  const apart = Math.min(work * CLOSER, FURTHEST_APART_SECONDS * deps.scale);
  const delayMs = stop.waitMs && deps.spread(credential, stop.waitMs, apart);
  return again(copy, delayMs, stop.reason);
}
