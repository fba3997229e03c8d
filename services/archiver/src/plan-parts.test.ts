import { expect, it } from 'vitest';
import { planParts } from './plan-parts.ts';

const sizes = (...created: number[]) => created.map((n, i) => ({ batchId: `b-${i}`, created: n }));
const ids = (parts: ReturnType<typeof planParts>) => parts.map((part) => part.map(({ batchId }) => batchId));

it('puts whole batches together, in the order of their ids, as many as fit', () => {
  const cut = planParts(sizes(2, 2, 1, 3, 0, 1).toReversed(), 5);
  expect(ids(cut)).toEqual([
    ['b-0', 'b-1', 'b-2'],
    ['b-3', 'b-5'],
  ]);
});

it('gives a batch that is larger than a part a part of its own', () => {
  expect(ids(planParts(sizes(1, 9, 1), 5))).toEqual([['b-0'], ['b-1'], ['b-2']]);
});

it('makes no part of nothing', () => {
  expect(planParts(sizes(0, 0))).toEqual([]);
});
