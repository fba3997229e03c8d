/** How mails spell numbers, times and names. */

export const count = (n: number): string => n.toLocaleString('en-US');

/** `+5`, `−5`, `0`. */
export const signed = (n: number): string => `${n > 0 ? '+' : n < 0 ? '−' : ''}${count(Math.abs(n))}`;

/** `1 alert`, `3 alerts`. */
export const counted = (n: number, what: string): string => `${count(n)} ${what}${n === 1 ? '' : 's'}`;

/** `1 h 4 min 5 s` between two times. */
export function duration(from: string, to: string): string {
  const s = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  const parts = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  return `${parts[0] ? `${parts[0]} h ` : ''}${parts[0] || parts[1] ? `${parts[1]} min ` : ''}${parts[2]} s`;
}

/** `2021-01-20 07:21 UTC`: a mail does not know the reader's zone. */
export const utc = (time: Date | string): string =>
  `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** Runs are named by the epoch second at which they begin. */
export const beginOf = (runId: string): Date => new Date(Number(runId) * 1000);

/** The first of them, and how many more there are. */
export function someOf(names: readonly string[], total: number): string {
  const more = total - names.length;
  if (names.length === 0) return count(total);
  return `${names.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`;
}

/** Text of others, as long as a mail has room for. */
export const shortText = (text: string, most = 200): string =>
  text.length > most ? `${text.slice(0, most)}…` : text;
