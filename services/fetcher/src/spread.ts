/** Spreads the copies that wait for the same limit, so that they do not all come back in the same second. */

/**
 * Remembers the last time it gave out. Copies come back in the order in which they were sent away, one call's time apart.
 * @returns a function from the least wait in ms and the seconds of a call to the wait in ms.
 */
export function spreader(now: () => number): (waitMs: number, secondsPerCall: number) => number {
  let last = 0;
  return (waitMs, secondsPerCall) => {
    const at = Math.max(now() + waitMs, last + secondsPerCall * 1000);
    last = at;
    return at - now();
  };
}
