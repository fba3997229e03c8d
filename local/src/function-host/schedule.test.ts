import { expect, test } from 'vitest';
import { parseSchedule } from './schedule.ts';

const next = (text: string, after: string) => parseSchedule(text).next(new Date(after)).toISOString();

test.each([
  ['0 0 */6 * * *', '2026-01-01T05:59:59.500Z', '2026-01-01T06:00:00.000Z'],
  ['0 0 */6 * * *', '2026-01-01T06:00:00.000Z', '2026-01-01T12:00:00.000Z'],
  ['*/15 * * * * *', '2026-01-01T00:00:14.999Z', '2026-01-01T00:00:15.000Z'],
  ['0 30 9 * * MON-FRI', '2026-01-02T10:00:00Z', '2026-01-05T09:30:00.000Z'],
  ['*/5 * * * *', '2026-01-01T00:01:00Z', '2026-01-01T00:05:00.000Z'],
  ['0 0 2 * * *', '2026-03-29T01:59:00Z', '2026-03-29T02:00:00.000Z'], // UTC knows no summer time
  ['00:00:30', '2026-01-01T00:00:10Z', '2026-01-01T00:00:40.000Z'],
])('%s after %s is %s', (text, after, expected) => {
  expect(next(text, after)).toBe(expected);
});

test.each([
  '',
  '* * *',
  '0 0 L * * *',
  '0 0 0 ? * *',
  '0 0 0 15W * *',
  '61 * * * * *',
  '00:00:00',
  'every hour',
])("'%s' is refused", (text) => {
  expect(() => parseSchedule(text)).toThrow(RangeError);
});
