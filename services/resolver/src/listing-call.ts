/** Asks GitHub for a page of a listing as one credential: token first, then the gate, then the call. */
import type { Pace } from '@github-repo-stats/shared/documents';
import type { GithubClient } from '@github-repo-stats/shared/github/call';
import type { CallGate, CallOptions, GateResult } from '@github-repo-stats/shared/github/gate';
import type { GithubReply } from '@github-repo-stats/shared/github/reply';
import { z } from 'zod';
import type { ListingResult } from './list-pages.ts';
import { LISTING_NAME, LISTING_QUERY, type ListingVariables } from './listing.ts';

const Reckoned = z.object({ rateLimit: z.object({ cost: z.int().min(0), nodeCount: z.int().min(0) }) });

/** How much the last call counts in the seconds that a listing takes lately. */
const LATEST = 0.2;

/** What a real page teaches: how long it took. */
export function learnSeconds({ listingSeconds: known }: Readonly<Pace>, reply: GithubReply): Partial<Pace> {
  if (reply.kind !== 'data') return {};
  return {
    listingSeconds: known === undefined ? reply.seconds : (1 - LATEST) * known + LATEST * reply.seconds,
  };
}

/** What a dry run teaches: what GitHub reckons a page to cost. */
function learnCost({ dryRuns }: Readonly<Pace>, reply: GithubReply): Partial<Pace> {
  const reckoned = reply.kind === 'data' ? Reckoned.safeParse(reply.data) : undefined;
  return reckoned?.success ? { dryRuns: { ...dryRuns, [LISTING_NAME]: reckoned.data.rateLimit } } : {};
}

/**
 * Once per credential the page is first asked for in a dry run, which costs no points and tells what the query's shape costs.
 * It counts as a call, under a grant of its own.
 */
export async function listAs(
  client: GithubClient,
  gate: Pick<CallGate, 'call'>,
  variables: ListingVariables,
  onWatch: NonNullable<CallOptions['onWatch']>,
): Promise<ListingResult> {
  const unready = await client.prepare();
  if (unready) return { kind: 'unready', reply: unready };
  let dryRun = false;
  const call = (mayBeDry: boolean): Promise<GateResult> =>
    gate.call(
      'listing',
      (signal, pace) => {
        dryRun = mayBeDry && pace.dryRuns?.[LISTING_NAME] === undefined;
        return client.ask(LISTING_QUERY, { ...variables, dryRun }, signal);
      },
      { onWatch, learn: (pace, reply) => (dryRun ? learnCost(pace, reply) : learnSeconds(pace, reply)) },
    );
  const first = await call(true);
  if (first.kind !== 'sent' || !dryRun || first.reply.kind !== 'data') return first;
  const page = await call(false);
  return page.kind === 'sent' ? { ...page, calls: page.calls + first.calls } : page;
}
