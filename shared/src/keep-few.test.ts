import { beforeEach, expect, it } from 'vitest';
import { keepFew } from './keep-few.ts';

let asked: string[];
let known: Record<string, string | undefined>;
const read = (run: string, id: string): Promise<string | undefined> => {
  asked.push(`${run}/${id}`);
  return Promise.resolve(known[id]);
};
beforeEach(() => {
  asked = [];
  known = { a: 'A', b: 'B', c: 'C' };
});

it('asks once for what is there, and by all that it is asked by', async () => {
  const kept = keepFew(2, read);
  expect([await kept('1', 'a'), await kept('1', 'a'), await kept('2', 'a')]).toEqual(['A', 'A', 'A']);
  expect(asked).toEqual(['1/a', '2/a']);
});

it('asks again for what was not there', async () => {
  const kept = keepFew(2, read);
  expect(await kept('1', 'd')).toBeUndefined();
  known['d'] = 'D';
  expect([await kept('1', 'd'), await kept('1', 'd')]).toEqual(['D', 'D']);
  expect(asked).toEqual(['1/d', '1/d']);
});

it('forgets what was used longest ago', async () => {
  const kept = keepFew(2, read);
  for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) await kept('1', id);
  expect(asked).toEqual(['1/a', '1/b', '1/c', '1/b']);
});

it('keeps no failure', async () => {
  let isAway = true;
  const kept = keepFew(2, (id: string) => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(id)));
  await expect(kept('a')).rejects.toThrow('away');
  isAway = false;
  expect(await kept('a')).toBe('a');
});
