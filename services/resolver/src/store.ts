/** The resolver's documents: sources and plans in run-info. */
import type { Container } from '@azure/cosmos';
import type { Plan, Source } from '@github-repo-stats/shared/documents';
import { sourceDocumentId } from '@github-repo-stats/shared/ids';
import {
  createOnce,
  readDocument,
  readExpected,
  replaceIfUnchanged,
} from '@github-repo-stats/shared/run-info';
import type { ResolverStore } from './resolve-page.ts';

export function resolverStore(runInfo: Container): ResolverStore {
  const readPlan: ResolverStore['readPlan'] = async (runId, id) =>
    (await readDocument<Plan>(runInfo, id, runId))?.document;
  return {
    readPlan,
    readSource: async (runId, sourceId) =>
      (await readExpected<Source>(runInfo, sourceDocumentId(sourceId), runId))?.document,
    async failSource({ id, runId }, { reason, detail }, spent) {
      for (;;) {
        const now = await readDocument<Source>(runInfo, id, runId);
        if (!now || now.document.failedCount > 0) return;
        const failed: Source = {
          ...now.document,
          failedCount: 1,
          reason,
          detail: detail.slice(0, 300),
          ...spent,
        };
        if (await replaceIfUnchanged(runInfo, failed, runId, now.etag)) return;
      }
    },
    async createPlan(plan) {
      if (await createOnce(runInfo, plan)) return plan;
      return (await readPlan(plan.runId, plan.id)) ?? plan;
    },
  };
}
