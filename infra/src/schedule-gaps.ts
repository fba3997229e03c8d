/** How far apart the occurrences of a schedule lie. */
import { latestOccurrence } from '@github-repo-stats/shared/schedule';

const DAY_SECONDS = 86_400;
/** Always the same year, so that the answer does not change from one deployment to the next. */
const LOOK_BACK_FROM = new Date('2029-01-01T00:00:00Z');
const LOOK_BACK_DAYS = 400;
/** Enough for ten weeks of one every five minutes, which is a second's work. */
const MOST_OCCURRENCES = 20_000;

/** Seconds between two occurrences at the least and at the most, over more than a year or 20,000 occurrences. */
export function gapsOf(schedule: string): { shortest: number; longest: number } {
  const last = latestOccurrence(schedule, LOOK_BACK_FROM);
  let [shortest, longest] = [Infinity, 0];
  let at = last;
  for (let looked = 0; looked < MOST_OCCURRENCES; looked++) {
    if (looked > 0 && last - at > LOOK_BACK_DAYS * DAY_SECONDS) break;
    // An occurrence counts from a second before its time; one millisecond more is before this one.
    const before = latestOccurrence(schedule, new Date(at * 1000 - 1001));
    shortest = Math.min(shortest, at - before);
    longest = Math.max(longest, at - before);
    at = before;
  }
  return { shortest, longest };
}
