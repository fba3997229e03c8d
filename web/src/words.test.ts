import { expect, it } from 'vitest';
import { many, share, signed, span } from './words.ts';

it.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [60, '1 min'],
  [95, '1 min 35 s'],
  [600, '10 min'],
  [3599, '1 h'],
  [3600, '1 h'],
  [8040, '2 h 14 min'],
  [172_800, '2 d'],
  [183_600, '2 d 3 h'],
  [863_000, '10 d'],
  [223_940_000, '2,592 d'],
  [-5, '0 s'],
])('%d seconds are %s', (seconds, words) => expect(span(seconds)).toBe(words));

it('a change has its sign', () => {
  expect([5, -1200, 0].map(signed)).toEqual(['+5', '−1,200', '0']);
});

it('a share has two digits that count', () => {
  expect([0, 0.00312, 0.5, 1].map(share)).toEqual(['0 %', '0.31 %', '50 %', '100 %']);
});

it('what is counted is one or many', () => {
  expect(many(1, 'repository', 'repositories')).toBe('1 repository');
  expect(many(2000, 'run')).toBe('2,000 runs');
});
