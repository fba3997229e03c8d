/** Reading and conditionally writing documents: the steps that are safe to repeat, spelled once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, ItemDefinition } from '@azure/cosmos';
import { ACTIVE_STATUSES, type Outcome, type Run } from './documents.ts';
import { outcomeId } from './ids.ts';
import { emptyOutcome, mergeOutcome, type OutcomeUpdate } from './outcome.ts';
import { currentTraceparent } from './telemetry/spans.ts';

/** A document and the etag under which it was read. */
export interface Stored<T> {
  document: T;
  etag: string;
}

const status = (error: unknown): number | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
};
export const isConflict = (error: unknown): boolean => status(error) === 409;
export const isPreconditionFailed = (error: unknown): boolean => status(error) === 412;

/**
 * Substatus of a 404 that says nothing of the document: its replica is behind, or its container is not there, until people make or
 * restore it (https://learn.microsoft.com/azure/cosmos-db/nosql/troubleshoot-not-found).
 */
const NOT_OF_DOCUMENT = new Set<unknown>([1002, 1003]);
export const isAboutContainer = (substatus: unknown): boolean => NOT_OF_DOCUMENT.has(substatus);
export const isMissing = (error: unknown): boolean =>
  status(error) === 404 && !isAboutContainer((error as { substatus?: unknown }).substatus);

/**
 * Point read; undefined when there is no such document. 1 RU per KB.
 * @throws 404 when the container itself is not there: then nothing is known of the document.
 */
export async function readDocument<T extends ItemDefinition>(
  container: Container,
  id: string,
  partition: string,
): Promise<Stored<T> | undefined> {
  const { resource, etag, statusCode, substatus } = await container.item(id, partition).read<T>();
  if (statusCode === 404 && isAboutContainer(substatus))
    throw Object.assign(new Error(`Cosmos DB cannot look into container ${container.id}, if it is there`), {
      code: 404,
      substatus,
    });
  if (statusCode === 404 || !resource) return undefined;
  return { document: resource, etag };
}

/** Condition of queries: a run that is not at its end. */
export const IS_ACTIVE_RUN = `c.type = 'run' AND c.status IN (${ACTIVE_STATUSES.map((status) => `'${status}'`).join(', ')})`;

/** Documents read at a time: a full outcome has 10 KB, and what is parsed of it many times that; 100 at a time cost the reporter 12 MB. */
const PAGE = 30;

/**
 * The documents of a run that fit, one page of them in memory.
 * @param condition constant text over `c`, for example `c.type = 'plan'`.
 * @param select of each document; all of it when left out.
 */
export async function* documentsOf<T>(
  runInfo: Container,
  runId: string,
  condition: string,
  select = '*',
): AsyncGenerator<T> {
  const query = `SELECT ${select} FROM c WHERE c.runId = @runId AND ${condition}`;
  const parameters = [{ name: '@runId', value: runId }];
  const options = { partitionKey: runId, maxItemCount: PAGE };
  const iterator = runInfo.items.query<T>({ query, parameters }, options);
  while (iterator.hasMoreResults()) yield* (await iterator.fetchNext()).resources ?? [];
}

/** Pauses before a document that must be there is looked for again, in ms. */
const SETTLE_MS = [100, 500];

/**
 * Reads a document that was written before the message that leads to it was sent. With session consistency another client's
 * write may not be on the replica that answers yet, so a missing one is looked for again before it counts as unknown.
 */
export async function readExpected<T extends ItemDefinition>(
  container: Container,
  id: string,
  partition: string,
): Promise<Stored<T> | undefined> {
  for (const pause of SETTLE_MS) {
    const stored = await readDocument<T>(container, id, partition);
    if (stored) return stored;
    await sleep(pause);
  }
  return readDocument<T>(container, id, partition);
}

/** Creates a document unless one with its id is there; false when there was. */
export async function createOnce(container: Container, document: ItemDefinition): Promise<boolean> {
  try {
    await container.items.create(document);
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}

/** Replaces a document if nobody wrote it since; undefined when somebody did. Resolves to the new etag. */
export async function replaceIfUnchanged(
  container: Container,
  document: ItemDefinition & { id: string },
  partition: string,
  etag: string,
): Promise<string | undefined> {
  try {
    const response = await container
      .item(document.id, partition)
      .replace(document, { accessCondition: { type: 'IfMatch', condition: etag } });
    return response.etag;
  } catch (error) {
    if (isPreconditionFailed(error) || isMissing(error)) return undefined;
    throw error;
  }
}

/** Changes a document under if-match, however many do so at the same time; nothing when it is missing or `change` gives nothing. */
export async function changeDocument<T extends ItemDefinition & { id: string }>(
  container: Container,
  id: string,
  partition: string,
  change: (now: T) => T | undefined,
): Promise<void> {
  for (;;) {
    const now = await readDocument<T>(container, id, partition);
    const next = now && change(now.document);
    if (!next || (await replaceIfUnchanged(container, next, partition, now.etag)) !== undefined) return;
  }
}

/**
 * Merges what became of a batch into its outcome document, however many handlers do so at the same time.
 * Resolves to the outcome as it stands afterwards, and whether this call changed it.
 * @param options.isFirst most likely there is none: it is created without looking for one, a request and 1 RU less.
 */
export async function updateOutcome(
  runInfo: Container,
  { runId, batchId }: { runId: string; batchId: string },
  updateOf: (now: Outcome | undefined) => OutcomeUpdate,
  { reopen = false, isFirst = false }: { reopen?: boolean; isFirst?: boolean } = {},
): Promise<{ outcome: Outcome; changed: boolean }> {
  for (let attempt = 0; ; attempt++) {
    const unread = isFirst && attempt === 0;
    const now = unread ? undefined : await readDocument<Outcome>(runInfo, outcomeId(batchId), runId);
    const merged = mergeOutcome(now?.document, updateOf(now?.document), reopen);
    if (!merged) return { outcome: now?.document ?? emptyOutcome(runId, batchId), changed: false };
    const traceparent = currentTraceparent();
    const next = traceparent === undefined ? merged : { ...merged, traceparent };
    // A loser of the race reads again: somebody else made progress, so this ends.
    const won = now
      ? (await replaceIfUnchanged(runInfo, next, runId, now.etag)) !== undefined
      : await createOnce(runInfo, next);
    if (!won) continue;
    // A late message settled a settled name otherwise: a run that has told its end has to tell it anew.
    const corrected = !reopen && next.reopened > (now?.document.reopened ?? 0);
    if (corrected) await reopenRun(runInfo, runId, new Date());
    return { outcome: next, changed: true };
  }
}

/** Opens a run that is at its end again, since names of it are pending; its revision counts on when it ends anew. */
export const reopenRun = (runInfo: Container, runId: string, now: Date): Promise<void> =>
  changeDocument<Run>(runInfo, runId, runId, (run) => {
    if (ACTIVE_STATUSES.includes(run.status)) return undefined;
    const { endedAt: _ended, ...rest } = run;
    return { ...rest, status: 'running', progressAt: now.toISOString() };
  });
