/**
 * GitHub's limits, per token: points in a fixed hour (primary), and concurrency, calls and server time in a minute
 * (secondary). https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 * With a time scale all of that is in GitHub's time: a minute lasts 60 s times the scale. What a refusal announces is in
 * real seconds, rounded up and at least 1, and holds for just as long: who waits as told is let in.
 */
import { textHash, uniform } from './hash.ts';
import type { RateLimitState } from './request-context.ts';

/** What one token may spend, where that is said for it alone; it is enforced in either mode. */
export interface Budget {
  readonly pointsPerHour?: number | undefined;
  readonly computeSeconds?: number | undefined;
}

export interface LimitOptions {
  /** `none` counts and shows points but refuses nobody without a budget of his own; the limit shown is out of reach. */
  readonly mode: 'none' | 'github';
  /** Points in an hour; GitHub gives a user 5,000. */
  readonly pointsPerHour?: number;
  /** GraphQL server seconds in a second of real time; the docs say 1, reports say more. */
  readonly computeSeconds?: number;
  /** Real seconds for each of GitHub's; 1 by default. */
  readonly timeScale?: number;
  readonly budgetOf?: (token: string) => Budget;
  readonly seed: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export type Refusal =
  | { readonly limit: 'primary'; readonly until: number }
  | {
      readonly limit: 'secondary';
      readonly until: number;
      readonly retryAfter: number | null;
      readonly status: 200 | 403;
    };

interface Bucket {
  used: number;
  /** Epoch seconds. */
  reset: number;
  inFlight: number;
  /** Epoch milliseconds; calls are refused until then. */
  refusedUntil: number;
  refusals: number;
  /** Calls begun, and server seconds of calls ended, in the last minute of GitHub's time. */
  begun: number[];
  ended: { readonly at: number; readonly seconds: number }[];
}

const HOUR = 3600;
const MINUTE = 60;
const MAX_IN_FLIGHT = 100;
const MAX_CALLS_PER_MINUTE = 2000;
const RETRY_AFTER = 60;
const UNREACHABLE = 10_000_000;
const REFUSAL = textHash('secondary-refusal');

/**
 * State per token: points used in the window that ends at `reset` (a new window starts with the first call after it),
 * calls in flight, calls and server seconds of the last minute, and, once a secondary limit is passed, the moment until
 * which everything is refused.
 */
export class Limits {
  readonly #options: LimitOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: LimitOptions) {
    this.#options = options;
  }

  state(token: string): RateLimitState {
    const { used, reset } = this.#bucket(token);
    const limit = this.#limit(token);
    return { limit, used, remaining: Math.max(0, limit - used), reset };
  }

  /** Starts a call: undefined when it may go on, and then `end` is due. */
  begin(token: string, points: number): Refusal | undefined {
    const bucket = this.#bucket(token);
    if (this.#isLimited(token)) {
      const refusal = this.#secondary(token, bucket);
      if (refusal) return refusal;
      if (bucket.used + points > this.#limit(token)) return { limit: 'primary', until: bucket.reset * 1000 };
      bucket.begun.push(this.#options.now());
    }
    bucket.inFlight += 1;
    bucket.used += points;
    return undefined;
  }

  /** Ends a call that took so many seconds of GitHub's time, and docks points on top of its price. */
  end(token: string, seconds: number, extraPoints: number): void {
    const bucket = this.#bucket(token);
    bucket.inFlight -= 1;
    bucket.used += extraPoints;
    if (this.#isLimited(token)) bucket.ended.push({ at: this.#options.now(), seconds });
  }

  #own(token: string): Budget {
    return this.#options.budgetOf?.(token) ?? {};
  }

  #isLimited(token: string): boolean {
    const { pointsPerHour, computeSeconds } = this.#own(token);
    return this.#options.mode === 'github' || pointsPerHour !== undefined || computeSeconds !== undefined;
  }

  #limit(token: string): number {
    const { mode, pointsPerHour = 5000 } = this.#options;
    return this.#own(token).pointsPerHour ?? (mode === 'none' ? UNREACHABLE : pointsPerHour);
  }

  /** Server seconds in a second of GitHub's time. */
  #compute(token: string): number {
    const { mode, computeSeconds = 1 } = this.#options;
    return this.#own(token).computeSeconds ?? (mode === 'none' ? Infinity : computeSeconds);
  }

  /** How long so many seconds of GitHub's last, as it is announced: in whole seconds. */
  #lasting(seconds: number): number {
    return Math.max(1, Math.ceil(seconds * (this.#options.timeScale ?? 1)));
  }

  #secondary(token: string, bucket: Bucket): Refusal | undefined {
    const now = this.#options.now();
    if (bucket.refusedUntil <= now) {
      const from = now - MINUTE * 1000 * (this.#options.timeScale ?? 1);
      bucket.begun = bucket.begun.filter((at) => at > from);
      bucket.ended = bucket.ended.filter(({ at }) => at > from);
      const calls = bucket.begun.length;
      const seconds = bucket.ended.reduce((sum, call) => sum + call.seconds, 0);
      const tooMuch = seconds > MINUTE * this.#compute(token);
      if (bucket.inFlight < MAX_IN_FLIGHT && calls < MAX_CALLS_PER_MINUTE && !tooMuch) return undefined;
      bucket.refusedUntil = now + this.#lasting(RETRY_AFTER) * 1000;
      bucket.refusals += 1;
    }
    const draw = uniform(this.#options.seed, REFUSAL, textHash(token), bucket.refusals);
    const retryAfter = draw < 0.1 ? null : Math.ceil((bucket.refusedUntil - now) / 1000);
    return { limit: 'secondary', until: bucket.refusedUntil, retryAfter, status: draw > 0.95 ? 200 : 403 };
  }

  #bucket(token: string): Bucket {
    const now = this.#options.now() / 1000;
    const known = this.#buckets.get(token);
    if (known === undefined) {
      const reset = Math.ceil(now) + this.#lasting(HOUR);
      const fresh = { used: 0, reset, inFlight: 0, refusedUntil: 0, refusals: 0, begun: [], ended: [] };
      this.#buckets.set(token, fresh);
      return fresh;
    }
    if (known.reset <= now) {
      known.used = 0;
      known.reset = Math.ceil(now) + this.#lasting(HOUR);
    }
    return known;
  }
}
