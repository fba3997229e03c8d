import { expect, it } from 'vitest';
import { sweep, SweptSince } from './sweep.ts';

it('works on one run after the other, and begins none after half of the time that a function has', async () => {
  let now = 0;
  const done: string[] = [];
  await sweep(
    ['1', '2', '3'],
    () => now,
    (runId) => {
      now += 200_000;
      done.push(runId);
      return Promise.resolve();
    },
  );
  expect(done).toEqual(['1', '2']);
});

it('looks at all runs at first and once a day, else at those of three days; what failed is done again', async () => {
  const DAY = 86_400;
  let now = 1_000_000_000;
  const looked: number[] = [];
  const since = new SweptSince(() => now);
  const look = (from: number): Promise<void> => Promise.resolve(void looked.push(from));
  await expect(since.do(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  await since.do(look);
  now += 300;
  await since.do(look);
  now += DAY;
  await since.do(look);
  expect(looked).toEqual([0, 1_000_000_300 - 3 * DAY, 0]);
});
