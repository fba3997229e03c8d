/** What GitHub was asked so far for a batch or a page: carried by copies of a message until it can be stored. */
import type { GithubCost } from '../messages.ts';
import type { GithubReply } from './reply.ts';

export const NO_COST: GithubCost = { calls: 0, points: 0, seconds: 0 };

/** What was spent before, and one more call. */
export const withCall = (
  spent: GithubCost | undefined,
  reply: Pick<GithubReply, 'points' | 'seconds'>,
): GithubCost => ({
  calls: (spent?.calls ?? 0) + 1,
  points: (spent?.points ?? 0) + reply.points,
  seconds: (spent?.seconds ?? 0) + reply.seconds,
});
