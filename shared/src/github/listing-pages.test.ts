import { describe, expect, it } from 'vitest';
import { isEnough, MOST_PAGES, pageSizes } from './listing-pages.ts';

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

  it('are enough when all were listed and half a batch is left of them, or when there were many', () => {
    const of = { batchSize: 65, sizes: [98, 97] };
    expect([
      isEnough(1, 98, of),
      isEnough(2, 32, of),
      isEnough(2, 33, of),
      isEnough(MOST_PAGES, 0, of),
    ]).toEqual([false, false, true, true]);
  });
});
