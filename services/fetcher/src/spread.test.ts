import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spreader } from './spread.ts';

describe('spreading copies', () => {
  it('brings them back in order, one call apart', () => {
    const spread = spreader(() => 1_000_000);
    expect([1, 2, 3].map(() => spread(60_000, 0.5))).toEqual([60_000, 60_500, 61_000]);
  });

  it('asks for no more than the least wait once the earlier copies are past', () => {
    let now = 0;
    const spread = spreader(() => now);
    spread(1_000, 0.5);
    now = 10_000;
    expect(spread(1_000, 0.5)).toBe(1_000);
  });

  it('never brings one back before its wait is over, nor two closer than a call takes', () => {
    const step = fc.record({ passes: fc.nat(5_000), waitMs: fc.nat(60_000), seconds: fc.nat(15) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let now = 0;
        const spread = spreader(() => now);
        let last = -Infinity;
        for (const { passes, waitMs, seconds } of steps) {
          now += passes;
          const delay = spread(waitMs, seconds);
          expect(delay).toBeGreaterThanOrEqual(waitMs);
          expect(now + delay - last).toBeGreaterThanOrEqual(seconds * 1000);
          last = now + delay;
        }
      }),
    );
  });
});
