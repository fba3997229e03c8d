import { describe, expect, it } from 'vitest';
import { partsOf } from './makespan-parts.ts';

const MOMENTS = {
  requestedAt: 1_000,
  all: { answeringSeconds: 21, firstAt: 1_500, lastEndedAt: 21_000 },
  stats: { answeringSeconds: 16, firstAt: 4_000, lastEndedAt: 21_000 },
  beforeSeconds: 2,
  lastWrittenAt: 21_250,
  endedAt: 22_000,
  mailedAt: 22_500,
};

describe('the parts of a makespan', () => {
  it('follow one another from the request to the e-mail', () => {
    const { seconds, parts } = partsOf(MOMENTS);
    expect(parts.map((p) => p.seconds)).toEqual([0.5, 2.5, 17, 0.25, 0.75, 0.5]);
    expect(parts.reduce((sum, p) => sum + p.seconds, 0)).toBe(seconds);
  });

  it('tell how much of it GitHub was at work that nothing can go on beside', () => {
    const { parts, overSerial } = partsOf(MOMENTS);
    expect(parts.reduce((sum, p) => sum + p.github, 0)).toBe(18);
    expect(overSerial).toBeCloseTo(21.5 / 18);
  });

  it('count every response time in the ratio over all of them', () => {
    expect(partsOf(MOMENTS).overAll).toBeCloseTo(21.5 / 21);
  });
});
