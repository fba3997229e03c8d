import { expect, test } from 'vitest';
import { readRetryPolicy, withRetries } from './retry-policy.ts';

const never = new AbortController().signal;
const unexpected = (problem: string): never => {
  throw new Error(problem);
};

test('exponential back-off grows from the minimum and stays below the maximum', () => {
  const policy = readRetryPolicy(
    {
      retryStrategy: 'exponentialBackoff',
      maxRetryCount: -1,
      minimumInterval: { seconds: 2 },
      maximumInterval: { seconds: 60 },
    },
    unexpected,
  );
  const delays = [0, 1, 2, 3, 4, 40].map((retry) => policy?.delayMs(retry, () => 0.5));
  expect(delays).toEqual([4000, 8000, 16_000, 32_000, 60_000, 60_000]);
});

test('without a policy the first error is the last', async () => {
  let attempts = 0;
  const failing = withRetries(undefined, never, async () => {
    attempts++;
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(attempts).toBe(1);
});

test('maxRetryCount -1 goes on until it succeeds', async () => {
  const policy = readRetryPolicy({ retryStrategy: 'fixedDelay', maxRetryCount: -1 }, unexpected);
  const counts: (number | undefined)[] = [];
  const result = await withRetries(policy, never, async (context) => {
    counts.push(context?.retryCount);
    if (counts.length < 6) throw new Error('not yet');
    return 'done';
  });
  expect(result).toBe('done');
  expect(counts).toEqual([undefined, 1, 2, 3, 4, 5]);
});

test('an abort ends the wait between two attempts with the error of the last', async () => {
  const stop = new AbortController();
  const policy = readRetryPolicy(
    { retryStrategy: 'fixedDelay', maxRetryCount: -1, delayInterval: { seconds: 3600 } },
    unexpected,
  );
  const waiting = withRetries(policy, stop.signal, async () => {
    setImmediate(() => stop.abort());
    throw new Error('the first');
  });
  await expect(waiting).rejects.toThrow('the first');
});

test('an unknown strategy is reported', () => {
  const problems: string[] = [];
  readRetryPolicy({ retryStrategy: 'linear' }, (problem) => problems.push(problem));
  expect(problems).toEqual(["the retry strategy 'linear' is unknown."]);
});
