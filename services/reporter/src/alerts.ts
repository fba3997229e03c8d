/** What people are alerted of, as it stands in the summary of a revision: at most 20 by name, and how many there are. */
import { METRICS } from '@github-repo-stats/shared/trend';
import * as z from 'zod';

const count = z.int().min(0);
/** The revision of the run that raised it. */
const revision = count;

export const Alert = z.discriminatedUnion('kind', [
  /** A number changed by more than a rule allows: it is `now`, and changed `by` so much in so many days. */
  z.object({
    kind: z.literal('number'),
    repo: z.string(),
    metric: z.enum(METRICS),
    now: count,
    by: z.int(),
    days: z.literal([7, 30]),
    revision,
  }),
  z.object({ kind: z.enum(['gone', 'hidden', 'archived']), repo: z.string(), revision }),
  z.object({ kind: z.enum(['transferred', 'renamed']), repo: z.string(), from: z.string(), revision }),
  /** So many of an owner's repositories are gone at once that it is most likely access that was lost. */
  z.object({ kind: z.literal('lostAccess'), owner: z.string(), gone: count, of: count, revision }),
]);
export type Alert = z.infer<typeof Alert>;

/** What the run raised in this revision and those before, as far as it stands. */
export const Alerts = z.object({
  total: count,
  /** How many of them each revision raised; left out where it is none. */
  byRevision: z.record(z.string(), count),
  /** Of the latest revision first. */
  first: z.array(Alert),
});
export type Alerts = z.infer<typeof Alerts>;

export const NO_ALERTS: Alerts = { total: 0, byRevision: {}, first: [] };

/** Alerts that are named. */
const NAMED = 20;
const KINDS = [
  'lostAccess',
  'gone',
  'hidden',
  'archived',
  'transferred',
  'renamed',
  'number',
] as const satisfies readonly Alert['kind'][];

const subject = (alert: Alert): string => (alert.kind === 'lostAccess' ? alert.owner : alert.repo);
const size = (alert: Alert): number => (alert.kind === 'number' ? Math.abs(alert.by) : 0);

/** The later revision first, then what is graver, then the larger change. */
const order = (a: Alert, b: Alert): number =>
  b.revision - a.revision ||
  KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
  size(b) - size(a) ||
  (subject(a) < subject(b) ? -1 : 1);

export function alertsOf(raised: readonly Alert[]): Alerts {
  const byRevision: Record<string, number> = {};
  for (const alert of raised) byRevision[alert.revision] = (byRevision[alert.revision] ?? 0) + 1;
  return { total: raised.length, byRevision, first: raised.toSorted(order).slice(0, NAMED) };
}

/** How many alerts these revisions raised, and those of them that are named. */
export function raisedBy(
  alerts: Alerts | undefined,
  revisions: readonly number[],
): { total: number; first: Alert[] } {
  if (!alerts) return { total: 0, first: [] };
  return {
    total: revisions.reduce((sum, revision) => sum + (alerts.byRevision[revision] ?? 0), 0),
    first: alerts.first.filter((alert) => revisions.includes(alert.revision)),
  };
}
