/**
 * Asks GitHub for the repositories of a batch, one request after the other, each as large as was learned. It ends when
 * - every repository has its answer: statistics, a failure for good, or a failure that may pass;
 * - something stops the work: the rest is left (see ask-once).
 * What came too late, or stopped at a limit of one query, is halved until the repository that is too slow stands alone.
 */
import type { CallOptions } from '@github-repo-stats/shared/github/gate';
import { learn, requestSize } from '@github-repo-stats/shared/github/request-size';
import type { FetchBatch, GithubCost, RepoFailure, RepoRef } from '@github-repo-stats/shared/messages';
import { askInGroups } from './ask-in-groups.ts';
import { askOnce, type Answer, type Ask, type Spent, type Stop } from './ask-once.ts';
import { readStats, type ReadStats } from './read-stats.ts';
import { statsQuery, type StatsQuery } from './stats-query.ts';

export interface AskDeps {
  ask: Ask;
  now(): Date;
  scale: number;
}

export interface Asked extends ReadStats {
  /** Not asked for, or not to the end, because of `stop`. */
  left: RepoRef[];
  stop?: Stop;
  /** Undefined when no call was ever made. */
  cost: GithubCost | undefined;
}

/** Attempts at a repository that is too slow by itself before its fields are asked for group by group. */
const WHOLE_ATTEMPTS = 3;

interface Part {
  repos: RepoRef[];
  /** A piece of a request that was too much: asked for as it is, and no lesson for the size of requests. */
  piece: boolean;
}

export async function askAll(message: FetchBatch, deps: AskDeps): Promise<Asked> {
  const all: ReadStats = { stats: [], failures: [], again: [] };
  const spent: Spent = { cost: message.spent, seconds: 0 };
  const parts = partsOf(message);
  const stopped = (repos: readonly RepoRef[], stop: Stop): Asked => ({
    ...all,
    left: [...repos, ...parts.flatMap((p) => p.repos).reverse()],
    stop,
    cost: spent.cost,
  });

  for (let part = parts.pop(); part; part = parts.pop()) {
    const { repos, piece } = part;
    let query: StatsQuery | undefined;
    let asked = repos;
    const result = await askOnce(
      deps.ask,
      ({ learned }) => {
        // Chosen when the right to ask has come, by what all instances have learned until then.
        asked = piece ? repos : repos.slice(0, requestSize(learned, repos.length));
        return (query = statsQuery(asked));
      },
      piece ? undefined : lesson(() => asked.length, deps.scale),
      spent,
      deps.scale,
    );
    if (result.kind === 'stop') return stopped(repos, result.stop);
    const rest = repos.slice(asked.length);
    if (rest.length > 0) parts.push({ repos: rest, piece });

    const read = readAnswer(result.reply, query ?? statsQuery(asked), asked, message, deps.now());
    all.stats.push(...read.stats);
    all.failures.push(...read.failures);
    const slow = read.again.filter((a) => a.failure.reason === 'timeout');
    all.again.push(...read.again.filter((a) => a.failure.reason !== 'timeout'));
    const alone = slow.length === 1 ? slow[0] : undefined;
    if (!alone) parts.push(...halves(slow.map((a) => a.repo)));
    else if (asked.length > 1) parts.push({ repos: [alone.repo], piece: true });
    else if (message.attempt - message.firstAttempt + 1 < WHOLE_ATTEMPTS) all.again.push(alone);
    else {
      const groups = await askInGroups(alone, message, deps, spent);
      if (groups.kind === 'stop') return stopped([alone.repo], groups.stop);
      all.stats.push(...groups.read.stats);
      all.failures.push(...groups.read.failures);
    }
  }
  return { ...all, left: [], cost: spent.cost };
}

/** The first to be asked for last, since work is taken from the end. */
const partsOf = ({ repos, alone }: FetchBatch): Part[] =>
  alone ? repos.map((repo) => ({ repos: [repo], piece: true })).reverse() : [{ repos, piece: false }];

function halves(repos: RepoRef[]): Part[] {
  const middle = Math.ceil(repos.length / 2);
  const both = [repos.slice(middle), repos.slice(0, middle)];
  return both.filter((half) => half.length > 0).map((half) => ({ repos: half, piece: true }));
}

/** What an answer to so many repositories teaches about the size of requests. */
const lesson =
  (asked: () => number, scale: number): NonNullable<CallOptions['learn']> =>
  ({ learned }, reply) => {
    const tooMuch =
      reply.kind === 'timeout' ||
      (reply.kind === 'data' && reply.errors.some((e) => e.type === 'RESOURCE_LIMITS_EXCEEDED'));
    if (!tooMuch && reply.kind !== 'data') return {};
    return { learned: learn(learned, { repositories: asked(), seconds: reply.seconds, tooMuch }, scale) };
  };

function readAnswer(
  reply: Answer,
  query: StatsQuery,
  repos: readonly RepoRef[],
  message: FetchBatch,
  now: Date,
): ReadStats {
  if (reply.kind === 'data') return readStats(reply, query, repos, message, now.toISOString());
  const failure = ({ nameWithOwner }: RepoRef, reason: RepoFailure['reason']): RepoFailure => ({
    name: nameWithOwner,
    reason,
    detail: reply.detail.slice(0, 300),
  });
  if (reply.kind === 'refused')
    return { stats: [], failures: repos.map((r) => failure(r, reply.reason)), again: [] };
  const again = repos.map((repo) => ({ repo, failure: failure(repo, reply.kind) }));
  return { stats: [], failures: [], again };
}
