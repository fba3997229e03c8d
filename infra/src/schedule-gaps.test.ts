import { expect, it } from 'vitest';
import { gapsOf } from './schedule-gaps.ts';

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];

it.each([
  ['0 0 */6 * * *', 6 * HOUR, 6 * HOUR],
  ['0 0 8,20 * * *', 12 * HOUR, 12 * HOUR],
  ['0 0 6,18 * * 1-5', 12 * HOUR, 60 * HOUR],
  ['0 30 7 * * *', DAY, DAY],
  ['0 */30 8-17 * * 1-5', 30 * MINUTE, 62.5 * HOUR],
  ['0 0 0 * * 0', 7 * DAY, 7 * DAY],
  ['0 0 0 1 1 *', 365 * DAY, 366 * DAY],
])('%s occurs from every %i s to every %i s', (schedule, shortest, longest) => {
  expect(gapsOf(schedule)).toEqual({ shortest, longest });
});
