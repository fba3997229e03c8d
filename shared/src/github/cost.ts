/** What GitHub was asked so far for a batch or a page: carried by copies of a message until it can be stored. */
import type { GithubCost, QueryCosts } from '../messages.ts';
import type { GithubReply } from './reply.ts';

export const NO_COST: GithubCost = { calls: 0, points: 0, seconds: 0 };

type Spending = QueryCosts[string];

const sum = (a: Spending | undefined, b: Spending): Spending => ({
  calls: (a?.calls ?? 0) + b.calls,
  points: (a?.points ?? 0) + b.points,
  seconds: (a?.seconds ?? 0) + b.seconds,
});

/** A dry run's number is that of one request, and stays what it is. */
const dryRunOf = (a: Spending | undefined, b: Spending): Pick<Spending, 'dryRunPoints'> => {
  const dryRunPoints = b.dryRunPoints ?? a?.dryRunPoints;
  return dryRunPoints === undefined ? {} : { dryRunPoints };
};

/** Both by name of the query; undefined when neither knows any. */
export function addQueries(a: QueryCosts | undefined, b: QueryCosts | undefined): QueryCosts | undefined {
  if (!a || !b) return a ?? b;
  const both = { ...a };
  for (const [query, spent] of Object.entries(b))
    both[query] = { ...sum(both[query], spent), ...dryRunOf(both[query], spent) };
  return both;
}

/**
 * What was spent before, and one more answer.
 * @param query name of the query that was asked.
 * @param how the calls that the answer took, and the points that a dry run reckoned.
 */
export function withCall(
  before: GithubCost | undefined,
  reply: Pick<GithubReply, 'points' | 'seconds'>,
  query: string,
  { calls = 1, dryRunPoints }: { calls?: number; dryRunPoints?: number } = {},
): GithubCost {
  const call = { calls, points: reply.points, seconds: reply.seconds };
  const shape = { ...call, ...(dryRunPoints !== undefined && { dryRunPoints }) };
  return { ...sum(before, call), queries: addQueries(before?.queries, { [query]: shape })! };
}

/** What was spent between two sums: by one delivery of a message that carries the first. */
export const since = (before: GithubCost | undefined, now: GithubCost): Spending => ({
  calls: now.calls - (before?.calls ?? 0),
  points: now.points - (before?.points ?? 0),
  seconds: now.seconds - (before?.seconds ?? 0),
});
