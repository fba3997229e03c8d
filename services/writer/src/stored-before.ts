/**
 * Finds out whether this run has stored a repository of this batch under another name already, since it was renamed between two
 * tries at its batch. It then keeps that document, which was true at its time: a second one would count the repository twice.
 */
import type { Outcome, RepoStats } from '@github-repo-stats/shared/documents';
import { statsId } from '@github-repo-stats/shared/ids';
import type { WriteStats } from '@github-repo-stats/shared/messages';
import { paidRequests } from '@github-repo-stats/shared/cosmos/paid-request';
import type { StoreDeps } from './store-document.ts';

type Stats = WriteStats['stats'][number];

/** Whether anything may have been stored before: only then the outcome is worth reading. */
export const mayBeStored = (attempt: number, stats: readonly Stats[]): boolean =>
  attempt > 1 || stats.some(({ name, document }) => name !== document.repo);

/**
 * @param before the outcome as it stood when the message came.
 * @returns the name that it was stored under, if there is such, with the document where it was read; and what finding out cost, in RU.
 */
export async function storedBefore(
  { name, document }: Stats,
  before: Outcome | undefined,
  deps: StoreDeps,
): Promise<{ as?: string; document?: RepoStats; ru: number }> {
  const entry = before?.entries[name];
  if (entry?.state === 'created' || entry?.was === 'created') {
    const as = entry.as ?? name;
    return as === document.repo ? { ru: 0 } : { as, ru: 0 };
  }
  if (name === document.repo) return { ru: 0 };
  // Its writer may have died before the outcome was written.
  const requests = paidRequests(deps);
  const planned = { ...document, id: statsId(name, document.runId), repo: name };
  const { document: stored } = await requests.send('read', () => deps.store.read(planned));
  const isOurs = stored?.repoId === document.repoId && stored.batchId === document.batchId;
  return { ...(isOurs && { as: name, document: stored }), ru: requests.ru() };
}
