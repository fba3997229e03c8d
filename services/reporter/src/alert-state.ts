/**
 * Which alerts stand, so that each is told once. Container run-info, partition `alerts`: 256 documents at most, each with the
 * repositories whose digest begins with its byte, and one that names the run that was last looked at.
 *
 *   none --a rule is broken--> standing --it is not any more--> recovered --the next run writes--> none
 *
 * Each turn says which revision of which run it belongs to, so that whoever sums up the same revision again begins where the first
 * one did, and comes to the same.
 */
import { createHash } from 'node:crypto';

/** A revision of a run, as `runId.revision`. */
export type Moment = `${string}.${number}`;
export const momentOf = (runId: string, revision: number): Moment => `${runId}.${revision}`;
export const runOfMoment = (moment: Moment): number => Number(moment.slice(0, moment.indexOf('.')));
export const revisionOfMoment = (moment: Moment): number => Number(moment.slice(moment.indexOf('.') + 1));

/** Since when it stands, and, if so, since when it has recovered. */
export interface Standing {
  since: Moment;
  until?: Moment;
}
/** By what it is about (a node id, or a name), by rule. */
export type AlertBook = Record<string, Record<string, Standing>>;

export const ALERTS_PARTITION = 'alerts';
export const LAST_ALERTS_ID = 'alerts';

export interface AlertDocument {
  id: string;
  runId: typeof ALERTS_PARTITION;
  type: 'alerts';
  book: AlertBook;
}
/** The run that was last looked at for alerts. An older one that is collected again raises none. */
export interface LastAlerts {
  id: typeof LAST_ALERTS_ID;
  runId: typeof ALERTS_PARTITION;
  type: 'last-alerts';
  last: Moment;
}

export const alertDocumentId = (about: string): string =>
  `alerts.${createHash('sha1').update(about).digest('hex').slice(0, 2)}`;

/** What was standing before that revision of a run was looked at. */
export function standingBefore(
  entry: Standing | undefined,
  now: Moment,
): Omit<Standing, 'until'> | undefined {
  if (!entry || entry.since === now) return undefined;
  return entry.until === undefined || entry.until === now ? { since: entry.since } : undefined;
}

/** What one run saw of the repositories of a book. */
export interface Seen {
  now: Moment;
  /** The run with which it is compared, as a number; 0 when there is none. */
  previous: number;
  /** Rules that are broken, by what they are about. */
  broken: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether it was seen that a rule about a number is kept: not for what was not collected, or cannot be compared. */
  isKept: (about: string, rule: string) => boolean;
  /** Whether a rule is about something that became of a repository, rather than about a number; undefined: it is no rule any more. */
  isEvent: (rule: string) => boolean | undefined;
}

/** Seconds for which it is remembered what became of a repository: no run is compared with one so long ago. */
const REMEMBERED = 45 * 86_400;

/** The book after that run; the same for the same, however often. */
export function nextBook(book: AlertBook, seen: Seen): AlertBook {
  const next: AlertBook = {};
  for (const about of new Set([...Object.keys(book), ...seen.broken.keys()])) {
    const before = book[about] ?? {};
    const broken = seen.broken.get(about) ?? new Set<string>();
    for (const rule of new Set([...Object.keys(before), ...broken])) {
      const entry = nextEntry(standingBefore(before[rule], seen.now), seen, about, rule, broken.has(rule));
      if (entry) (next[about] ??= {})[rule] = entry;
    }
  }
  return next;
}

function nextEntry(
  standing: Standing | undefined,
  { now, previous, isKept, isEvent }: Seen,
  about: string,
  rule: string,
  isBroken: boolean,
): Standing | undefined {
  const ofEvent = isEvent(rule);
  if (ofEvent === undefined) return undefined;
  const since = standing && runOfMoment(standing.since);
  // What became of it before the run that this one is compared with was another event.
  if (isBroken) return standing && !(ofEvent && since! <= previous) ? standing : { since: now };
  if (!standing) return undefined;
  if (ofEvent) return runOfMoment(now) - since! > REMEMBERED ? undefined : standing;
  return isKept(about, rule) ? { ...standing, until: now } : standing;
}
