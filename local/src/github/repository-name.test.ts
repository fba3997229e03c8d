import { expect, test } from 'vitest';
import { ownerNames, words } from './repository-name.ts';

test('no two pairs of words spell the same without a separator', () => {
  const spelt = [...words, ...words.flatMap((a) => words.map((b) => a + b))];
  expect(new Set(spelt).size).toBe(spelt.length);
});

test.each([1, 20, 6000, 120_000])(
  "the names of an owner's %d repositories differ in whatever case, and are found",
  (count) => {
    const names = ownerNames(3, 'Azure', count);
    const all = Array.from({ length: count }, (_, ordinal) => names.name(ordinal));
    expect(new Set(all.map((name) => name.toLowerCase())).size).toBe(count);
    expect(all.findIndex((name, ordinal) => names.ordinal(name.toUpperCase()) !== ordinal)).toBe(-1);
    expect(all.every((name) => /^[A-Za-z][A-Za-z._-]+$/.test(name))).toBe(true);
  },
);

test('a name that was not given out is not found', () => {
  const names = ownerNames(3, 'azure', 500);
  const given = new Set(Array.from({ length: 500 }, (_, i) => names.name(i).toLowerCase()));
  const others = words
    .flatMap((a) => words.slice(0, 9).map((b) => `${a}-${b}`))
    .filter((name) => !given.has(name));
  expect(others.length).toBeGreaterThan(1000);
  expect(others.filter((name) => names.ordinal(name) !== undefined)).toEqual([]);
  for (const name of ['', '-', 'no-such-word', 'api-api-api-api', 'hub--hub', 'toString'])
    expect(names.ordinal(name)).toBeUndefined();
});
