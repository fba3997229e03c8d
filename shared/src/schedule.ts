/** The occurrences of the schedule: their epoch seconds are the run ids, which makes a timer that fires twice harmless. */
import { CronExpressionParser } from 'cron-parser';
import type { SettingsRule } from './settings.ts';

/** A timer may fire a little before its time. */
const EARLY_MS = 1_000;

/** What is wrong with an NCRONTAB expression, or undefined. */
export function scheduleProblem(expression: string): string | undefined {
  if (expression.trim().split(/\s+/).length !== 6)
    return 'RunSchedule: is not an NCRONTAB expression of six fields ({second} {minute} {hour} {day} {month} {day of week})';
  try {
    CronExpressionParser.parse(expression, { tz: 'UTC' });
    return undefined;
  } catch (error) {
    return `RunSchedule: ${(error as Error).message}`;
  }
}

/** Rule: RunSchedule can be reckoned with. */
export const runScheduleRule: SettingsRule<{ RunSchedule: string }> = (s) => scheduleProblem(s.RunSchedule);

/** The latest occurrence at or before `now`, as epoch second. */
export function latestOccurrence(expression: string, now: Date): number {
  const before = new Date(now.getTime() + EARLY_MS);
  const occurrence = CronExpressionParser.parse(expression, { tz: 'UTC', currentDate: before }).prev();
  return Math.floor(occurrence.getTime() / 1000);
}

/** The first occurrence after `now`, as epoch second: one that a timer is about to fire for counts as begun. */
export function nextOccurrence(expression: string, now: Date): number {
  const after = new Date(now.getTime() + EARLY_MS);
  const occurrence = CronExpressionParser.parse(expression, { tz: 'UTC', currentDate: after }).next();
  return Math.floor(occurrence.getTime() / 1000);
}
