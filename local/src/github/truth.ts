/** What is true of every repository right now, in the words of the stored documents: what a run is graded against. */
import { nodeId } from './node-id.ts';
import type { Repository, World } from './world.ts';

export interface TruthRow {
  readonly repo: string;
  /** The node id. */
  readonly repoId: string;
  readonly isArchived: boolean;
  readonly isTemplate: boolean;
  readonly isFork: boolean;
  readonly visibility: 'PUBLIC' | 'PRIVATE';
  readonly createdAt: string;
  readonly repoUpdatedAt: string;
  readonly pushedAt: string;
  readonly openIssues: number;
  readonly closedIssues: number;
  readonly totalIssues: number;
  readonly openPRs: number;
  readonly closedPRs: number;
  readonly mergedPRs: number;
  readonly totalPRs: number;
  readonly stars: number;
  readonly forks: number;
  readonly language: string | null;
  readonly licence: string | null;
  readonly diskUsage: number;
}

function truthRow(repository: Repository): TruthRow {
  const { openIssues, closedIssues, openPRs, closedPRs, mergedPRs } = repository;
  return {
    repo: `${repository.owner.login}/${repository.name}`,
    repoId: nodeId('R', repository.databaseId),
    isArchived: repository.isArchived,
    isTemplate: repository.isTemplate,
    isFork: repository.isFork,
    visibility: repository.isPrivate ? 'PRIVATE' : 'PUBLIC',
    createdAt: repository.createdAt,
    repoUpdatedAt: repository.updatedAt,
    pushedAt: repository.pushedAt,
    openIssues,
    closedIssues,
    totalIssues: openIssues + closedIssues,
    openPRs,
    closedPRs,
    mergedPRs,
    totalPRs: openPRs + closedPRs + mergedPRs,
    stars: repository.stars,
    forks: repository.forks,
    language: repository.language,
    licence: repository.licence,
    diskUsage: repository.diskUsage,
  };
}

/** One row for each repository that exists, private ones too, in order of creation. */
export function* truthOf(world: World): Iterable<TruthRow> {
  for (const slot of world.slots()) yield truthRow(world.describe(slot));
}
