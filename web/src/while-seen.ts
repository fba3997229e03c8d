/** Does something again and again, but only while the page can be seen. */

/**
 * @param work resolves to the ms until it is done again, or to undefined when it is done for good.
 * @returns what stops it, and the signal that it was given is then aborted.
 */
export function whileSeen(work: (signal: AbortSignal) => Promise<number | undefined>): () => void {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy = false;
  let over = false;
  const turn = async (): Promise<void> => {
    if (busy || over || document.hidden) return;
    busy = true;
    clearTimeout(timer);
    const pause = await work(stop.signal);
    busy = false;
    over = pause === undefined || stop.signal.aborted;
    if (!over) timer = setTimeout(() => void turn(), pause);
  };
  document.addEventListener('visibilitychange', () => void turn(), { signal: stop.signal });
  void turn();
  return () => {
    stop.abort();
    clearTimeout(timer);
  };
}
