/**
 * Fetches the statistics of one batch. It ends in one of these ways:
 * - nothing is left to do, or the message belongs to another lane: see claim-batch;
 * - GitHub or the credential's gate says wait: a scheduled copy in the same lane;
 * - statistics and final failures go to the writer; repositories that may come yet go into a scheduled copy of their own;
 * - the answer came too late, or stopped at a limit of GitHub's: what is left is halved, until a single repository fails by itself;
 * - after the last attempt, what did not come fails with its reason.
 */
import { withCall } from '@github-repo-stats/shared/github/cost';
import type { GateResult } from '@github-repo-stats/shared/github/gate';
import { credentialLane } from '@github-repo-stats/shared/ids';
import type { Log } from '@github-repo-stats/shared/log';
import {
  fetchEnvelope,
  writeEnvelope,
  type FetchBatch,
  type FetchBatchByHand,
  type RepoFailure,
  type WriteStats,
} from '@github-repo-stats/shared/messages';
import { again, complete, type QueueSender, type Settlement } from '@github-repo-stats/shared/settlement';
import { claimBatch, type ClaimStore } from './claim-batch.ts';
import { readStats, type ReadStats } from './read-stats.ts';
import { statsQuery } from './stats-query.ts';

export interface FetcherDeps {
  store: ClaimStore;
  ask(query: string, variables: Record<string, unknown>): Promise<GateResult>;
  fetchQueue: QueueSender;
  writeQueue: QueueSender;
  credential: string;
  writeLanes: number;
  /** Later than `waitMs` from now, and one call's time after the last copy that it gave a time to. */
  spread(waitMs: number, secondsPerCall: number): number;
  now(): Date;
  scale: number;
  log: Log;
}

/** Pauses before the second, third … attempt, in ms; after the last one what is left fails. */
const RETRY_MS = [1_000, 5_000, 20_000, 60_000];

export async function fetchBatch(
  received: FetchBatch | FetchBatchByHand,
  sessionId: string,
  deps: FetcherDeps,
): Promise<Settlement> {
  const claim = await claimBatch(received, sessionId, credentialLane(deps.credential), deps.store);
  if (claim.kind === 'nothing') return complete;
  if (claim.kind === 'forward') {
    await deps.fetchQueue.send([fetchEnvelope(claim.message, deps.credential)]);
    return complete;
  }
  const { message } = claim;
  const query = statsQuery(message.repos);
  const result = await deps.ask(query.query, query.variables);
  if (result.kind === 'wait') return wait(message, deps, result.waitMs, result.secondsPerCall, result.reason);
  const { reply } = result;
  const cost = withCall(message.spent, reply, query.name);
  if (reply.kind === 'limited')
    return wait({ ...message, spent: cost }, deps, reply.waitMs, 1, `GitHub limit: ${reply.limit}`);

  const collectedAt = deps.now().toISOString();
  if (reply.kind === 'data') {
    const read = readStats(reply, query, message.repos, message, collectedAt);
    // GitHub's limit of one query is cumulative: what it left out comes in smaller questions.
    const tooMuch = read.again.some((a) => a.failure.reason === 'timeout');
    return hand(message, read, cost, deps, tooMuch);
  }
  const failureOf = (name: string, reason: RepoFailure['reason']): RepoFailure => ({
    name,
    reason,
    detail: reply.detail.slice(0, 300),
  });
  const names = message.repos.map((r) => r.nameWithOwner);
  if (reply.kind === 'refused') {
    const failures = names.map((name) => failureOf(name, reply.reason));
    return hand(message, { stats: [], failures, again: [] }, cost, deps);
  }
  const left = message.repos.map((repo) => ({ repo, failure: failureOf(repo.nameWithOwner, reply.kind) }));
  return hand(message, { stats: [], failures: [], again: left }, cost, deps, reply.kind === 'timeout');
}

/** Gives the writer what is final and schedules what is not. */
async function hand(
  message: FetchBatch,
  read: ReadStats,
  cost: WriteStats['cost'],
  deps: FetcherDeps,
  halve = false,
): Promise<Settlement> {
  const { runId, batchId, attempt } = message;
  const canHalve = halve && read.again.length > 1;
  const pause = canHalve ? RETRY_MS[0] : RETRY_MS[attempt - message.firstAttempt];
  const exhausted = pause === undefined ? read.again.map((a) => a.failure) : [];
  const failures = [...read.failures, ...exhausted];
  const { spent: _carried, ...rest } = message;
  const stored = read.stats.length + failures.length > 0;
  if (stored) {
    const write: WriteStats = { runId, batchId, attempt, wait: 0, stats: read.stats, failures, cost };
    await deps.writeQueue.send([writeEnvelope(write, deps.writeLanes)]);
  }
  deps.log('info', 'batch fetched', {
    runId,
    batchId,
    attempt,
    repositories: read.stats.length + failures.length,
    failures: failures.length,
    again: read.again.length - exhausted.length,
    seconds: Number(cost.seconds.toFixed(3)),
  });
  if (read.again.length === 0 || pause === undefined) return complete;
  const repos = read.again.map((a) => a.repo);
  const reason = read.again[0]!.failure.reason;
  const delayMs = pause * deps.scale;
  const copyOf = (part: FetchBatch['repos'], spent?: WriteStats['cost']): FetchBatch => ({
    ...rest,
    repos: part,
    attempt: attempt + 1,
    // Halving is no attempt at a repository: only what came alone counts towards giving up.
    firstAttempt: canHalve ? attempt + 1 : message.firstAttempt,
    wait: 0,
    ...(spent && { spent }),
  });
  const unstored = stored ? undefined : cost;
  if (!canHalve) return again(fetchEnvelope(copyOf(repos, unstored), deps.credential), delayMs, reason);
  const middle = Math.ceil(repos.length / 2);
  const second = fetchEnvelope(copyOf(repos.slice(middle)), deps.credential);
  await deps.fetchQueue.schedule(second, new Date(deps.now().getTime() + delayMs));
  return again(
    fetchEnvelope(copyOf(repos.slice(0, middle), unstored), deps.credential),
    delayMs,
    `${reason}, halved`,
  );
}

function wait(
  message: FetchBatch,
  deps: FetcherDeps,
  waitMs: number,
  secondsPerCall: number,
  why: string,
): Settlement {
  const copy = fetchEnvelope({ ...message, wait: message.wait + 1 }, deps.credential);
  return again(copy, deps.spread(waitMs, secondsPerCall), why);
}
