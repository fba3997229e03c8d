/** An answer of the API that is kept up to date while somebody looks at the page. */
import { useEffect, useState } from 'preact/hooks';
import { ask, key, lastAnswer } from './ask.ts';
import { whileSeen } from './while-seen.ts';

export interface Answer<T> {
  /** The latest that is known: of the path before, while the answer to another one is on its way. */
  data: T | undefined;
  /** True until there is an answer to the path that was asked last. */
  waiting: boolean;
  /** Why the last try failed; what was answered before stays shown. */
  error: string | undefined;
}

const POLL_MS = 5000;
const SLOWEST_MS = 60_000;

const wordsOf = (error: unknown): string =>
  error instanceof TypeError
    ? 'The reporter cannot be reached. The page goes on trying.'
    : error instanceof Error
      ? error.message
      : String(error);

/** @param once for what does not change any more: the rows of a run at its end. */
export function useAnswer<T>(path: string | undefined, once = false): Answer<T> {
  const [shown, show] = useState<{
    path: string | undefined;
    data: T | undefined;
    error: string | undefined;
  }>(() => ({ path, data: path === undefined ? undefined : lastAnswer<T>(path), error: undefined }));
  const given = key.value;
  useEffect(() => {
    if (path === undefined) return undefined;
    let pause = POLL_MS;
    return whileSeen(async (signal) => {
      try {
        const data = await ask<T>(path, signal);
        pause = POLL_MS;
        // The same object: then nothing is drawn.
        show((now) =>
          now.path === path && now.data === data && now.error === undefined
            ? now
            : { path, data, error: undefined },
        );
        return once ? undefined : pause;
      } catch (error) {
        if (signal.aborted) return undefined;
        pause = Math.min(SLOWEST_MS, pause * 2);
        show((now) => ({ path: now.path, data: now.data, error: wordsOf(error) }));
        return pause;
      }
    });
  }, [path, once, given]);
  const remembered = path === undefined || shown.path === path ? undefined : lastAnswer<T>(path);
  if (remembered !== undefined) return { data: remembered, waiting: false, error: undefined };
  return {
    data: shown.data,
    waiting: shown.error === undefined && (shown.path !== path || shown.data === undefined),
    error: shown.error,
  };
}
