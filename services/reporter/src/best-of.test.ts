import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BestOf } from './best-of.ts';

it('keeps what sorting all of them would put first', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer()), fc.nat(12), (all, most) => {
      const byValue = (a: number, b: number): number => a - b;
      const best = new BestOf(most, byValue);
      for (const value of all) best.add(value);
      expect(best.list()).toEqual(all.toSorted(byValue).slice(0, most));
    }),
  );
});
