/**
 * How many repositories to ask for at a time, learned from how long GitHub took. What binds is GitHub's time, not its points:
 * a request that takes more than 10 s is lost, and small ones waste the 0.3 s that each costs. So a request is to take about
 * 4 s: far enough from the edge for a few giants, and long enough that the fixed part is small.
 */
import type { Learned } from '../pace.ts';

/** GitHub's seconds that one request is to take. */
const AIM_SECONDS = 4;
/** A batch is cut into equal requests of up to so many times the learned size, so that no small rest is left. */
const STRETCH = 1.4;
/** GitHub takes no more node ids than this in one request. */
const LARGEST = 100;
/** How much of what older calls taught remains after each call. */
const FADE = 0.9;
/** Calls for which the size stays after it was halved. */
const HOLD = 5;
/** Growth per call, once it was seen that a request can be too large. */
const SMALL_STEP = 1.1;

/** What is known before the first answer. */
export const UNLEARNED: Learned = {
  size: 20,
  hold: 0,
  halved: false,
  repositories: 0,
  seconds: 0,
  calls: 0,
};

/** How many of so many repositories to ask for next. */
export function requestSize(learned: Learned | undefined, left: number): number {
  const { size } = learned ?? UNLEARNED;
  const most = Math.min(LARGEST, Math.max(1, Math.floor(size * STRETCH)));
  return Math.ceil(left / Math.ceil(left / most));
}

/** What one request showed: for how many repositories, how many seconds, and whether that was too much for GitHub. */
export interface Observed {
  repositories: number;
  seconds: number;
  tooMuch: boolean;
}

/** @param scale what a second of GitHub's is here: tests let time pass faster. */
export function learn(before: Learned | undefined, seen: Observed, scale: number): Learned {
  const known = before ?? UNLEARNED;
  // A small rest of a batch shows its fixed part, or that one of its repositories is too slow; nothing about the size that was learned.
  const isRest = seen.repositories * 2 < known.size;
  if (isRest && !(seen.tooMuch && known.calls === 0)) return known;
  const sums = {
    repositories: known.repositories * FADE + seen.repositories,
    seconds: known.seconds * FADE + seen.seconds,
    calls: known.calls * FADE + 1,
  };
  if (seen.tooMuch)
    return { ...sums, size: Math.max(1, Math.floor(seen.repositories / 2)), hold: HOLD, halved: true };
  const { halved } = known;
  if (known.hold > 0) return { ...sums, size: known.size, hold: known.hold - 1, halved };
  const aim = (AIM_SECONDS * scale * sums.repositories) / Math.max(sums.seconds, 1e-6);
  const step = halved ? Math.max(known.size + 1, known.size * SMALL_STEP) : known.size * 2;
  // Sums that fade have a tail: whether 25 stands or 24 must not hang on their last digit.
  const size = Math.floor(Math.min(aim, step, LARGEST) + 1e-6);
  return { ...sums, size: Math.max(1, size), hold: 0, halved };
}

/** Seconds that a repository takes by what was learned; `unlearned` until something was. */
export const secondsPerRepository = (learned: Learned | undefined, unlearned: number): number =>
  learned && learned.repositories > 0 ? learned.seconds / learned.repositories : unlearned;
