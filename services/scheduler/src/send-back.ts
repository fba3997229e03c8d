/**
 * Sends dead letters back to work. For each it ends in one of these ways:
 * - a page of a source: the source is opened again, which reopens its run, and the page is sent;
 * - a batch, or statistics to store: its names that are not collected are marked pending as the next attempt, which reopens their run,
 *   and sent;
 * - all of its names were collected meanwhile: nothing is sent;
 * - the event of a completed run: it is sent to the archiver once more, or nothing is, when the run was archived meanwhile;
 * - it cannot be understood, or is of no plan or run: it stays, with the problem.
 * A letter is removed after what it leads to was sent. A crash in between sends it twice, which is harmless.
 */
import {
  eventEnvelope,
  runOfEvent,
  type EventEnvelope,
  type RunCompleted,
} from '@github-repo-stats/shared/archive/completed-event';
import type { Plan, Run, Source } from '@github-repo-stats/shared/documents';
import {
  UnreadableMessage,
  byHandEnvelope,
  fetchEnvelope,
  resolveEnvelope,
  writeEnvelope,
  type Envelope,
  type FetchBatch,
  type FetchBatchByHand,
  type ResolveSource,
  type WriteStats,
} from '@github-repo-stats/shared/messages';
import { plannedRepos } from '@github-repo-stats/shared/planned-names';
import type { QueueSender } from '@github-repo-stats/shared/settlement';
import { contextOfWork } from '@github-repo-stats/shared/telemetry/run-trace';
import { inSpan } from '@github-repo-stats/shared/telemetry/spans';
import type { AnyQueueName, QueueName } from '@github-repo-stats/shared/topology';
import type { DeadLetter, LetterBox } from './letter-box.ts';
import { contentOf, namesOf, runIdIn, type LetterContent } from './letter-content.ts';

export interface SendBackStore {
  readSource(runId: string, sourceId: string): Promise<Source | undefined>;
  /** Lets a failed source be resolved again, which reopens the run. */
  reopenSource(runId: string, sourceId: string): Promise<void>;
  readBatch(runId: string, batchId: string): Promise<Plan['batches'][number] | undefined>;
  /** Marks those of the names pending that are not collected; resolves to them, and the attempt that is to settle them. */
  markUncollected(
    runId: string,
    batchId: string,
    names: readonly string[],
  ): Promise<{ names: string[]; attempt: number }>;
  readRun(runId: string): Promise<Run | undefined>;
  isArchived(runId: string, revision: number): Promise<boolean>;
}

/** The queues whose dead letters are looked after, each with its sender; that of the archive only where there is one. */
export type LetterQueues = Record<QueueName, QueueSender> & {
  archive?: Pick<QueueSender<EventEnvelope>, 'send'>;
};
export const letterQueueNames = (queues: LetterQueues): AnyQueueName[] =>
  Object.keys(queues) as AnyQueueName[];

export interface SendBackDeps {
  letters: LetterBox;
  store: SendBackStore;
  queues: LetterQueues;
  credential: string;
  writeLanes: number;
  /** The host's own trace of the request. */
  link?: string | undefined;
}

export interface SentBack {
  sent: number;
  /** Removed without sending: all that they were about was collected or archived meanwhile. */
  settled: number;
  left: { sequenceNumber: string; problem: string }[];
  /** Asked for by number, and not there: removed already, or under the lock of somebody else. */
  missing: string[];
  /** Whether there may be more: as many as one request takes were looked at. */
  more: boolean;
}

/** Letters that one request deals with: a few seconds of work. */
export const MOST_LETTERS = 500;

/** @param wanted sequence numbers; all when absent. */
export async function sendBack(
  queue: AnyQueueName,
  wanted: readonly string[] | undefined,
  deps: SendBackDeps,
): Promise<SentBack> {
  const open = wanted && new Set(wanted);
  const result: SentBack = { sent: 0, settled: 0, left: [], missing: [], more: false };
  let looked = 0;
  await deps.letters.take(queue, async (letter) => {
    if (open?.size === 0) return 'stop';
    if (open && !open.delete(letter.sequenceNumber)) return 'keep';
    if (looked++ === MOST_LETTERS) {
      result.more = true;
      return 'stop';
    }
    try {
      const isSent = await sendOne(queue, letter, deps);
      result[isSent ? 'sent' : 'settled']++;
      return 'remove';
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
      result.left.push({ sequenceNumber: letter.sequenceNumber, problem: error.message });
      return 'keep';
    }
  });
  result.missing = [...(open ?? [])];
  return result;
}

