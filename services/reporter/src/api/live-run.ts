/** How a run under way is doing: how far, how fast, when it will most likely end, and what each credential waits for. */
import { credentialOfLane } from '@github-repo-stats/shared/ids';
import type { Pace } from '@github-repo-stats/shared/pace';
import type { ShownRun } from './api-store.ts';
import type { CredentialState, LiveRun } from './contract.ts';
import { briefOfRun } from './run-brief.ts';

/** The rate so far is that of other repositories: the rest may take this much less or more time. */
const SPREAD = 1.5;

/** @param pace of each credential. @param now epoch ms. */
export function liveRun(run: ShownRun, pace: readonly Pace[], now: number): LiveRun {
  const settled = run.totalCreatedCount + run.totalFailedCount + run.totalDuplicateCount;
  const credentials = pace.map((one) => credentialState(one, now, true));
  // Up to the last progress: so that nothing changes while nothing happens. What a run that was opened again did before says nothing.
  const seconds = (Date.parse(run.progressAt) - Date.parse(run.startedAt)) / 1000;
  const rate = run.revision === 0 && settled > 0 && seconds > 0 ? settled / seconds : null;
  const isListed = run.sourcesResolved === run.sourcesTotal;
  return {
    run: briefOfRun(run),
    sourcesTotal: run.sourcesTotal,
    sourcesResolved: run.sourcesResolved,
    settled,
    rate: rate === null ? null : Number(rate.toFixed(3)),
    secondsLeft:
      rate === null || !isListed ? null : secondsLeft(run.totalPlanned - settled, rate, credentials, now),
    stalledCause: run.stalledCause ?? null,
    credentials,
  };
}

/** What GitHub made it wait for, in words that follow “for”. */
const LIMITS: Readonly<Record<string, string>> = {
  primary: 'the next hour’s points of GitHub',
  secondary: 'GitHub’s secondary rate limit',
};

/** Between these. When every credential waits, nothing goes on before the first may ask again. */
function secondsLeft(
  left: number,
  rate: number,
  credentials: readonly CredentialState[],
  now: number,
): { least: number; most: number } {
  const waits = credentials.map(({ state, until }) =>
    (state === 'waiting' || state === 'refused') && until !== null ? (Date.parse(until) - now) / 1000 : 0,
  );
  const wait = waits.length > 0 ? Math.max(0, Math.min(...waits)) : 0;
  const rounded = (seconds: number): number => Math.ceil(seconds);
  return { least: rounded(wait + left / rate / SPREAD), most: rounded(wait + (left * SPREAD) / rate) };
}

/** @param now epoch ms. @param isBusy whether any run is under way: a grant that was not given back is work only then. */
export function credentialState(pace: Pace, now: number, isBusy: boolean): CredentialState {
  const { refusedUntil, notBefore, reason, grants } = pace;
  const credential = credentialOfLane(pace.id) ?? pace.id;
  const isAhead = (time: string | undefined): time is string => time !== undefined && Date.parse(time) > now;
  if (isAhead(refusedUntil))
    return { credential, state: 'refused', reason: 'GitHub refused it', until: refusedUntil };
  if (isAhead(notBefore))
    return {
      credential,
      state: 'waiting',
      reason: reason ? (LIMITS[reason] ?? reason) : null,
      until: notBefore,
    };
  const isHeld = [grants.stats, grants.listing].some((grant) => grant && !grant.released);
  return { credential, state: isBusy && isHeld ? 'working' : 'idle', reason: null, until: null };
}
