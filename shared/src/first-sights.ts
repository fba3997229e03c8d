/**
 * Repositories that a batch saw for the first time, one document for all of them: a record for each would cost 5.5 RU, and most
 * never turn in any way that their own record has to tell.
 */
import * as z from 'zod';
import type { RepoStats } from './documents.ts';
import type { Sight } from './known-repository.ts';
import { WINDOWS } from './trend.ts';

/** Container repos, partition /id. Columns of the same length, one entry per repository. */
export const FirstSights = z.object({
  id: z.string(),
  type: z.literal('first-sights'),
  runId: z.string(),
  batchId: z.string(),
  /** Indexed: a repository is found by its node id. */
  repoIds: z.array(z.string()),
  repos: z.array(z.string()),
  archived: z.array(z.boolean()),
});
export type FirstSights = z.infer<typeof FirstSights>;

export const firstSightsId = (runId: string, batchId: string): string => `seen.${runId}.${batchId}`;

/** Whether no run that it was compared with had it, under any name: it is new, or was missed for a month. */
export const isFirstSight = ({ change, previousName }: RepoStats): boolean =>
  change !== undefined && previousName === undefined && WINDOWS.every((w) => change[w] === null);

/** What such a document says of one of its repositories. */
export function sightIn({ runId, repoIds, repos, archived }: FirstSights, repoId: string): Sight | undefined {
  const i = repoIds.indexOf(repoId);
  return i < 0 ? undefined : { runId, repoId, repo: repos[i]!, isArchived: archived[i]! };
}

/** The document with these repositories in it; undefined when that changes nothing. Whoever is in it stays as it is. */
export function mergeFirstSights(
  now: FirstSights | undefined,
  { runId, batchId }: { runId: string; batchId: string },
  documents: readonly RepoStats[],
): FirstSights | undefined {
  const known = new Set(now?.repoIds);
  const fresh = documents.filter(({ repoId }) => !known.has(repoId));
  if (fresh.length === 0) return undefined;
  return {
    id: firstSightsId(runId, batchId),
    type: 'first-sights',
    runId,
    batchId,
    repoIds: [...(now?.repoIds ?? []), ...fresh.map((d) => d.repoId)],
    repos: [...(now?.repos ?? []), ...fresh.map((d) => d.repo)],
    archived: [...(now?.archived ?? []), ...fresh.map((d) => d.isArchived)],
  };
}