/** True when something was sent. @throws UnreadableMessage for what only a person can decide about. */
function sendOne(queue: AnyQueueName, letter: DeadLetter, deps: SendBackDeps): Promise<boolean> {
  const content = contentOf(queue, letter);
  const runId = runIdIn(content);
  const within = contextOfWork(runId, undefined);
  const span = { kind: 'server' as const, within, link: deps.link, attributes: { queue, runId } };
  return inSpan('send dead letter back', span, () => sendContent(letter, content, deps));
}

async function sendContent(
  { sequenceNumber }: DeadLetter,
  content: LetterContent,
  deps: SendBackDeps,
): Promise<boolean> {
  const { resolve, fetch, write, archive } = deps.queues;
  switch (content.kind) {
    case 'page':
      return sendTo(resolve, await pageAgain(content.message, deps), sequenceNumber);
    case 'batch':
      return sendTo(fetch, await batchAgain(content.message, namesOf(content), deps), sequenceNumber);
    case 'stats':
      return sendTo(write, await statsAgain(content.message, namesOf(content), deps), sequenceNumber);
    case 'event':
      return sendTo(archive!, await eventAgain(content.message, deps), sequenceNumber);
  }
}

async function sendTo<E extends { messageId: string }>(
  queue: Pick<QueueSender<E>, 'send'>,
  envelope: E | undefined,
  sequenceNumber: string,
): Promise<boolean> {
  if (!envelope) return false;
  // A new id: by it people see in the log that this delivery is not the one that died.
  await queue.send([{ ...envelope, messageId: `${envelope.messageId}:again-${sequenceNumber}` }]);
  return true;
}

async function pageAgain(message: ResolveSource, { store, credential }: SendBackDeps): Promise<Envelope> {
  const { runId, sourceId, page, cursor } = message;
  if (!(await store.readSource(runId, sourceId)))
    throw new UnreadableMessage(`There is no source ${sourceId} in run ${runId}`);
  // Opened first: a crash before the page is sent leaves a source without a plan, which the sweep sends again.
  await store.reopenSource(runId, sourceId);
  return resolveEnvelope(
    { runId, sourceId, page, attempt: 1, wait: 0, ...(cursor !== undefined && { cursor }) },
    credential,
  );
}

async function batchAgain(
  message: FetchBatch | FetchBatchByHand,
  names: readonly string[] | undefined,
  { store, credential }: SendBackDeps,
): Promise<Envelope | undefined> {
  const { runId, batchId } = message;
  const planned = plannedRepos(message, await store.readBatch(runId, batchId), names);
  // What a person asked for by hand is collected again even if it was collected before.
  if (!('attempt' in message)) return byHandEnvelope(message, credential);
  const marked = await markUncollected(message, planned, store);
  if (!marked) return undefined;
  const { isMarked, attempt } = marked;
  const repos = planned.filter((r) => isMarked(r.nameWithOwner));
  return fetchEnvelope({ runId, batchId, repos, attempt, firstAttempt: attempt, wait: 0 }, credential);
}

/** The statistics are stored as they were read: GitHub is not asked again. */
async function statsAgain(
  message: WriteStats,
  names: readonly string[] | undefined,
  { store, writeLanes }: SendBackDeps,
): Promise<Envelope | undefined> {
  const planned = plannedRepos(message, await store.readBatch(message.runId, message.batchId), names);
  const marked = await markUncollected(message, planned, store);
  if (!marked) return undefined;
  const { isMarked, attempt } = marked;
  const stats = message.stats.filter((s) => isMarked(s.name));
  const failures = message.failures.filter((f) => isMarked(f.name));
  return writeEnvelope({ ...message, attempt, wait: 0, stats, failures }, writeLanes);
}

/** The archiver makes of it what it makes of every event of the run: nothing while the run is open again. */
async function eventAgain(event: RunCompleted, { store }: SendBackDeps): Promise<EventEnvelope | undefined> {
  const run = await store.readRun(runOfEvent(event));
  if (!run) throw new UnreadableMessage(`There is no run ${runOfEvent(event)}`);
  return (await store.isArchived(run.id, run.revision)) ? undefined : eventEnvelope(event);
}

/** Undefined when all of it was collected meanwhile. */
async function markUncollected(
  { runId, batchId }: { runId: string; batchId: string },
  repos: Plan['batches'][number]['repos'],
  store: SendBackStore,
): Promise<{ isMarked: (name: string) => boolean; attempt: number } | undefined> {
  const planned = repos.map((r) => r.nameWithOwner);
  const { names, attempt } = await store.markUncollected(runId, batchId, planned);
  return names.length > 0 ? { isMarked: (name) => names.includes(name), attempt } : undefined;
}
