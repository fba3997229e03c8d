import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spreader } from './spread.ts';

describe('spreading copies', () => {
  it('brings them back in order, the work of one apart', () => {
    const spread = spreader(() => 1_000_000);
    expect([1, 2, 3].map(() => spread('a', 60_000, 0.5))).toEqual([60_000, 60_500, 61_000]);
  });

  it('asks for no more than the least wait once the earlier copies are past', () => {
    let now = 0;
    const spread = spreader(() => now);
    spread('a', 1_000, 0.5);
    now = 10_000;
    expect(spread('a', 1_000, 0.5)).toBe(1_000);
  });

  it('lets the copies of one credential not wait for those of another', () => {
    const spread = spreader(() => 0);
    expect([spread('a', 1_000, 5), spread('b', 1_000, 5)]).toEqual([1_000, 1_000]);
  });

  it('never brings one back before its wait is over, nor before the work of the last one is done', () => {
    const step = fc.record({ passes: fc.nat(5_000), waitMs: fc.nat(60_000), seconds: fc.nat(15) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let now = 0;
        const spread = spreader(() => now);
        let free = -Infinity;
        for (const { passes, waitMs, seconds } of steps) {
          now += passes;
          const delay = spread('a', waitMs, seconds);
          expect(delay).toBeGreaterThanOrEqual(waitMs);
          expect(now + delay).toBeGreaterThanOrEqual(free);
          free = now + delay + seconds * 1000;
        }
      }),
    );
  });
});
