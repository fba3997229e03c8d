/** Every deadline fires once, in order, unless it was cleared or set anew. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines } from './deadlines.ts';

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

describe('deadlines', () => {
  it('fire in the order of their times, equal times in the order they were set', () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 20 }),
      at: fc.integer({ min: -5, max: 50 }),
      clear: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const deadlines = new Deadlines();
        const keys = Array.from({ length: 21 }, (_, index) => ({ index }));
        const expected = new Map<number, number>();
        const fired: number[] = [];
        const now = Date.now();
        for (const { key, at, clear } of steps) {
          expected.delete(key);
          if (clear) deadlines.clear(keys[key]!);
          else {
            expected.set(key, at);
            deadlines.set(keys[key]!, now + at, () => fired.push(key));
          }
        }
        vi.advanceTimersByTime(100);
        const order = [...expected].toSorted(([, a], [, b]) => a - b).map(([key]) => key);
        expect(fired).toEqual(order);
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });

  it('may be set again while they fire', () => {
    const deadlines = new Deadlines();
    const times: number[] = [];
    const again = () => {
      times.push(Date.now());
      if (times.length < 3) deadlines.set(times, Date.now() + 10, again);
    };
    deadlines.set(times, Date.now() + 10, again);
    vi.advanceTimersByTime(100);
    expect(times).toEqual([1_000_010, 1_000_020, 1_000_030]);
  });

  it('may lie further ahead than a timer reaches', () => {
    const deadlines = new Deadlines();
    const days = 24 * 3_600_000;
    let fired = 0;
    deadlines.set({}, Date.now() + 60 * days, () => fired++);
    vi.advanceTimersByTime(59 * days);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(2 * days);
    expect(fired).toBe(1);
  });

  it('leave no timer behind when stopped', () => {
    const deadlines = new Deadlines();
    deadlines.set({}, Date.now() + 10, () => expect.unreachable());
    deadlines.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
