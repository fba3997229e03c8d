// How long to wait before trying a peer again that is away: short at first, so that its return is noticed within a second.
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 100;
const MOST_MS = 1000;

export interface Backoff {
  /** Waits; ends early, without error, when the signal aborts. */
  wait(): Promise<void>;
  reset(): void;
  /** True before the first wait after a reset: the moment to log. */
  readonly fresh: boolean;
}

export function createBackoff(signal: AbortSignal): Backoff {
  let next = FIRST_MS;
  return {
    async wait() {
      const delay = next * (0.8 + 0.4 * Math.random());
      next = Math.min(next * 2, MOST_MS);
      await sleep(delay, undefined, { signal }).catch(() => undefined);
    },
    reset() {
      next = FIRST_MS;
    },
    get fresh() {
      return next === FIRST_MS;
    },
  };
}
