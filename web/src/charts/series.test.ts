import { describe, expect, it } from 'vitest';
import { perDay, withGaps } from './series.ts';
import { lines } from './sparkline.tsx';

const at = (time: string): number => Date.parse(`2026-03-${time}Z`);

describe('points of a history', () => {
  it('have a gap where a run missed it', () => {
    const points = [
      { at: 1, value: 5 },
      { at: 3, value: 6 },
    ];
    expect(withGaps(points, [2])).toEqual([points[0], { at: 2, value: null }, points[1]]);
  });

  it('change by day from the last run of the day before', () => {
    const points = [
      { at: at('01T06:00'), value: 10 },
      { at: at('01T18:00'), value: 12 },
      { at: at('02T06:00'), value: 11 },
      { at: at('02T18:00'), value: 15 },
    ];
    expect(perDay(points)).toEqual([{ at: at('02T18:00'), value: 3 }]);
  });

  it('say nothing of a day without a run, nor of the day after it', () => {
    const points = [
      { at: at('01T06:00'), value: 10 },
      { at: at('03T06:00'), value: 30 },
      { at: at('04T06:00'), value: 31 },
    ];
    expect(perDay(points)).toEqual([
      { at: at('02T00:00'), value: null },
      { at: at('03T06:00'), value: null },
      { at: at('04T06:00'), value: 1 },
    ]);
  });

  it('have no change without two days', () => {
    expect(perDay([])).toEqual([]);
    expect(perDay([{ at: at('01T06:00'), value: 10 }])).toEqual([]);
  });
});

describe('a small line', () => {
  it('is broken where a number is not known', () => {
    expect(lines([1, 2, null, 3])).toHaveLength(2);
    expect(lines([null, 1, 2, null])).toHaveLength(1);
  });

  it('keeps within its height, and is level when nothing changed', () => {
    const heights = (of: string[]): number[] =>
      of.flatMap((l) => l.split(' ').map((p) => Number(p.split(',')[1])));
    expect(heights(lines([0, 10, 5]))).toEqual([20, 2, 11]);
    expect(heights(lines([7, 7]))).toEqual([11, 11]);
  });
});
