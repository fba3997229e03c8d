/** A time in the zone of who reads it, with UTC in its title. */
import { signal } from '@preact/signals';
import { span } from '../words.ts';
import { whileSeen } from '../while-seen.ts';

/** Epoch ms, half a minute old at most; what is told relative to now is drawn anew with it. */
export const now = signal(Date.now());
export const keepTime = (): (() => void) =>
  whileSeen(() => {
    now.value = Date.now();
    return Promise.resolve(30_000);
  });

const DATE = { day: 'numeric', month: 'short' } as const;
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const thisYear = new Intl.DateTimeFormat('en-GB', { ...DATE, ...CLOCK });
const anyYear = new Intl.DateTimeFormat('en-GB', { ...DATE, ...CLOCK, year: 'numeric' });
const clockOnly = new Intl.DateTimeFormat('en-GB', CLOCK);
const dayOnly = new Intl.DateTimeFormat('en-GB', { ...DATE, year: 'numeric' });

/** As text, for where there can be no element. */
export function timeText(at: string | number): string {
  const time = new Date(at);
  const today = new Date(now.value);
  if (time.toDateString() === today.toDateString()) return clockOnly.format(time);
  return (time.getFullYear() === today.getFullYear() ? thisYear : anyYear).format(time);
}
export const dayText = (at: string): string => dayOnly.format(new Date(at));

const utc = (at: string): string => `${at.slice(0, 19).replace('T', ' ')} UTC`;

export function Time({ at, day }: { at: string; day?: boolean }) {
  return (
    <time dateTime={at} title={utc(at)}>
      {day ? dayText(at) : timeText(at)}
    </time>
  );
}

/** `in 2 h 14 min`, or `3 min ago`. */
export function Away({ at }: { at: string }) {
  const seconds = (Date.parse(at) - now.value) / 1000;
  if (Math.abs(seconds) < 30) return <>now</>;
  return <>{seconds > 0 ? `in ${span(seconds)}` : `${span(-seconds)} ago`}</>;
}
