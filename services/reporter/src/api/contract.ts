/**
 * What the reporter's HTTP API answers: one schema and one type each. The page is typed by them, OpenAPI is made of them. Times are UTC in
 * ISO 8601; `asOf` is when what is told was true. Null is what is not known, never 0.
 */
import { RUN_STATUSES } from '@github-repo-stats/shared/documents';
import { OrderGiven } from '@github-repo-stats/shared/orders';
import { METRICS, WINDOWS } from '@github-repo-stats/shared/trend';
import * as z from 'zod';
import { Events, Movers, OrgTotals, Totals, TotalChange } from '../summary.ts';
import { QualityBrief, RunQuality } from './told-quality.ts';

const count = z.int().min(0);
export const time = z.iso.datetime();
const runId = z.string();

/** A page of a list: `next` is the cursor to ask on with (`after`), left out at the end. */
export const page = <T extends z.ZodType>(item: T) => ({ items: z.array(item), next: z.string().optional() });

/** One reason of failures: what it means, what to do about it, and whether it clears by itself. */
export const ReasonCount = z.object({
  reason: z.string(),
  count,
  what: z.string(),
  todo: z.string(),
  clearsByItself: z.boolean(),
});
export type ReasonCount = z.infer<typeof ReasonCount>;

/** A run as lists show it. Numbers of a run under way are those so far. */
export const RunBrief = z.object({
  runId,
  revision: count,
  status: z.enum(RUN_STATUSES),
  trigger: z.enum(['schedule', 'request']),
  startedAt: time,
  endedAt: time.nullable(),
  seconds: z.number().min(0).nullable(),
  planned: count,
  created: count,
  failed: count,
  duplicates: count,
  failedSources: count,
  /** What it cost is summed at its end: null until then. */
  githubCalls: count.nullable(),
  githubPoints: count.nullable(),
  githubSeconds: z.number().min(0).nullable(),
  requestUnits: z.number().min(0).nullable(),
});
export type RunBrief = z.infer<typeof RunBrief>;

/** What one credential does now: it works, waits for something until a time, or was refused by GitHub. */
export const CredentialState = z.object({
  credential: z.string(),
  state: z.enum(['working', 'waiting', 'refused', 'idle']),
  reason: z.string().nullable(),
  until: time.nullable(),
});
export type CredentialState = z.infer<typeof CredentialState>;

/** A run under way: how far, how fast, and when it will most likely end. */
export const LiveRun = z.object({
  run: RunBrief,
  sourcesTotal: count,
  sourcesResolved: count,
  settled: count,
  /** Repositories per second since the start; null at first. */
  rate: z.number().min(0).nullable(),
  /** Seconds left, between these; null while sources are still listed or nothing is known. */
  secondsLeft: z.object({ least: z.number(), most: z.number() }).nullable(),
  stalledCause: z.string().nullable(),
  credentials: z.array(CredentialState),
});
export type LiveRun = z.infer<typeof LiveRun>;

/** GET api/overview: what every page opens with. */
export const Overview = z.object({
  asOf: time,
  /** The latest run at its end. */
  last: RunBrief.nullable(),
  failures: z.array(ReasonCount),
  live: LiveRun.nullable(),
  /** By the schedule; null when it is switched off. */
  nextRunAt: time.nullable(),
  quality: QualityBrief.nullable(),
  totals: Totals.nullable(),
  change: TotalChange.nullable(),
  comparedWith: z.record(z.enum(WINDOWS), time.nullable()),
  movers: Movers.nullable(),
  events: Events.nullable(),
});
export type Overview = z.infer<typeof Overview>;

export const FailedRepository = z.object({
  repo: z.string(),
  reason: z.string(),
  detail: z.string().nullable(),
  attempt: count,
  batchId: z.string(),
});
export type FailedRepository = z.infer<typeof FailedRepository>;

/** GET api/runs/{runId}: `{runId}` may be `latest`, the latest that has ended. */
export const RunDetail = z.object({
  asOf: time,
  run: RunBrief,
  live: LiveRun.nullable(),
  failures: z.array(ReasonCount),
  failedSources: z.array(z.object({ source: z.string(), reason: z.string(), detail: z.string().nullable() })),
  refusedCredentials: z.array(z.string()),
  quality: RunQuality.nullable(),
  totals: Totals.nullable(),
  change: TotalChange.nullable(),
  comparedWith: z.record(z.enum(WINDOWS), time.nullable()),
  events: Events.nullable(),
});
export type RunDetail = z.infer<typeof RunDetail>;

/** GET api/runs/{runId}/failures?reason=&after=&limit= */
export const FailureList = z.object({ asOf: time, total: count, ...page(FailedRepository) });
export type FailureList = z.infer<typeof FailureList>;

export const RepositoryRow = z.object({
  repo: z.string(),
  stars: count,
  forks: count,
  openIssues: count,
  closedIssues: count,
  openPRs: count,
  closedPRs: count,
  mergedPRs: count,
  isArchived: z.boolean(),
  isTemplate: z.boolean(),
  isFork: z.boolean(),
  visibility: z.string(),
  language: z.string().nullable(),
  pushedAt: time.nullable(),
  collectedAt: time,
  change: z.record(z.enum(WINDOWS), z.record(z.enum(METRICS), z.int().nullable()).nullable()),
});
export type RepositoryRow = z.infer<typeof RepositoryRow>;

