/**
 * The commands on the queues: one schema and one type per message, parsed by whoever consumes it. In a message that apps send, a field
 * that is not known is of a newer sender, and left out; a message that a person writes is refused for it.
 */
import * as z from 'zod';
import { NAME_WITH_OWNER, NODE_ID, credentialLane, messageId, statsId, writeLane } from './ids.ts';
import { CollectedStats } from './documents.ts';
import { FAILURE_REASONS, type FailureReason } from './reasons.ts';

const name = z.string().max(140).regex(NAME_WITH_OWNER, 'is not owner/name');
const runId = z.string().regex(/^\d{9,11}$/, 'is not an epoch second');
const batchId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w.-]+$/, 'is not a batch id');
const counter = z.int().min(0).max(1_000_000);

const spending = { calls: z.int().min(0), points: z.int().min(0), seconds: z.number().min(0) };
/** By name of the query: what each shape of question cost, and the points that GitHub reckoned for one in a dry run. */
export const QueryCosts = z
  .record(
    z.string().max(40).regex(/^\w+$/, 'is not the name of a query'),
    z.object({ ...spending, dryRunPoints: z.int().min(0).optional() }),
  )
  .refine((queries) => Object.keys(queries).length <= 20, 'are more than 20 queries');
export type QueryCosts = z.infer<typeof QueryCosts>;

/** What GitHub was asked for: calls, points of its budget, and seconds between request and answer. */
export const GithubCost = z.object({ ...spending, queries: QueryCosts.optional() });
export type GithubCost = z.infer<typeof GithubCost>;

/** Names of the credentials that GitHub refused on the way, so that none is tried twice. */
const refusedBy = z.array(z.string().max(80)).max(50).optional();

/** One page of a source to list: create its plan, send the plan's batches, send the next page. */
export const ResolveSource = z.object({
  runId,
  sourceId: z.string().regex(/^s\d{5,15}$/, 'is not a source id'),
  page: z.int().min(1),
  cursor: z.string().max(512).optional(),
  attempt: counter.default(1),
  wait: counter.default(0),
  /** Calls whose answers were of no use. */
  spent: GithubCost.optional(),
  refusedBy,
});
export type ResolveSource = z.infer<typeof ResolveSource>;

/** A repository as a plan and a batch name it: `id` is GitHub's node id, absent until GitHub told it. */
export const RepoRef = z.object({
  nameWithOwner: name,
  id: z.string().max(128).regex(NODE_ID, 'is not a node id').optional(),
});
export type RepoRef = z.infer<typeof RepoRef>;

/** The repositories of one batch to read from GitHub. `firstAttempt` is where the bounded number of attempts counts from. */
export const FetchBatch = z.object({
  runId,
  batchId,
  repos: z.array(RepoRef).min(1).max(100),
  attempt: counter.min(1),
  firstAttempt: counter.min(1).default(1),
  /** Each was too slow by itself: they are not asked for together. */
  alone: z.boolean().optional(),
  wait: counter.default(0),
  /** Calls whose answers were of no use. */
  spent: GithubCost.optional(),
  refusedBy,
});
export type FetchBatch = z.infer<typeof FetchBatch>;

/** A FetchBatch as an operator drops it by hand: without attempt; names as texts or as repos; none means the whole batch. */
export const FetchBatchByHand = z.strictObject({
  runId,
  batchId,
  names: z.array(name).max(100).optional(),
  repos: z
    .array(z.union([name.transform((nameWithOwner) => ({ nameWithOwner })), RepoRef]))
    .max(100)
    .optional(),
});
export type FetchBatchByHand = z.infer<typeof FetchBatchByHand>;

/** A reason that a newer sender knows costs that repository its reason, not the batch its statistics. */
const reason = z.enum(FAILURE_REASONS).or(
  z
    .string()
    .max(40)
    .regex(/^[a-z][a-z-]*$/, 'is not a reason')
    .transform((): FailureReason => 'unknown-reason'),
);

/** One repository of a batch that could not be read, under its planned name. */
export const RepoFailure = z.object({
  name,
  reason,
  detail: z.string().max(300).optional(),
});
export type RepoFailure = z.infer<typeof RepoFailure>;

