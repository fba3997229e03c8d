/** The writer's documents: stats in repo-stats, each request with its charge; outcomes in run-info. */
import type { Container, FeedOptions, SqlQuerySpec } from '@azure/cosmos';
import type { Outcome, RepoStats, Run } from '@github-repo-stats/shared/documents';
import { plannedBatches } from '@github-repo-stats/shared/fail-batch';
import { outcomeId, statsId } from '@github-repo-stats/shared/ids';
import { keepFew } from '@github-repo-stats/shared/keep-few';
import { readDocument, updateOutcome } from '@github-repo-stats/shared/run-info';
import type { FormerStore, Latest, Seen } from './find-former.ts';
import {
  askedAgain,
  isDone,
  isOfContainer,
  isPutOff,
  outageOf,
} from '@github-repo-stats/shared/cosmos/answer';
import { gathered, type Answer } from '@github-repo-stats/shared/cosmos/gathered';
import type { AskAgain } from '@github-repo-stats/shared/cosmos/paid-request';
import type { EarlierRuns, Found, StatsStore, StoreReply } from './store-document.ts';
import type { WriterDeps } from './write-batch.ts';

interface CosmosError {
  code?: unknown;
  headers?: Record<string, unknown>;
  retryAfterInMs?: number;
}

/**
 * Whether Cosmos refuses this one document for good: it is not well-formed (400), larger than 2 MB (413), or its repository's partition
 * is full (403 with substatus 1014: 20 GB). Any other 403 is a role or a firewall, and passes.
 * https://learn.microsoft.com/azure/cosmos-db/nosql/troubleshoot-forbidden
 */
const isRefused = ({ status, substatus }: Answer): boolean =>
  status === 400 || status === 413 || (status === 403 && substatus === 1014);

/** A query that was put off, with its charge. */
function askAgainOf({ code: status, headers = {}, retryAfterInMs }: CosmosError): AskAgain | undefined {
  if (status !== 429 && status !== 449) return undefined;
  const ru = Number(headers['x-ms-request-charge'] ?? 0) || 0;
  return askedAgain({ status, ru, retryAfterMs: retryAfterInMs });
}

/** What Cosmos says, as an outcome holds it. */
const refusal = ({ status, message }: Answer): string => `${status}: ${message}`.slice(0, 300);

/** @param conflicts status codes that say that somebody else wrote or removed the document. */
function reply(answer: Answer, conflicts: readonly number[]): StoreReply {
  const { status, ru } = answer;
  if (isDone(answer)) return { kind: 'done', ru };
  if (isPutOff(answer)) return askedAgain(answer);
  if (conflicts.includes(status) && !isOfContainer(answer)) return { kind: 'conflict', ru };
  if (isRefused(answer)) return { kind: 'refused', ru, detail: refusal(answer) };
  throw outageOf(answer);
}

/** Point read, with its charge; without a document when there is none. */
function found(answer: Answer): Found {
  const { status, ru, document, etag } = answer;
  if (isDone(answer) && document && etag) return { kind: 'found', ru, document: document as RepoStats, etag };
  if (status === 404 && !isOfContainer(answer)) return { kind: 'found', ru };
  if (isPutOff(answer)) return askedAgain(answer);
  throw outageOf(answer);
}

/** The newest documents come first and a few are enough, however long the history is. */
const NEWEST = 'ORDER BY c._ts DESC';
const PAGE = 4;

