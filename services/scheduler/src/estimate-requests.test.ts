import type { Learned } from '@github-repo-stats/shared/pace';
import { UNLEARNED, learn, requestSize } from '@github-repo-stats/shared/github/request-size';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestsFor, secondsReckoned } from './estimate-requests.ts';

/** As the fetcher goes through batches, one by one, when GitHub takes so long for each repository. */
function asked(batches: readonly number[], learned: Learned | undefined, seconds: number): number {
  let known = learned;
  let requests = 0;
  for (const batch of batches)
    for (let left = batch; left > 0;) {
      const repositories = requestSize(known, left);
      known = learn(known, { repositories, seconds: repositories * seconds, tooMuch: false }, 1);
      left -= repositories;
      requests++;
    }
  return requests;
}

describe('the requests of many batches', () => {
  it('are those that the fetcher makes, whatever was learned', () => {
    const learned = fc.record({
      size: fc.integer({ min: 1, max: 100 }),
      hold: fc.integer({ min: 0, max: 5 }),
      halved: fc.boolean(),
      repositories: fc.integer({ min: 1, max: 1000 }),
      seconds: fc.double({ min: 0.01, max: 200, noNaN: true }),
      calls: fc.constant(10),
    });
    fc.assert(
      fc.property(
        fc.option(learned, { nil: undefined }),
        fc.array(
          fc.record({
            batches: fc.integer({ min: 1, max: 60 }),
            repositories: fc.integer({ min: 1, max: 100 }),
          }),
          { minLength: 1, maxLength: 3 },
        ),
        (known, rows) => {
          const batches = rows.flatMap((r) => Array.from({ length: r.batches }, () => r.repositories));
          const real = asked(batches, known, secondsReckoned(known, 1));
          // Sums that fade are sums of floating-point numbers: a size may differ by one where it is cut off.
          expect(Math.abs(requestsFor(rows, known, 1) - real)).toBeLessThanOrEqual(Math.max(1, real * 0.02));
        },
      ),
    );
  });

  it('is one for what fits into one', () => {
    expect(requestsFor([{ batches: 1, repositories: 9 }], UNLEARNED, 1)).toBe(1);
  });
});
