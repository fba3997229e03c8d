/** Numbers, spans of time and what is counted, in words. */
import type { Metric, Window } from './contract.ts';

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export const count = (n: number): string => whole.format(n);
/** `1 repository`, `2 repositories`. */
export const many = (n: number, one: string, more = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : more}`;
/** Three digits that count. */
export const rough = (n: number): string => short.format(n);
/** A share as percent, with two digits that count: `0.3 %`. */
export const share = (part: number): string => `${Number((part * 100).toPrecision(2))} %`;
/** With its sign; a true minus. */
export const signed = (n: number): string => (n > 0 ? `+${count(n)}` : n < 0 ? `−${count(-n)}` : '0');

/** `2 h 14 min`, `34 s`, `136 d`: the two largest units, none below a second, and no hours beside many days. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.round(whole / 60);
  const hours = Math.round(minutes / 60);
  const two = (large: number, unit: string, small: number, of: string): string =>
    small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${of}`;
  if (whole < 60) return `${whole} s`;
  if (whole < 600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  if (hours >= 10 * 24) return `${count(Math.round(hours / 24))} d`;
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

export const METRICS: Record<Metric, string> = {
  stars: 'Stars',
  forks: 'Forks',
  openIssues: 'Open issues',
  openPRs: 'Open pull requests',
};
export const METRIC_NAMES = Object.keys(METRICS) as [Metric, ...Metric[]];

/** Each window after “change since”. */
export const WINDOWS: Record<Window, string> = {
  previous: 'the run before',
  d7: '7 days ago',
  d30: '30 days ago',
};
export const WINDOW_NAMES: [Window, ...Window[]] = ['d7', 'previous', 'd30'];
/** As the head of a column. */
export const SINCE: Record<Window, string> = {
  previous: 'since run before',
  d7: 'in 7 days',
  d30: 'in 30 days',
};
