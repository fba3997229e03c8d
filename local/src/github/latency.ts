/**
 * How long GitHub would take. A request takes 0.3 s and, for each repository, 0.015 s and 0.02 s for each count, times a
 * factor of the repository (lognormal, sigma 0.8, mean 1); 0.4 % are giants, whose five counts take 1.5 to 3.5 s more.
 * GitHub gives up at 10 s. The numbers are fitted to timings that people reported in 2025 and 2026, not measured by us.
 * A scenario may choose what stands in LatencyModel; the proportions stay what they are.
 */
import { lognormal, textHash, uniform } from './hash.ts';
import type { TimeoutKind } from './reply.ts';

const kinds = {
  factor: textHash('time-factor'),
  giant: textHash('giant'),
  giantSize: textHash('giant-size'),
  load: textHash('load'),
  overrun: textHash('overrun'),
  outcome: textHash('timeout-outcome'),
};

export const TIMEOUT_SECONDS = 10;
/** GitHub docks points for a query that timed out without saying how many; this is our guess. */
export const TIMEOUT_POINTS = 10;

const BASE_SECONDS = 0.015;
const COUNT_SECONDS = 0.02;
const COUNTS = 5;
const SECONDS_PER_REPOSITORY = BASE_SECONDS + COUNTS * COUNT_SECONDS;

/** What of the model a scenario may choose, all in GitHub's seconds and before the load. */
export interface LatencyModel {
  /** What a request takes beside its repositories. */
  readonly secondsPerCall: number;
  /** What an ordinary repository with five counts takes in the mean. */
  readonly secondsPerRepository: number;
  /** What a listing takes in all, whatever it lists; undefined: as other requests, by its repositories. */
  readonly secondsPerListing: number | undefined;
  /** The share of the repositories that are giants. */
  readonly giantShare: number;
  /** How far the load of the whole site varies from one request to the next: sigma of its lognormal factor, whose mean is 1. */
  readonly loadSpread: number;
}

export const GITHUB_LATENCY: LatencyModel = {
  secondsPerCall: 0.3,
  secondsPerRepository: SECONDS_PER_REPOSITORY,
  secondsPerListing: undefined,
  giantShare: 0.004,
  loadSpread: 0.15,
};

/** Seconds that one repository takes: once for being read, and for each of its counts. */
export function repositorySeconds(
  seed: number,
  slot: number,
  { secondsPerRepository, giantShare }: Pick<LatencyModel, 'secondsPerRepository' | 'giantShare'>,
): { readonly base: number; readonly perCount: number } {
  const factor = lognormal(seed, kinds.factor, slot, 0.8) * (secondsPerRepository / SECONDS_PER_REPOSITORY);
  const giant = uniform(seed, kinds.giant, slot) < giantShare;
  const extra = giant ? (1.5 + 2 * uniform(seed, kinds.giantSize, slot)) / COUNTS : 0;
  return { base: BASE_SECONDS * factor, perCount: COUNT_SECONDS * factor + extra };
}

/** By the load of the whole site. */
export function loadFactor(
  seed: number,
  request: number,
  { loadSpread }: Pick<LatencyModel, 'loadSpread'>,
): number {
  return lognormal(seed, kinds.load, request, loadSpread);
}

/** When and how GitHub answers a request that takes too long: after 10.0 to 10.9 s, mostly as its proxy. */
export function timeoutOf(
  seed: number,
  request: number,
): { readonly seconds: number; readonly kind: TimeoutKind } {
  const draw = uniform(seed, kinds.outcome, request);
  return {
    seconds: TIMEOUT_SECONDS + 0.9 * uniform(seed, kinds.overrun, request),
    kind: draw < 0.6 ? 'timeout-502' : draw < 0.85 ? 'timeout-json' : 'timeout-504',
  };
}
