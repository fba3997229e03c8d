// When a timer is due: NCRONTAB with seconds in UTC, or a constant interval.
import { CronExpressionParser } from 'cron-parser';
import { parseTimeSpan } from './time-span.ts';

export interface Schedule {
  /** The first occurrence strictly after the moment. */
  next(after: Date): Date;
}

/**
 * `{second} {minute} {hour} {day} {month} {day of week}`, five fields (second 0), or `hh:mm:ss`.
 * Throws RangeError saying what is wrong with the text.
 */
export function parseSchedule(text: string): Schedule {
  const interval = parseTimeSpan(text);
  if (interval !== undefined) {
    if (interval <= 0) throw new RangeError(`the interval '${text}' is not above zero`);
    return { next: (after) => new Date(after.getTime() + interval) };
  }
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    throw new RangeError(
      `the schedule '${text}' has ${fields.length} fields: NCRONTAB has six, seconds first`,
    );
  }
  // cron-parser takes letters that NCRONTAB does not have (L, W, #, ?, H); refuse them rather than run where Azure would not.
  if (
    fields.some(
      (field) => !/^[\d*,\-/A-Za-z]+$/.test(field) || /(^|[^A-Za-z])[LWHlwh]([^A-Za-z]|$)|\dL/.test(field),
    )
  ) {
    throw new RangeError(`the schedule '${text}' is no NCRONTAB expression`);
  }
  const expression = fields.length === 5 ? `0 ${fields.join(' ')}` : fields.join(' ');
  const parse = (currentDate: Date) => CronExpressionParser.parse(expression, { currentDate, tz: 'UTC' });
  try {
    parse(new Date());
  } catch (error) {
    throw new RangeError(`the schedule '${text}' is no NCRONTAB expression`, { cause: error });
  }
  return { next: (after) => parse(after).next().toDate() };
}