/** What a table of repositories can be sorted by: a number, or its change over a window (`stars.d7`). */
export const REPOSITORY_SORTS = [
  'repo',
  'stars',
  'forks',
  'openIssues',
  'closedIssues',
  'openPRs',
  'closedPRs',
  'mergedPRs',
  'pushedAt',
  ...METRICS.flatMap((metric) => WINDOWS.map((window) => `${metric}.${window}` as const)),
] as const;
export type RepositorySort = (typeof REPOSITORY_SORTS)[number];

/**
 * GET api/runs/{runId}/repositories?search=&org=&language=&archived=&sort=&order=&after=&limit=
 * `search` is anywhere in the name, any case. `archived`: `hide` (default), `show`, `only`. `order`: `desc` (default), `asc`.
 */
export const RepositoryList = z.object({
  asOf: time,
  runId,
  /** Repositories that fit, archived ones that are hidden left out. */
  total: count,
  /** Those that would fit but are archived and hidden. */
  archivedHidden: count,
  comparedWith: z.record(z.enum(WINDOWS), time.nullable()),
  ...page(RepositoryRow),
});
export type RepositoryList = z.infer<typeof RepositoryList>;

/** What a table of organisations can be sorted by: a sum, or its change over a window. */
export const ORGANISATION_SORTS = [
  'owner',
  'repositories',
  'archived',
  'stars',
  'forks',
  'openIssues',
  'closedIssues',
  'openPRs',
  'closedPRs',
  'mergedPRs',
  ...METRICS.flatMap((metric) => WINDOWS.map((window) => `${metric}.${window}` as const)),
] as const;
export type OrganisationSort = (typeof ORGANISATION_SORTS)[number];

/** GET api/runs/{runId}/organisations?sort=&order=&after=&limit= */
export const OrganisationList = z.object({
  asOf: time,
  runId,
  total: count,
  comparedWith: z.record(z.enum(WINDOWS), time.nullable()),
  /** When the points of each `trend` were counted: the latest run of each of the last 30 days, the oldest first. */
  trendAt: z.array(time),
  /** `trend`: its stars at those times; null where they are not known. */
  ...page(OrgTotals.extend({ trend: z.array(count.nullable()) })),
});
export type OrganisationList = z.infer<typeof OrganisationList>;

/** One point of a repository's history, the last of some days where there are too many. Null: the first generation did not count it. */
export const HistoryPoint = z.object({
  runId,
  at: time,
  repo: z.string(),
  stars: count.nullable(),
  forks: count.nullable(),
  openIssues: count.nullable(),
  closedIssues: count.nullable(),
  openPRs: count.nullable(),
  closedPRs: count.nullable(),
  mergedPRs: count.nullable(),
});
export type HistoryPoint = z.infer<typeof HistoryPoint>;

/** GET api/repositories/{owner}/{name}?days=30 */
export const RepositoryHistory = z.object({
  asOf: time,
  repo: z.string(),
  firstSeenAt: time.nullable(),
  latest: RepositoryRow.nullable(),
  points: z.array(HistoryPoint),
  /** Since when it has each name, the oldest first. */
  names: z.array(z.object({ repo: z.string(), since: time })),
  archivedSince: time.nullable(),
  goneSince: time.nullable(),
  /** Runs in between that do not have it. */
  missed: z.array(time),
});
export type RepositoryHistory = z.infer<typeof RepositoryHistory>;

export const OrganisationPoint = z.object({ runId, at: time, totals: Totals.nullable() });
export type OrganisationPoint = z.infer<typeof OrganisationPoint>;

/** GET api/organisations/{owner}?days=30: totals of the runs, one a day. Null: the run's summary does not tell of it. */
export const OrganisationHistory = z.object({
  asOf: time,
  owner: z.string(),
  points: z.array(OrganisationPoint),
});
export type OrganisationHistory = z.infer<typeof OrganisationHistory>;

/** What a run saw to have become of repositories; the first names, and how many there are. */
export const EventItem = z.object({
  runId,
  at: time,
  kind: z.enum(['new', 'gone', 'lostAccess', 'renamed', 'archived', 'unarchived', 'hidden', 'published']),
  total: count,
  names: z.array(z.string()),
});
export type EventItem = z.infer<typeof EventItem>;

/** GET api/events?days=30&after=&limit=: what became of repositories, the latest first. */
export const EventList = z.object({ asOf: time, ...page(EventItem) });
export type EventList = z.infer<typeof EventList>;

/** GET api/health: only what has a limit, beside it. */
export const Health = z.object({
  asOf: time,
  credentials: z.array(CredentialState),
  /** As the scheduler's sweep last saw them; null where it was not seen yet. */
  deadLetters: z
    .object({
      seenAt: time,
      queues: z.array(z.object({ queue: z.string(), count, oldestAt: time.nullable() })),
    })
    .nullable(),
  cache: z.object({ bytes: count, limit: count }),
});
export type Health = z.infer<typeof Health>;

/** GET api/orders/{id}: what was ordered of the scheduler, and what came of it. */
export const OrderState = z.object({
  asOf: time,
  id: z.string(),
  order: OrderGiven,
  orderedAt: time,
  /** due: the scheduler looks once a minute; done, with what came of it; refused, with the reason. */
  status: z.enum(['due', 'done', 'refused']),
  endedAt: time.nullable(),
  result: z.record(z.string(), z.unknown()).nullable(),
  problem: z.string().nullable(),
});
export type OrderState = z.infer<typeof OrderState>;

/** RFC 9457, `application/problem+json`. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: count,
  detail: z.string(),
  /** With 401, where people sign in: path of the page's own app. */
  signIn: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;
