import { expect, test } from 'vitest';
import { Limits, type LimitOptions } from './limits.ts';

function limits(options: Partial<LimitOptions> = {}) {
  const clock = { now: 1_000_000_000_000 };
  return { clock, limits: new Limits({ mode: 'github', seed: 1, now: () => clock.now, ...options }) };
}

test('points are refused when they are used up, and come back an hour after the first', () => {
  const { clock, limits: all } = limits({ pointsPerHour: 10 });
  expect(all.begin('a', 9)).toBeUndefined();
  expect(all.state('a')).toMatchObject({ limit: 10, used: 9, remaining: 1 });
  const { reset } = all.state('a');
  expect(all.begin('a', 2)).toEqual({ limit: 'primary', until: reset * 1000 });
  expect(all.begin('b', 2)).toBeUndefined();
  clock.now = reset * 1000;
  expect(all.begin('a', 2)).toBeUndefined();
  expect(all.state('a').used).toBe(2);
});

test('docked points count', () => {
  const { limits: all } = limits({ pointsPerHour: 20 });
  all.begin('a', 1);
  all.end('a', 10.5, 10);
  expect(all.state('a').remaining).toBe(9);
});

test('more than 100 calls at once are refused for a minute', () => {
  const { clock, limits: all } = limits();
  for (let i = 0; i < 100; i++) expect(all.begin('a', 1)).toBeUndefined();
  const refusal = all.begin('a', 1);
  expect(refusal).toMatchObject({ limit: 'secondary', until: clock.now + 60_000 });
  for (let i = 0; i < 100; i++) all.end('a', 0.1, 0);
  expect(all.begin('a', 1)).toMatchObject({ limit: 'secondary' });
  clock.now += 60_000;
  expect(all.begin('a', 1)).toBeUndefined();
});

test('more server time than the clock has is refused, as much more as the scenario allows', () => {
  for (const [computeSeconds, allowed] of [
    [1, 7],
    [2.5, 16],
  ] as const) {
    const { clock, limits: all } = limits({ computeSeconds });
    let calls = 0;
    while (all.begin('a', 1) === undefined) {
      calls += 1;
      all.end('a', 9.5, 0);
      clock.now += 1000;
    }
    expect(calls).toBe(allowed);
  }
});

test('more than 2,000 calls in a minute are refused', () => {
  const { clock, limits: all } = limits();
  for (let i = 0; i < 2000; i++) {
    expect(all.begin('a', 0)).toBeUndefined();
    all.end('a', 0, 0);
  }
  expect(all.begin('a', 0)).toMatchObject({ limit: 'secondary' });
  clock.now += 60_000;
  expect(all.begin('a', 0)).toBeUndefined();
});

test('some refusals do not say how long, and some come as successes', () => {
  const seen = new Set<string>();
  for (let token = 0; token < 200; token++) {
    const { limits: all } = limits({ computeSeconds: 0 });
    all.begin(`t${token}`, 1);
    all.end(`t${token}`, 1, 0);
    const refusal = all.begin(`t${token}`, 1);
    if (refusal?.limit === 'secondary') seen.add(`${refusal.status} ${refusal.retryAfter}`);
  }
  expect([...seen].toSorted()).toEqual(['200 60', '403 60', '403 null']);
});

test('with a time scale minutes and hours pass as fast as answers, and who waits as told is let in', () => {
  const { clock, limits: all } = limits({ timeScale: 0.01, pointsPerHour: 1000 });
  for (let i = 0; i < 7; i++) {
    expect(all.begin('a', 1)).toBeUndefined();
    all.end('a', 9.5, 0);
    clock.now += 10;
  }
  const refusal = all.begin('a', 1);
  expect(refusal).toMatchObject({ limit: 'secondary', until: clock.now + 1000 });
  clock.now += 999;
  expect(all.begin('a', 1)).toMatchObject({ limit: 'secondary', until: clock.now + 1 });
  clock.now += 1;
  expect(all.begin('a', 1)).toBeUndefined();

  expect(all.begin('b', 1000)).toBeUndefined();
  const { reset } = all.state('b');
  expect(reset - clock.now / 1000).toBeLessThan(37);
  expect(all.begin('b', 1)).toEqual({ limit: 'primary', until: reset * 1000 });
  clock.now = reset * 1000;
  expect(all.begin('b', 1)).toBeUndefined();
});

test('without limits nothing is refused and the limit shown is out of reach', () => {
  const { limits: all } = limits({ mode: 'none' });
  for (let i = 0; i < 5000; i++) expect(all.begin('a', 100)).toBeUndefined();
  expect(all.state('a')).toMatchObject({ used: 500_000, remaining: 9_500_000 });
});
