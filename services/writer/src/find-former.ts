/**
 * Tells what a repository and its name were before this run, since identity is the node id and not the name. It ends in one of these ways:
 * - known: the previous run has it under this name, or the latest run that has it does: nothing to tell;
 * - renamed: the latest earlier document of this node id has another name;
 * - taken over: the latest earlier document of this name is another repository's (a renamed one may have taken a name, too);
 * - new: neither the node id nor the name was ever seen;
 * - elsewhere: another batch of this very run has it under another name already, since it was renamed meanwhile.
 * A document without a node id says nothing of its name. Only documents of earlier runs count, so that a redelivery finds the same.
 */
import type { RepoStats } from '@github-repo-stats/shared/documents';
import type { Compared } from '@github-repo-stats/shared/trend';
import type { PaidRequests, AskAgain } from '@github-repo-stats/shared/cosmos/paid-request';

/** Of an earlier document: who it was about, in which run, and its numbers where they were asked for. */
export type Seen = Pick<RepoStats, 'repo' | 'runId'> & {
  repoId?: string;
  isArchived?: boolean;
  visibility?: string;
} & Compared;

/** The latest document of a run before `runId`, and one of `runId` itself of another batch, if there are such. */
export type Latest = {
  kind: 'latest';
  ru: number;
  earlier?: Seen;
  other?: { repo: string; batchId: string };
};

export interface FormerStore {
  /** Point read of the document of a name in a run. */
  seen(repo: string, runId: string): Promise<{ kind: 'seen'; ru: number; seen?: Seen } | AskAgain>;
  /** By node id, over all partitions. */
  latestOfRepository(document: RepoStats): Promise<Latest | AskAgain>;
  /** By name, inside its partition. */
  latestOfName(document: RepoStats): Promise<Latest | AskAgain>;
}

/** What is written into the document, and what is told. */
export type Told = Pick<RepoStats, 'previousName' | 'tookNameOf'>;
/** `seen`: what the previous run has under this name, whosever it is. `isKnown`: some earlier run has it. */
export type Former =
  | { told: Told; seen?: Seen | undefined; isKnown: boolean }
  | { elsewhere: { repo: string; batchId: string } };

/** @param previousRunId a run that most likely has the repository: a wrong one costs request units, not truth. */
export async function findFormer(
  document: RepoStats,
  previousRunId: string,
  store: FormerStore,
  requests: PaidRequests,
): Promise<Former> {
  const { repo, repoId } = document;
  const { seen } = await requests.send('read', () => store.seen(repo, previousRunId));
  // Of the first generation, which did not know node ids.
  if (seen && (seen.repoId === undefined || seen.repoId === repoId)) return { told: {}, seen, isKnown: true };

  const { earlier: own, other } = await requests.send('query', () => store.latestOfRepository(document));
  if (other && other.repo !== repo) return { elsewhere: other };
  const sameName = own?.repo === repo;
  const previousName = own && !sameName ? { previousName: own.repo } : {};
  // A name that it bore last is its own, unless the previous run saw it with another one since.
  if (sameName && !(seen && Number(seen.runId) > Number(own.runId))) return { told: {}, seen, isKnown: true };
  const holder = seen ?? (await requests.send('query', () => store.latestOfName(document))).earlier;
  const taken = holder?.repoId !== undefined && holder.repoId !== repoId;
  const told = { ...previousName, ...(taken && { tookNameOf: holder.repoId }) };
  return { told, seen, isKnown: own !== undefined };
}
