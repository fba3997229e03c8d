/** Whether the archiver may use request units of the statistics' container now: with a budget, only while no run needs it. */
import { RunUnderWay } from './read-stats.ts';

/** Of the budget for writing, while nobody writes. The other half is there for whoever begins before it is noticed. */
export const SHARE = 0.5;
/** Looked at so often, in ms. */
const LOOK_MS = 5000;

/**
 * @param budget RU per second that writing may use; undefined where there is none to keep (serverless).
 * @returns resolves where there is room, and rejects with RunUnderWay where a run is.
 */
export function roomBesideRuns(
  budget: number | undefined,
  isAnyRunActive: () => Promise<boolean>,
  monotonic: () => number,
): () => Promise<void> {
  let lookedAt = -Infinity;
  return async () => {
    if (budget === undefined || monotonic() - lookedAt < LOOK_MS) return;
    if (await isAnyRunActive()) throw new RunUnderWay('another run is under way');
    lookedAt = monotonic();
  };
}
