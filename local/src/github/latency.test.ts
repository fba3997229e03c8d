import { expect, test } from 'vitest';
import { GITHUB_LATENCY, loadFactor, repositorySeconds, timeoutOf } from './latency.ts';

const draws = Array.from({ length: 50_000 }, (_, i) => i);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('repositories take 15 ms and 20 ms a count in the mean, giants aside', () => {
  const all = draws.map((slot) => repositorySeconds(3, slot, GITHUB_LATENCY));
  const ordinary = all.filter(({ base, perCount }) => perCount < base * 1.4);
  expect(mean(ordinary.map(({ base }) => base))).toBeCloseTo(0.015, 3);
  expect(mean(ordinary.map(({ perCount }) => perCount))).toBeCloseTo(0.02, 3);
  const giants = all.filter(({ base, perCount }) => perCount > base * 1.4);
  expect(giants.length / all.length).toBeCloseTo(0.004, 3);
  for (const { base, perCount } of giants) {
    expect(5 * (perCount - (base * 4) / 3)).toBeGreaterThanOrEqual(1.5 - 1e-9);
    expect(5 * (perCount - (base * 4) / 3)).toBeLessThan(3.5);
  }
});

test('the mean of an ordinary repository is what was asked for, in the same proportions; giants stay as large', () => {
  for (const asked of [0.02, 0.06, 0.115, 0.15]) {
    const model = { ...GITHUB_LATENCY, secondsPerRepository: asked };
    const all = draws.map((slot) => repositorySeconds(3, slot, model));
    const giant = (slot: number) => {
      const { base, perCount } = repositorySeconds(3, slot, GITHUB_LATENCY);
      return perCount > base * 1.4;
    };
    const ordinary = all.filter((_, slot) => !giant(slot));
    const five = mean(ordinary.map(({ base, perCount }) => base + 5 * perCount));
    expect(five / asked).toBeGreaterThan(0.98);
    expect(five / asked).toBeLessThan(1.02);
    expect(ordinary.every(({ base, perCount }) => Math.abs(perCount / base - 4 / 3) < 1e-9)).toBe(true);
    const extras = all
      .filter((_, slot) => giant(slot))
      .map(({ base, perCount }) => 5 * (perCount - (base * 4) / 3));
    expect(Math.min(...extras)).toBeGreaterThanOrEqual(1.5 - 1e-9);
    expect(mean(extras)).toBeCloseTo(2.5, 0);
  }
});

test('the share of giants is what was asked for, and the others take what they took', () => {
  const none = draws.map((slot) => repositorySeconds(3, slot, { ...GITHUB_LATENCY, giantShare: 0 }));
  expect(none.every(({ base, perCount }) => Math.abs(perCount / base - 4 / 3) < 1e-9)).toBe(true);
  const some = draws.map((slot) => repositorySeconds(3, slot, { ...GITHUB_LATENCY, giantShare: 0.02 }));
  const changed = some.filter(({ perCount }, slot) => perCount !== none[slot]?.perCount);
  expect(changed.length / some.length).toBeCloseTo(0.02, 2);
  expect(some.every(({ base }, slot) => base === none[slot]?.base)).toBe(true);
});

test('the load is 1 in the mean', () => {
  expect(mean(draws.map((request) => loadFactor(3, request, GITHUB_LATENCY)))).toBeCloseTo(1, 2);
});

test('time runs out between 10.0 and 10.9 s, in three ways', () => {
  const all = draws.map((request) => timeoutOf(3, request));
  expect(all.every(({ seconds }) => seconds >= 10 && seconds < 10.9)).toBe(true);
  const share = (kind: string) => all.filter((each) => each.kind === kind).length / all.length;
  expect(share('timeout-502')).toBeCloseTo(0.6, 1);
  expect(share('timeout-json')).toBeCloseTo(0.25, 1);
  expect(share('timeout-504')).toBeCloseTo(0.15, 1);
});
