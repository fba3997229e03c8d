/** Numbers and times as people read them; the same on every machine, whatever its language. */

const number = new Intl.NumberFormat('en-US');

/** 6000 → `6,000`; up to one decimal. */
export const count = (n: number): string => number.format(n >= 100 ? Math.round(n) : Math.round(n * 10) / 10);

/** Seconds → `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `14:03:09`, local time. */
export const clock = (date: Date): string => date.toTimeString().slice(0, 8);

/** `3 repositories`, `1 repository`. */
export const plural = (n: number, one: string, many: string): string => `${count(n)} ${n === 1 ? one : many}`;
