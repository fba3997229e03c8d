import { describe, expect, it } from 'vitest';
import { pageSize } from './listing-pages.ts';

describe('the size of a page', () => {
  it.each([
    [1, 100],
    [7, 98],
    [33, 99],
    [50, 100],
    [51, 51],
    [65, 65],
    [100, 100],
  ])('is a whole number of batches of %i, at most 100', (batch, size) => {
    expect(pageSize(batch)).toBe(size);
  });
});
