/** The resolver's documents: sources and plans in run-info. */
import type { Container } from '@azure/cosmos';
import type { Plan, Source } from '@github-repo-stats/shared/documents';
import { failSource } from '@github-repo-stats/shared/fail-source';
import { sourceDocumentId } from '@github-repo-stats/shared/ids';
import { createOnce, readDocument, readExpected } from '@github-repo-stats/shared/run-info';
import type { ResolverStore } from './resolve-page.ts';

export function resolverStore(runInfo: Container): ResolverStore {
  const readPlan: ResolverStore['readPlan'] = async (runId, id) =>
    (await readDocument<Plan>(runInfo, id, runId))?.document;
  return {
    readPlan,
    readSource: async (runId, sourceId) =>
      (await readExpected<Source>(runInfo, sourceDocumentId(sourceId), runId))?.document,
    failSource: (source, why, spent) => failSource(runInfo, source, why, spent),
    async createPlan(plan) {
      if (await createOnce(runInfo, plan)) return plan;
      return (await readPlan(plan.runId, plan.id)) ?? plan;
    },
  };
}
