/** The documents in Cosmos DB: one schema and one type each. Property names of the first generation are kept. */
import * as z from 'zod';
import { NAME_WITH_OWNER, NODE_ID } from './ids.ts';
import { FAILURE_REASONS } from './reasons.ts';
import { Change, CompareTo, DONE, TURNS } from './trend.ts';

const count = z.int().min(0);
/** UTC, with up to nine digits of a second: every string in a message is capped. */
const time = z.iso.datetime().max(30);
const reason = z.enum(FAILURE_REASONS);
const word = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[\w.-]+$/);

/** What GitHub said of a repository. */
const collected = {
  id: word(160),
  repo: z.string().max(140).regex(NAME_WITH_OWNER, 'is not owner/name'),
  isArchived: z.boolean(),
  isTemplate: z.boolean(),
  repoUpdatedAt: time,
  openIssues: count,
  closedIssues: count,
  totalIssues: count,
  openPRs: count,
  closedPRs: count,
  mergedPRs: count,
  totalPRs: count,
  stars: count,
  runId: z.string().max(11).regex(/^\d+$/),
  repoId: z.string().max(128).regex(NODE_ID),
  batchId: word(64),
  attempt: z.int().min(1),
  collectedAt: time,
  isFork: z.boolean(),
  visibility: z.string().max(16).regex(/^\w+$/),
  createdAt: time,
  pushedAt: time.nullable(),
  forks: count,
  diskUsage: count.nullable(),
  language: z.string().max(100).nullable(),
  licence: z
    .string()
    .max(100)
    .regex(/^[ -~]*$/)
    .nullable(),
};

/** Numbers that do not add up are refused. */
function addingUp<T extends z.ZodType<Pick<CollectedFields, Summed>>>(schema: T) {
  return schema
    .refine((d) => d.totalIssues === d.openIssues + d.closedIssues, {
      path: ['totalIssues'],
      message: 'is not the sum of open and closed',
    })
    .refine((d) => d.totalPRs === d.openPRs + d.closedPRs + d.mergedPRs, {
      path: ['totalPRs'],
      message: 'is not the sum of open, closed and merged',
    });
}
type Summed =
  'totalIssues' | 'openIssues' | 'closedIssues' | 'totalPRs' | 'openPRs' | 'closedPRs' | 'mergedPRs';
type CollectedFields = z.infer<z.ZodObject<typeof collected>>;

/** Statistics of one repository as they are collected: counts are what GitHub said at collectedAt, diskUsage in KB. */
export const CollectedStats = addingUp(z.object(collected));
export type CollectedStats = z.infer<typeof CollectedStats>;

/** The same as they are stored: container repo-stats, partition /repo, id owner.name.runId. What is added, the writer finds out. */
export const RepoStats = addingUp(
  z.object({
    ...collected,
    /** Written by the run that first saw the repository under this name: the name that it had before. */
    previousName: z.string().max(140).regex(NAME_WITH_OWNER).optional(),
    /** Written by the run that first saw this repository under a name that was another's: the repoId of that one. */
    tookNameOf: z.string().max(128).regex(NODE_ID).optional(),
    /** Written by the writer: against the runs that the run is compared with. */
    change: Change.optional(),
    /** What was closed and merged since the run before; a number that is left out did not change, or cannot be compared. */
    done: z.partialRecord(z.enum(DONE), z.int()).optional(),
    turned: z.array(z.enum(TURNS)).optional(),
  }),
);
export type RepoStats = z.infer<typeof RepoStats>;

