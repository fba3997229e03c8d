/** Waits that end with the run. */
import { setTimeout as pause } from 'node:timers/promises';

/** @throws when the run is stopped. */
export const sleep = (seconds: number, signal: AbortSignal): Promise<void> =>
  seconds > 0 ? pause(seconds * 1000, undefined, { signal }) : Promise.resolve();

/** Does the work and takes so many seconds for it, or longer. */
export async function atLeast<T>(seconds: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const result = await work();
  await sleep(seconds - (performance.now() - from) / 1000, signal);
  return result;
}