/** Pages until a document of an earlier run comes; a page that is refused is charged together with those before it. */
async function latest(
  repoStats: Container,
  query: SqlQuerySpec,
  options: FeedOptions,
  { runId, batchId }: RepoStats,
): Promise<Latest | AskAgain> {
  type Row = Pick<RepoStats, 'repo' | 'batchId'> & { repoId?: string; runId?: string };
  const iterator = repoStats.items.query<Row>(query, { ...options, maxItemCount: PAGE });
  let ru = 0;
  let other: Latest['other'];
  try {
    while (iterator.hasMoreResults()) {
      const { resources, requestCharge } = await iterator.fetchNext();
      ru += requestCharge;
      // `_ts` counts seconds, and a rerun writes late: among the newest the newest run decides.
      let earlier: Seen | undefined;
      for (const row of resources ?? []) {
        if (row.runId === runId && row.batchId !== batchId)
          other ??= { repo: row.repo, batchId: row.batchId };
        if (row.runId === undefined || Number(row.runId) >= Number(runId)) continue;
        if (!earlier || Number(row.runId) > Number(earlier.runId)) earlier = { ...row, runId: row.runId };
      }
      if (earlier) return { kind: 'latest', ru, earlier, ...(other && { other }) };
    }
    return { kind: 'latest', ru, ...(other && { other }) };
  } catch (error) {
    const askAgain = askAgainOf(error as CosmosError);
    if (askAgain) return { ...askAgain, ru: ru + askAgain.ru };
    throw error;
  }
}

export function statsStore(repoStats: Container): StatsStore & FormerStore {
  const writes = gathered(repoStats, { keepsWritten: false });
  const reads = gathered(repoStats, { keepsWritten: true });
  const read = async (id: string, repo: string): Promise<Found> =>
    found(await reads.send({ operationType: 'Read', id, partitionKey: repo }));
  return {
    create: async (document) =>
      reply(
        await writes.send({
          operationType: 'Create',
          partitionKey: document.repo,
          resourceBody: { ...document },
        }),
        [409],
      ),
    replace: async (document, ifMatch) =>
      reply(
        await writes.send({
          operationType: 'Replace',
          id: document.id,
          partitionKey: document.repo,
          resourceBody: { ...document },
          ifMatch,
        }),
        [412, 404],
      ),
    read: ({ id, repo }) => read(id, repo),
    async seen(repo, runId) {
      const reply = await read(statsId(repo, runId), repo);
      if (reply.kind === 'ask-again') return reply;
      const { ru, document } = reply;
      return document ? { kind: 'seen', ru, seen: { ...document, runId } } : { kind: 'seen', ru };
    },
    latestOfRepository: (document) =>
      latest(
        repoStats,
        {
          query: `SELECT c.repo, c.repoId, c.runId, c.batchId FROM c WHERE c.repoId = @repoId ${NEWEST}`,
          parameters: [{ name: '@repoId', value: document.repoId }],
        },
        {},
        document,
      ),
    latestOfName: (document) =>
      latest(
        repoStats,
        { query: `SELECT c.repo, c.repoId, c.runId, c.batchId FROM c ${NEWEST}` },
        { partitionKey: document.repo },
        document,
      ),
  };
}

export function outcomeStore(runInfo: Container): WriterDeps['outcomes'] {
  const readBatch = plannedBatches(runInfo);
  return {
    async notPlanned(runId, batchId, names) {
      const planned = await readBatch(runId, batchId);
      const known = new Set(planned?.repos.map((r) => r.nameWithOwner));
      return planned && names.filter((name) => !known.has(name));
    },
    read: async (runId, batchId) =>
      (await readDocument<Outcome>(runInfo, outcomeId(batchId), runId))?.document,
    update: (update, isFirst) => updateOutcome(runInfo, update, () => update, { isFirst }),
  };
}

/** Runs of which the earlier ones are kept in memory. */
const KEPT = 50;

/** Finds the earlier runs that a run names; read once per run, since they never change. */
export function earlierRuns(runInfo: Container): WriterDeps['earlierRuns'] {
  const kept = keepFew(KEPT, async (runId: string): Promise<EarlierRuns | undefined> => {
    const run = (await readDocument<Run>(runInfo, runId, runId))?.document;
    return run && { previousRunId: run.previousRunId, compareTo: run.compareTo };
  });
  return async (runId) => (await kept(runId)) ?? {};
}