/** The statistics of one batch to store, each under its planned name, and what failed. */
export const WriteStats = z
  .object({
    runId,
    batchId,
    attempt: counter.min(1),
    wait: counter.default(0),
    stats: z.array(z.object({ name, document: CollectedStats })).max(100),
    failures: z.array(RepoFailure).max(100),
    cost: GithubCost,
    refusedBy,
  })
  .refine((m) => m.stats.length + m.failures.length <= 100, {
    path: ['failures'],
    message: 'are more than 100 together with the stats',
  })
  .superRefine((m, ctx) => {
    // Stored elsewhere, a document would be of no run, or another run's.
    const wrong = (i: number, field: string, message: string): void =>
      ctx.addIssue({ code: 'custom', path: ['stats', i, 'document', field], message });
    for (const [i, { document }] of m.stats.entries()) {
      if (document.runId !== m.runId) wrong(i, 'runId', 'is not that of the message');
      if (document.batchId !== m.batchId) wrong(i, 'batchId', 'is not that of the message');
      if (document.id !== statsId(document.repo, document.runId))
        wrong(i, 'id', 'is not that of repo and run');
    }
  });
export type WriteStats = z.infer<typeof WriteStats>;

/** A message as it is handed to a sender: the ids in body count, metadata is for people. */
export interface Envelope {
  body: ResolveSource | FetchBatch | FetchBatchByHand | WriteStats;
  sessionId: string;
  messageId: string;
  correlationId: string;
  subject: string;
  contentType: 'application/json';
}

const envelope = (
  subject: string,
  body: Envelope['body'],
  sessionId: string,
  what: string,
  attempt: number,
): Envelope => ({
  body,
  sessionId,
  subject,
  messageId: messageId(what, attempt, 'wait' in body ? body.wait : 0),
  correlationId: `run-${body.runId}`,
  contentType: 'application/json',
});

/** Envelope for the resolve queue, in the lane of a credential. */
export const resolveEnvelope = (m: ResolveSource, credential: string): Envelope =>
  envelope('ResolveSource', m, credentialLane(credential), `${m.runId}.${m.sourceId}.${m.page}`, m.attempt);

/** Envelope for the fetch queue, in the lane of a credential. */
export const fetchEnvelope = (m: FetchBatch, credential: string): Envelope =>
  envelope('FetchBatch', m, credentialLane(credential), `${m.runId}.${m.batchId}`, m.attempt);

/** The same for a message as an operator dropped it. */
export const byHandEnvelope = (m: FetchBatchByHand, credential: string): Envelope =>
  envelope('FetchBatch', m, credentialLane(credential), `${m.runId}.${m.batchId}`, 0);

/** Envelope for the write queue, in the lane of the batch. */
export const writeEnvelope = (m: WriteStats, lanes: number): Envelope =>
  envelope('WriteStats', m, writeLane(m.batchId, lanes), `${m.runId}.${m.batchId}`, m.attempt);

/** A message that cannot be understood; its handler throws it until the queue dead-letters the message. */
export class UnreadableMessage extends Error {
  readonly code = 'unreadable-message';
}

/** Of what is wrong with a message, so many fields are named, each in so many characters: a log entry and a document hold it. */
const TOLD = { fields: 20, characters: 200, ofKey: 40 };
const pathText = (path: readonly PropertyKey[]): string =>
  path.map((key) => String(key).slice(0, TOLD.ofKey)).join('.') || 'body';

/**
 * Parses the body of a received message.
 * @throws UnreadableMessage naming the message and the path of the fields that are wrong.
 */
export function parseMessage<S extends z.ZodType>(schema: S, body: unknown, id: string): z.output<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const problems = issues
    .slice(0, TOLD.fields)
    .map((i) => `${pathText(i.path)}: ${i.message}`.slice(0, TOLD.characters));
  if (issues.length > TOLD.fields) problems.push(`and ${issues.length - TOLD.fields} more`);
  throw new UnreadableMessage(`Message ${id} cannot be understood: ${problems.join('; ')}`);
}

/** Parses a message of the fetch queue: with `attempt` it is the system's own, without it somebody dropped it by hand. */
export function parseFetchBatch(body: unknown, id: string): FetchBatch | FetchBatchByHand {
  if (typeof body === 'object' && body !== null && Object.hasOwn(body, 'attempt'))
    return parseMessage(FetchBatch, body, id);
  return parseMessage(FetchBatchByHand, body, `${id} (without attempt, so dropped by hand)`);
}

/** The run that a message is about, readable or not. */
export function runIdOfBody(body: unknown): string | undefined {
  const parsed = z.object({ runId }).safeParse(body);
  return parsed.success ? parsed.data.runId : undefined;
}

/** The run and batch that an otherwise unreadable message is about, if it says so. */
export function batchOfBody(body: unknown): { runId: string; batchId: string } | undefined {
  const parsed = z.object({ runId, batchId }).safeParse(body);
  return parsed.success ? parsed.data : undefined;
}
