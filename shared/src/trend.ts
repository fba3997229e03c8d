/** What the numbers of a run are compared with, and how they changed: null where there is nothing to compare with, never 0. */
import * as z from 'zod';

/** What a run is compared with: the one before it, and those of 7 and of 30 days before. */
export const WINDOWS = ['previous', 'd7', 'd30'] as const;
export type Window = (typeof WINDOWS)[number];

/** The numbers whose change is told. */
export const METRICS = ['stars', 'forks', 'openIssues', 'openPRs'] as const;
export type Metric = (typeof METRICS)[number];

const DAY = 86_400;
/**
 * Seconds before a run within which a run lies that it is compared with; the latest one counts. What is older than half the
 * time more is no measure of 7 or 30 days.
 */
export const REACH: Readonly<Record<Exclude<Window, 'previous'>, { least: number; most: number }>> = {
  d7: { least: 7 * DAY, most: 10.5 * DAY },
  d30: { least: 30 * DAY, most: 45 * DAY },
};

/** Ids of completed runs, of the same selection; null when there is none. Written once, when a run begins. */
export const CompareTo = z.record(z.enum(WINDOWS), z.string().nullable());
export type CompareTo = z.infer<typeof CompareTo>;

const MetricChange = z.record(z.enum(METRICS), z.int().nullable());
/** Differences of the metrics of one repository. Null: there is no run to compare with, or that run does not have the repository. */
export const Change = z.record(z.enum(WINDOWS), MetricChange.nullable());
export type Change = z.infer<typeof Change>;

/** The numbers of what is done with: told of the run before alone, since that is what it takes to see that a run's numbers are wrong. */
export const DONE = ['closedIssues', 'closedPRs', 'mergedPRs'] as const;
type Done = (typeof DONE)[number];
export type DoneChange = Record<Done, number>;

/** What a repository turned since the run before: archived or taken up again, hidden from the public or shown to it. */
export const TURNS = ['archived', 'unarchived', 'hidden', 'published'] as const;
export type Turn = (typeof TURNS)[number];

interface Turning {
  isArchived?: boolean | undefined;
  /** As GitHub spells it: PUBLIC, PRIVATE, INTERNAL. */
  visibility?: string | undefined;
}

/** @param then as the run before had it; what that does not know did not turn. */
export function turnsOf(now: Turning, then: Turning | null | undefined): Turn[] {
  const turns: Turn[] = [];
  if (then?.isArchived !== undefined && now.isArchived !== then.isArchived)
    turns.push(now.isArchived ? 'archived' : 'unarchived');
  const isPublic = ({ visibility }: Turning): boolean => visibility?.toUpperCase() === 'PUBLIC';
  if (then?.visibility !== undefined && isPublic(now) !== isPublic(then))
    turns.push(isPublic(now) ? 'published' : 'hidden');
  return turns;
}

/** The numbers of a repository that are compared. Documents of the first generation do not have all of them. */
export type Compared = { readonly [metric in Metric | Done]?: number | undefined };

/** @param baselines of each window: what the repository's numbers were then; null or absent when that is not known. */
export function changeOf(
  now: Record<Metric, number>,
  baselines: Partial<Record<Window, Compared | null>>,
): Change {
  const since = (then: Compared | null | undefined): Change[Window] =>
    then
      ? (Object.fromEntries(METRICS.map((m) => [m, difference(now[m], then[m])])) as Change[Window])
      : null;
  return Object.fromEntries(WINDOWS.map((w) => [w, since(baselines[w])])) as Change;
}

/** @returns those of them that changed since the run before: most have not, and documents stay as small as they were. */
export function doneSince(now: DoneChange, then: Compared | null | undefined): Partial<DoneChange> {
  const changes = DONE.map((name) => [name, difference(now[name], then?.[name])] as const);
  return Object.fromEntries(changes.filter(([, by]) => by !== null && by !== 0));
}

const difference = (now: number, then: number | undefined): number | null =>
  typeof then === 'number' ? now - then : null;
