import { describe, expect, it } from 'vitest';
import { isEnough, MOST_PAGES, pageSize, pageSizes } from './listing-pages.ts';

describe('the pages of a plan', () => {
  it.each([
    [1, [100]],
    [7, [98]],
    [33, [99]],
    [40, [100, 100]],
    [50, [100]],
    [51, [77, 76]],
    [65, [98, 97]],
    [67, [67]],
    [100, [100]],
  ])('are a whole number of batches of %i, each at most 100', (batch, sizes) => {
    expect(pageSizes(batch, false)).toEqual(sizes);
  });

  it.each([
    [40, [80]],
    [65, [65]],
    [100, [100]],
  ])('are one to begin with, for batches of %i', (batch, sizes) => {
    expect(pageSizes(batch, true)).toEqual(sizes);
  });

  it('are followed by those of a further plan where they are not enough', () => {
    const sizes = (isFirst: boolean) => [1, 2, 3, 4].map((nth) => pageSize(nth, { batchSize: 65, isFirst }));
    expect(sizes(true)).toEqual([65, 98, 97, 98]);
    expect(sizes(false)).toEqual([98, 97, 98, 97]);
  });

  it('are enough when all were listed and half a batch is left of them, or when there were many', () => {
    const of = { batchSize: 65, isFirst: false };
    expect([
      isEnough(1, 98, of),
      isEnough(2, 32, of),
      isEnough(2, 33, of),
      isEnough(MOST_PAGES, 0, of),
    ]).toEqual([false, false, true, true]);
  });
});
