/** Spreads the copies that wait for the same limit, so that they do not all come back in the same second. */

/**
 * Remembers the last time that it gave out for each credential. Copies come back in the order in which they were sent away,
 * as far apart as the work of one takes.
 * @param monotonic ms; a wall clock that is put back would send copies away for as long as it was.
 * @returns a function from the least wait in ms and the seconds of the work to the wait in ms.
 */
export function spreader(
  monotonic: () => number,
): (credential: string, waitMs: number, secondsOfWork: number) => number {
  const free = new Map<string, number>();
  return (credential, waitMs, secondsOfWork) => {
    const at = Math.max(monotonic() + waitMs, free.get(credential) ?? 0);
    free.set(credential, at + secondsOfWork * 1000);
    return at - monotonic();
  };
}
