/** The writer's documents: stats in repo-stats, each request with its charge; outcomes in run-info. */
import type { Container, FeedOptions, ItemResponse, SqlQuerySpec } from '@azure/cosmos';
import type { Outcome, RepoStats, Run } from '@github-repo-stats/shared/documents';
import { plannedBatch } from '@github-repo-stats/shared/fail-batch';
import { outcomeId, statsId } from '@github-repo-stats/shared/ids';
import { readDocument, updateOutcome } from '@github-repo-stats/shared/run-info';
import type { FormerStore, Latest, Seen } from './find-former.ts';
import type { AskAgain } from './paid-request.ts';
import type { EarlierRuns, StatsStore, StoreReply } from './store-document.ts';
import type { WriterDeps } from './write-batch.ts';

interface CosmosError {
  code?: unknown;
  substatus?: unknown;
  message?: string;
  headers?: Record<string, unknown>;
  retryAfterInMs?: number;
}

/**
 * Whether Cosmos refuses this one document for good: it is not well-formed (400), larger than 2 MB (413), or its repository's partition
 * is full (403 with substatus 1014: 20 GB). Any other 403 is a role or a firewall, and passes.
 * https://learn.microsoft.com/azure/cosmos-db/nosql/troubleshoot-forbidden
 */
const isRefused = ({ code, substatus }: CosmosError): boolean =>
  code === 400 || code === 413 || (code === 403 && substatus === 1014);

/** Cosmos need not say how long: a second of budget comes every second, and writers that met are past each other soon. */
const RETRY_AFTER_MS = { 429: 1000, 449: 10 } as const;

const chargeOf = ({ headers = {} }: CosmosError): number => Number(headers['x-ms-request-charge'] ?? 0) || 0;

function askAgainOf(error: CosmosError): AskAgain | undefined {
  const { code: status, retryAfterInMs } = error;
  if (status !== 429 && status !== 449) return undefined;
  return {
    kind: 'ask-again',
    status,
    ru: chargeOf(error),
    retryAfterMs: retryAfterInMs ?? RETRY_AFTER_MS[status],
  };
}

/** What Cosmos says, as an outcome holds it. */
const refusal = (code: number, message: string): string => `${code}: ${message}`.slice(0, 300);

/** @param conflicts status codes that say that somebody else wrote or removed the document. */
async function reply(
  send: () => Promise<ItemResponse<RepoStats>>,
  conflicts: readonly number[],
): Promise<StoreReply> {
  try {
    const { requestCharge } = await send();
    return { kind: 'done', ru: requestCharge };
  } catch (error) {
    const { code, message = '' } = error as CosmosError;
    const ru = chargeOf(error as CosmosError);
    const askAgain = askAgainOf(error as CosmosError);
    if (askAgain) return askAgain;
    if (typeof code !== 'number') throw error;
    if (conflicts.includes(code)) return { kind: 'conflict', ru };
    if (isRefused(error as CosmosError)) return { kind: 'refused', ru, detail: refusal(code, message) };
    throw error;
  }
}

/** Point read, with its charge; without a document when there is none. */
async function read(
  repoStats: Container,
  id: string,
  repo: string,
): Promise<{ kind: 'found'; ru: number; document?: RepoStats; etag?: string } | AskAgain> {
  try {
    const { resource, etag, requestCharge: ru } = await repoStats.item(id, repo).read<RepoStats>();
    return resource ? { kind: 'found', ru, document: resource, etag } : { kind: 'found', ru };
  } catch (error) {
    const askAgain = askAgainOf(error as CosmosError);
    if (askAgain) return askAgain;
    throw error;
  }
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

export const statsStore = (repoStats: Container): StatsStore & FormerStore => ({
  create: (document) => reply(() => repoStats.items.create<RepoStats>(document), [409]),
  replace: (document, etag) =>
    reply(
      () =>
        repoStats
          .item(document.id, document.repo)
          .replace<RepoStats>(document, { accessCondition: { type: 'IfMatch', condition: etag } }),
      [412, 404],
    ),
  read: ({ id, repo }) => read(repoStats, id, repo),
  async seen(repo, runId) {
    const found = await read(repoStats, statsId(repo, runId), repo);
    if (found.kind === 'ask-again') return found;
    const { ru, document } = found;
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
});

export const outcomeStore = (runInfo: Container): WriterDeps['outcomes'] => ({
  async notPlanned(runId, batchId, names) {
    const planned = await plannedBatch(runInfo, runId, batchId);
    const known = new Set(planned?.repos.map((r) => r.nameWithOwner));
    return planned && names.filter((name) => !known.has(name));
  },
  read: async (runId, batchId) => (await readDocument<Outcome>(runInfo, outcomeId(batchId), runId))?.document,
  update: (update) => updateOutcome(runInfo, update, () => update),
});

/** Runs of which the earlier ones are kept in memory. */
const KEPT = 50;

/** Finds the earlier runs that a run names; read once per run, since they never change. */
export function earlierRuns(runInfo: Container): WriterDeps['earlierRuns'] {
  const kept = new Map<string, EarlierRuns>();
  return async (runId) => {
    const known = kept.get(runId);
    if (known) return known;
    const run = (await readDocument<Run>(runInfo, runId, runId))?.document;
    const earlier = { previousRunId: run?.previousRunId, compareTo: run?.compareTo };
    if (kept.size >= KEPT) kept.clear();
    if (run) kept.set(runId, earlier);
    return earlier;
  };
}