/** running, or at its end: completed (single repositories may have failed), failed (nothing could be collected). */
export const RUN_STATUSES = ['starting', 'running', 'stalled', 'completed', 'failed'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
/** The statuses of a run that is not at its end. */
export const ACTIVE_STATUSES: readonly RunStatus[] = ['starting', 'running', 'stalled'];

const spent = { calls: count, points: count, seconds: z.number().min(0) };
/** What was spent by name of the query. */
const queries = z.record(z.string(), z.object({ ...spent, dryRunPoints: count.optional() })).optional();

/** What a run cost: GitHub calls, points and seconds of answers; request units of its stats writes. */
export const RunCosts = z.object({
  githubCalls: count,
  githubPoints: count,
  githubSeconds: z.number().min(0),
  requestUnits: z.number().min(0),
  queries,
});
export type RunCosts = z.infer<typeof RunCosts>;

/** A source that failed by name, as the run document reports it. */
export const FailedSource = z.object({ source: z.string(), reason, detail: z.string().optional() });
export type FailedSource = z.infer<typeof FailedSource>;

/** Names of credentials that GitHub refused while this was collected. */
const refusedBy = z.array(z.string()).optional();

/** One run; container run-info, partition /runId, id = runId. The lists are comma-separated whole names. */
export const Run = z.object({
  id: z.string(),
  runId: z.string(),
  type: z.literal('run'),
  date: z.string().regex(/^\d{8}$/),
  status: z.enum(RUN_STATUSES),
  trigger: z.enum(['schedule', 'request']),
  /** Digest of the Idempotency-Key with which it was requested. */
  requestKey: z.string().optional(),
  startedAt: time,
  endedAt: time.optional(),
  revision: count,
  /** Sum of the reopened counters of outcomes and sources that the revision covers. */
  reopened: count,
  sourcesTotal: count,
  sourcesResolved: count,
  totalPlanned: count,
  totalReceived: count,
  totalProcessed: count,
  totalCreatedCount: count,
  totalFailedCount: count,
  totalDuplicateCount: count,
  createdList: z.string(),
  failedList: z.string(),
  createdListTruncated: z.boolean().optional(),
  failedListTruncated: z.boolean().optional(),
  failuresByReason: z.record(z.string(), count),
  /** By reason, the first repositories that failed for it. */
  failedFirst: z.record(z.string(), z.array(z.string())).optional(),
  failedSources: z.array(FailedSource),
  /** Names of the credentials that GitHub refused. */
  refusedCredentials: z.array(z.string()).optional(),
  /** Digest of its selection: equal selections have equal ones. */
  selectionDigest: z.string().optional(),
  /** A run before this one, if possible of the same selection: where a repository is looked for first, to tell renames. */
  previousRunId: z.string().optional(),
  /** The runs that its numbers are compared with. */
  compareTo: CompareTo.optional(),
  /** Repositories first seen under a new name, up to a number; `renamedTotal` counts them all. */
  renamed: z.array(z.object({ from: z.string(), to: z.string() })).optional(),
  renamedTotal: count.optional(),
  /** Names that belong to another repository than before (node ids), up to the same number. */
  takenOver: z.array(z.object({ repo: z.string(), was: z.string(), is: z.string() })).optional(),
  takenOverTotal: count.optional(),
  costs: RunCosts,
  /** When a total last changed, by the reporter's clock. */
  progressAt: time,
  stalledAt: time.optional(),
  stalledCause: z.string().optional(),
});
export type Run = z.infer<typeof Run>;

export const VISIBILITIES = ['public', 'private', 'internal'] as const;
const anyOf = z.array(z.string()).min(1);

/**
 * Properties that an owner's repositories must have to be collected; what is absent is not asked for. A flag: only those
 * that are, or only those that are not. A list: any of its values, in lower case, each once, sorted.
 */
export const RepositoryFilter = z.strictObject({
  archived: z.boolean().optional(),
  forks: z.boolean().optional(),
  templates: z.boolean().optional(),
  visibility: z.array(z.enum(VISIBILITIES)).min(1).optional(),
  topics: anyOf.optional(),
  /** Primary languages. */
  languages: anyOf.optional(),
});
export type RepositoryFilter = z.infer<typeof RepositoryFilter>;

/** One organisation or user of a selection; a repository is left out when an exclude matches its name, or the filter does not. */
export const SelectedOwner = z.strictObject({
  owner: z.string(),
  exclude: z.array(z.string()),
  /** Names (without owner) that the selection lists by themselves: listed there, so left out here. */
  individual: z.array(z.string()),
  filter: RepositoryFilter.optional(),
});
export type SelectedOwner = z.infer<typeof SelectedOwner>;

/** What a run collects, after validation: owners, and single repositories without repeats. */
export const Selection = z.strictObject({
  owners: z.array(SelectedOwner),
  repositories: z.array(z.string()),
});
export type Selection = z.infer<typeof Selection>;

/** One owner, or up to 100 single repositories, to resolve. It is resolved when its plan with `last` exists. */
export const Source = z.object({
  id: z.string(),
  runId: z.string(),
  type: z.literal('source'),
  sourceId: z.string(),
  what: z.union([
    z.object({ kind: z.literal('owner'), ...SelectedOwner.shape }),
    z.object({ kind: z.literal('repositories'), names: z.array(z.string()).min(1).max(100) }),
  ]),
  failedCount: z.union([z.literal(0), z.literal(1)]),
  /** How often it was to be resolved again after it had failed; each reopens the run. */
  reopened: count.optional(),
  /** What GitHub was asked in vain, when it failed. */
  calls: count.optional(),
  points: count.optional(),
  seconds: z.number().min(0).optional(),
  queries,
  reason: reason.optional(),
  detail: z.string().optional(),
  refusedBy,
});
export type Source = z.infer<typeof Source>;

/** One page of a source and its batches, written once before anything of it is sent. */
export const Plan = z.object({
  id: z.string(),
  runId: z.string(),
  type: z.literal('plan'),
  sourceId: z.string(),
  page: z.int().min(1),
  batches: z.array(
    z.object({
      batchId: z.string(),
      repos: z.array(z.object({ nameWithOwner: z.string(), id: z.string().optional() })),
    }),
  ),
  endCursor: z.string().optional(),
  last: z.boolean(),
  lastCount: z.union([z.literal(0), z.literal(1)]),
  planned: count,
  ...spent,
  queries,
  refusedBy,
});
export type Plan = z.infer<typeof Plan>;

/** What became of one repository of a batch. `was` keeps that it had been created before a rerun; `as` is its canonical name. */
export const OutcomeEntry = z.object({
  state: z.enum(['created', 'failed', 'duplicate', 'pending']),
  attempt: z.int().min(1),
  reason: reason.optional(),
  detail: z.string().optional(),
  as: z.string().optional(),
  was: z.literal('created').optional(),
  /** Set by the run that first saw it under this name. */
  renamedFrom: z.string().optional(),
  /** Node ids: of the repository that had this name before, and of the one that has it now. */
  tookNameOf: z.string().optional(),
  repoId: z.string().optional(),
});
export type OutcomeEntry = z.infer<typeof OutcomeEntry>;

/** What became of each repository of one batch; the four counts are those of its entries, so that queries can sum them. */
export const Outcome = z.object({
  id: z.string(),
  runId: z.string(),
  type: z.literal('outcome'),
  batchId: z.string(),
  entries: z.record(z.string(), OutcomeEntry),
  created: count,
  failed: count,
  duplicate: count,
  pending: count,
  /** How often names were marked pending again, or a settled name was settled otherwise by a late message. */
  reopened: count,
  /** The span that wrote it last, where telemetry is on: whoever sees the change in the feed was caused by it. */
  traceparent: z.string().max(55).optional(),
  ru: z.number().min(0),
  ...spent,
  queries,
  refusedBy,
});
export type Outcome = z.infer<typeof Outcome>;
