import { expect, it } from 'vitest';
import { Hopeless } from './hopeless.ts';

it('leaves out for an hour what would end as it did, and nothing else', () => {
  let now = 0;
  const hopeless = new Hopeless(() => now);
  for (const result of ['incomplete', 'differs', 'history', 'later', 'overtaken', 'archived'] as const)
    hopeless.note(result, result);
  const left = () =>
    ['incomplete', 'differs', 'history', 'later', 'overtaken', 'archived'].filter((r) => hopeless.has(r));
  expect(left()).toEqual(['incomplete', 'differs', 'history']);
  hopeless.note('differs', 'archived');
  now = 3_599_999;
  expect(left()).toEqual(['incomplete', 'history']);
  now = 3_600_000;
  expect(left()).toEqual([]);
});
