/** The writer's documents: stats in repo-stats, each request with its charge; outcomes in run-info. */
import type { Container, ItemResponse } from '@azure/cosmos';
import type { Outcome, RepoStats } from '@github-repo-stats/shared/documents';
import { plannedBatch } from '@github-repo-stats/shared/fail-batch';
import { outcomeId } from '@github-repo-stats/shared/ids';
import { readDocument, updateOutcome } from '@github-repo-stats/shared/run-info';
import type { StatsStore, StoreReply, Throttled } from './store-document.ts';
import type { WriterDeps } from './write-batch.ts';

interface CosmosError {
  code?: unknown;
  message?: string;
  headers?: Record<string, unknown>;
  retryAfterInMs?: number;
}

/** Status codes by which Cosmos refuses this one document. */
const REFUSED = new Set([400, 413]);

const chargeOf = ({ headers = {} }: CosmosError): number => Number(headers['x-ms-request-charge'] ?? 0) || 0;

function throttledOf(error: CosmosError): Throttled | undefined {
  if (error.code !== 429) return undefined;
  const retryAfterMs = error.retryAfterInMs ?? Number(error.headers?.['x-ms-retry-after-ms'] ?? 1000);
  return { kind: 'throttled', ru: chargeOf(error), retryAfterMs };
}

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
    const throttled = throttledOf(error as CosmosError);
    if (throttled) return throttled;
    if (typeof code !== 'number') throw error;
    if (conflicts.includes(code)) return { kind: 'conflict', ru };
    if (REFUSED.has(code)) return { kind: 'refused', ru, detail: message.slice(0, 300) };
    throw error;
  }
}

export const statsStore = (repoStats: Container): StatsStore => ({
  create: (document) => reply(() => repoStats.items.create<RepoStats>(document), [409]),
  replace: (document, etag) =>
    reply(
      () =>
        repoStats
          .item(document.id, document.repo)
          .replace<RepoStats>(document, { accessCondition: { type: 'IfMatch', condition: etag } }),
      [412, 404],
    ),
  async read(document) {
    try {
      const {
        resource,
        etag,
        requestCharge: ru,
      } = await repoStats.item(document.id, document.repo).read<RepoStats>();
      return resource ? { kind: 'found', ru, document: resource, etag } : { kind: 'found', ru };
    } catch (error) {
      const throttled = throttledOf(error as CosmosError);
      if (throttled) return throttled;
      throw error;
    }
  },
});

export const outcomeStore = (runInfo: Container): WriterDeps['outcomes'] => ({
  isPlanned: async (runId, batchId) => (await plannedBatch(runInfo, runId, batchId)) !== undefined,
  read: async (runId, batchId) => (await readDocument<Outcome>(runInfo, outcomeId(batchId), runId))?.document,
  update: (update) => updateOutcome(runInfo, update, () => update),
});
