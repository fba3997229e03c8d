/** When a child process that died is started again, and when that is hopeless. */

/** How one life of a child ended. */
export interface Life {
  /** It said that it listens. */
  listened: boolean;
  /** From its start to its death. */
  ms: number;
  /** It was killed from outside, or crashed in native code: never the fault of its configuration. */
  bySignal: boolean;
}

/** At once for the first death, then slower; under a second for the second, third and fourth. */
const DELAYS_MS = [0, 100, 300, 800, 2000, 5000] as const;
/** Lives longer than this count as good: the next death is a first one again. */
const GOOD_LIFE_MS = 10_000;
const HOPELESS_STARTS = 5;

export interface RestartState {
  /** Short lives in a row. */
  short: number;
  /** Lives in a row that ended by themselves before listening. */
  failedStarts: number;
}
export const FRESH: RestartState = { short: 0, failedStarts: 0 };

/** What to do after a death: the delay before the next start in ms, or `give-up` after five starts that failed by themselves. */
export function afterDeath(
  state: RestartState,
  life: Life,
): { next: RestartState; delayMs: number | 'give-up' } {
  const short = life.listened && life.ms >= GOOD_LIFE_MS ? 1 : state.short + 1;
  const failedStarts = life.listened || life.bySignal ? 0 : state.failedStarts + 1;
  const next = { short, failedStarts };
  if (failedStarts >= HOPELESS_STARTS) return { next, delayMs: 'give-up' };
  return { next, delayMs: DELAYS_MS[Math.min(short - 1, DELAYS_MS.length - 1)] ?? 0 };
}
