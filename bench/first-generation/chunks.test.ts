import { expect, test } from 'vitest';
import { chunkBytes, chunksByBytes } from './chunks.ts';

const itself = (bytes: number): number => bytes;

test('400 RU/s and 5 RU a write are chunks of 60,000 bytes', () => {
  expect(chunkBytes(400, 5)).toBe(60_000);
});

test('what does not fit ends its chunk and comes last', () => {
  expect(chunksByBytes([4, 4, 7, 3, 3], 10, itself)).toEqual([[4, 4], [3, 3], [7]]);
});

test('what fits in one chunk is one chunk, and nothing is none', () => {
  expect(chunksByBytes([1, 2, 3], 6, itself)).toEqual([[1, 2, 3]]);
  expect(chunksByBytes([], 6, itself)).toEqual([]);
});

test('what is larger than a chunk is written all the same', () => {
  expect(chunksByBytes([9, 1], 5, itself)).toEqual([[9], [1]]);
});
