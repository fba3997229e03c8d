// Repeats an invocation in this process by the function's retry policy (timer and Cosmos DB triggers have one).
import { setTimeout as sleep } from 'node:timers/promises';
import type { RetryContext, RetryOptions } from './core-types.ts';
import { messageOf } from './problems.ts';

export interface RetryPolicy {
  maxRetryCount: number;
  delayMs(retry: number, random: () => number): number;
}

/** Reads the policy a function registered; undefined when it has none. Reports a strategy that does not exist. */
export function readRetryPolicy(
  options: RetryOptions | undefined,
  report: (problem: string) => void,
): RetryPolicy | undefined {
  if (!options) return undefined;
  const maxRetryCount = options.maxRetryCount ?? -1;
  if (options.retryStrategy === 'fixedDelay') {
    const delay = (options.delayInterval?.seconds ?? 0) * 1000;
    return { maxRetryCount, delayMs: () => delay };
  }
  if (options.retryStrategy === 'exponentialBackoff') {
    const least = (options.minimumInterval?.seconds ?? 0) * 1000;
    const most = (options.maximumInterval?.seconds ?? 0) * 1000;
    return { maxRetryCount, delayMs: (retry, random) => backoff(retry, least, most, random) };
  }
  report(`the retry strategy '${options.retryStrategy}' is unknown.`);
  return undefined;
}

/** As RandomizedExponentialBackoffStrategy of the WebJobs SDK: min + (2^n - 1) · min · about 1, never above the maximum. */
function backoff(retry: number, least: number, most: number, random: () => number): number {
  const growth = (2 ** Math.min(retry + 1, 31) - 1) * least * (0.8 + 0.4 * random());
  return Math.min(least + growth, most);
}

/**
 * Runs `attempt` until it succeeds, its retries are spent, or `signal` aborts; rejects with the last error.
 * The first attempt has no retry context; later ones say how many came before and why.
 */
export async function withRetries<T>(
  policy: RetryPolicy | undefined,
  signal: AbortSignal,
  attempt: (context: RetryContext | undefined) => Promise<T>,
): Promise<T> {
  let context: RetryContext | undefined;
  for (let retry = 0; ; retry++) {
    try {
      return await attempt(context);
    } catch (error) {
      const spent = policy === undefined || (policy.maxRetryCount >= 0 && retry >= policy.maxRetryCount);
      if (spent || signal.aborted) throw error;
      const stackTrace = error instanceof Error ? error.stack : undefined;
      const exception = { message: messageOf(error), ...(stackTrace !== undefined && { stackTrace }) };
      context = { retryCount: retry + 1, maxRetryCount: policy.maxRetryCount, exception };
      // An abort ends the wait with the reason of the last attempt, not with an AbortError.
      await sleep(policy.delayMs(retry, Math.random), undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}
