import { expect, test } from 'vitest';
import { afterDeath, FRESH, type Life, type RestartState } from './restart-policy.ts';

const delays = (lives: Life[]): (number | 'give-up')[] => {
  let state: RestartState = FRESH;
  return lives.map((life) => {
    const { next, delayMs } = afterDeath(state, life);
    state = next;
    return delayMs;
  });
};
const crash: Life = { listened: true, ms: 500, bySignal: true };

test('repeated deaths wait longer, up to five seconds, and are never given up while it could start', () => {
  expect(delays(Array.from({ length: 8 }, () => crash))).toEqual([0, 100, 300, 800, 2000, 5000, 5000, 5000]);
});

test('after a long life a death is a first one again', () => {
  expect(delays([crash, crash, { ...crash, ms: 60_000 }, crash])).toEqual([0, 100, 0, 100]);
});

test('five starts that failed by themselves are hopeless; killed ones are not', () => {
  const failed: Life = { listened: false, ms: 100, bySignal: false };
  expect(delays(Array.from({ length: 5 }, () => failed)).at(-1)).toBe('give-up');
  expect(delays([failed, failed, failed, failed, { ...failed, bySignal: true }, failed])).not.toContain(
    'give-up',
  );
});
