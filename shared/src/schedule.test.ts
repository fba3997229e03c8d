import { describe, expect, it } from 'vitest';
import { latestOccurrence, nextOccurrence, scheduleProblem } from './schedule.ts';

const SIX_HOURS = '0 0 */6 * * *';
const latest = (expression: string, now: string): string =>
  new Date(latestOccurrence(expression, new Date(now)) * 1000).toISOString();

describe('the latest occurrence of a schedule', () => {
  it.each([
    ['on time', '2021-01-20T06:00:00.000Z'],
    ['a little early', '2021-01-20T05:59:59.500Z'],
    ['a little late', '2021-01-20T06:00:01.250Z'],
    ['hours late', '2021-01-20T11:59:58.000Z'],
  ])('is the one that the timer was set for, when it fires %s', (_, now) => {
    expect(latest(SIX_HOURS, now)).toBe('2021-01-20T06:00:00.000Z');
  });

  it('is the one before, more than a second ahead of the next', () => {
    expect(latest(SIX_HOURS, '2021-01-20T05:59:58.900Z')).toBe('2021-01-20T00:00:00.000Z');
  });

  it('may lie on the day before', () => {
    expect(latest('0 30 22 * * *', '2021-01-20T05:00:00Z')).toBe('2021-01-19T22:30:00.000Z');
  });

  it('counts in UTC, whatever the time zone of the machine', () => {
    const zone = process.env.TZ;
    process.env.TZ = 'America/New_York';
    try {
      // Clocks went forward there at 07:00 UTC of this day.
      expect(latest(SIX_HOURS, '2021-03-14T07:30:00Z')).toBe('2021-03-14T06:00:00.000Z');
      expect(latest(SIX_HOURS, '2021-03-14T12:00:00Z')).toBe('2021-03-14T12:00:00.000Z');
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it('is a whole second, the same for every firing of one occurrence', () => {
    const ids = [0, 1, 250, 999].map((ms) =>
      latestOccurrence(SIX_HOURS, new Date(Date.UTC(2021, 0, 20, 6, 0, 0, ms))),
    );
    expect(new Set(ids)).toEqual(new Set([1_611_122_400]));
  });
});

describe('the next occurrence of a schedule', () => {
  const next = (expression: string, now: string): string =>
    new Date(nextOccurrence(expression, new Date(now)) * 1000).toISOString();

  it.each([
    ['2021-01-20T05:59:58.900Z', '2021-01-20T06:00:00.000Z'],
    ['2021-01-20T05:59:59.500Z', '2021-01-20T12:00:00.000Z'],
    ['2021-01-20T06:00:00.000Z', '2021-01-20T12:00:00.000Z'],
    ['2021-01-20T18:00:01.000Z', '2021-01-21T00:00:00.000Z'],
  ])('seen from %s is %s', (now, expected) => {
    expect(next(SIX_HOURS, now)).toBe(expected);
  });

  it('is the one after the latest', () => {
    const now = new Date('2021-03-14T06:30:00Z');
    expect(nextOccurrence(SIX_HOURS, now) - latestOccurrence(SIX_HOURS, now)).toBe(6 * 3600);
  });
});

describe('a schedule', () => {
  it.each([SIX_HOURS, '*/5 * * * * *', '0 0 8 * * Mon-Fri', '0 0 0 1 Jan *', ' 0  0 0 * * 0 '])(
    'may be %s',
    (expression) => {
      expect(scheduleProblem(expression)).toBeUndefined();
    },
  );

  it.each([
    '0 */6 * * *',
    '0 0 0 0 */6 * * *',
    '06:00:00',
    '@daily',
    '',
    '60 0 0 * * *',
    '0 0 25 * * *',
    'a b c d e f',
  ])('is refused by name when it is "%s"', (expression) => {
    expect(scheduleProblem(expression)).toMatch(/^RunSchedule: /);
  });
});
