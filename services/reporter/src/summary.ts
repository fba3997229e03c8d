/**
 * What mail, page, list of runs and metrics say of one revision of a run, in one document of at most 64 KB, so that none of them reads
 * the run's other documents. Container run-info, partition /runId, id `summary.` + revision.
 */
import { FailedSource, RunCosts, RUN_STATUSES } from '@github-repo-stats/shared/documents';
import { METRICS, WINDOWS } from '@github-repo-stats/shared/trend';
import * as z from 'zod';
import { Alerts } from './alerts.ts';
import { Quality, TOLD_STATES } from './quality/quality.ts';

const count = z.int().min(0);

/** Sums over repositories; archived ones are in them. */
export const Totals = z.object({
  repositories: count,
  archived: count,
  stars: count,
  forks: count,
  openIssues: count,
  closedIssues: count,
  openPRs: count,
  closedPRs: count,
  mergedPRs: count,
});
export type Totals = z.infer<typeof Totals>;

/**
 * By window: the sum of the changes of those repositories that could be compared, and how many those are. Null: none could.
 * What is new or gone is in no change.
 */
export const TotalChange = z.record(
  z.enum(WINDOWS),
  z
    .object({
      repositories: count,
      ...(Object.fromEntries(METRICS.map((m) => [m, z.int()])) as Record<(typeof METRICS)[number], z.ZodInt>),
    })
    .nullable(),
);
export type TotalChange = Record<
  (typeof WINDOWS)[number],
  ({ repositories: number } & Record<(typeof METRICS)[number], number>) | null
>;

export const OrgTotals = z.object({ owner: z.string(), totals: Totals, change: TotalChange });
export interface OrgTotals {
  owner: string;
  totals: Totals;
  change: TotalChange;
}

/** A repository that moved: its number now, and by how much it changed. */
export const Mover = z.object({ repo: z.string(), now: count, by: z.int() });
export type Mover = z.infer<typeof Mover>;

/** By metric and window: those that rose most, and those that fell most. */
export const Movers = z.record(
  z.enum(METRICS),
  z.record(z.enum(WINDOWS), z.object({ up: z.array(Mover), down: z.array(Mover) })),
);
export type Movers = z.infer<typeof Movers>;

/** The first names, and how many there are. */
const Some = <T extends z.ZodType>(of: T) => z.object({ total: count, first: z.array(of) });
const SomeNames = Some(z.string());
export interface SomeOf<T> {
  total: number;
  first: T[];
}

/** What became of repositories since the run before. Null: there is nothing to compare with. */
export const Events = z.object({
  /** New and gone: from what sources listed then and now, never from failures; null where no source was listed in both. */
  new: SomeNames.nullable(),
  gone: SomeNames.nullable(),
  /** Owners that lost more than a twentieth of their repositories at once: most likely it is access that was lost. */
  lostAccess: z.array(z.object({ owner: z.string(), gone: count, of: count })),
  renamed: Some(z.object({ from: z.string(), to: z.string() })),
  archived: SomeNames,
  unarchived: SomeNames,
  hidden: SomeNames,
  published: SomeNames,
});
export type Events = z.infer<typeof Events>;

export const Summary = z.object({
  id: z.string(),
  runId: z.string(),
  type: z.literal('summary'),
  revision: count,
  status: z.enum(RUN_STATUSES),
  trigger: z.enum(['schedule', 'request']),
  startedAt: z.string(),
  endedAt: z.string(),
  sourcesTotal: count,
  created: count,
  failed: count,
  duplicates: count,
  failuresByReason: z.record(z.string(), count),
  failedSources: z.array(FailedSource),
  refusedCredentials: z.array(z.string()),
  /** Without what each query cost. */
  costs: RunCosts.omit({ queries: true }),
  /** Runs that it is compared with. */
  compareTo: z.record(z.enum(WINDOWS), z.string().nullable()),
  /** Null: the rows of the run are gone, or never were. */
  totals: Totals.nullable(),
  change: TotalChange.nullable(),
  /** The largest ones; `orgsTotal` counts all owners. */
  orgs: z.array(OrgTotals),
  orgsTotal: count,
  movers: Movers.nullable(),
  events: Events,
  /** Absent: written before there were any. */
  alerts: Alerts.optional(),
  /** Absent: written before anything was checked. */
  quality: Quality.optional(),
  /** The same in one word, for lists; `failed` once the event that was held has gone out. Absent: written before there was any. */
  qualityState: z.enum(TOLD_STATES).optional(),
});
export type Summary = Omit<z.infer<typeof Summary>, 'change' | 'orgs'> & {
  change: TotalChange | null;
  orgs: OrgTotals[];
};

export const summaryId = (revision: number): string => `summary.${revision}`;
