/**
 * Finds how the numbers of a repository changed since the runs that its run is compared with, under whatever name they have it.
 * It ends in one of these ways, for each of them:
 * - that run has it, under this name or an earlier one: the differences;
 * - it does not, or there is no such run, or the repository is younger than that: null.
 * What is rare (first seen, renamed, archived, back again) is noted in the repository's own record, which is read only when the
 * usual does not hold.
 */
import type { RepoStats } from '@github-repo-stats/shared/documents';
import { mergeSight, nameAt, type KnownRepository } from '@github-repo-stats/shared/known-repository';
import { changeOf, turnsOf, WINDOWS, type CompareTo } from '@github-repo-stats/shared/trend';
import type { FormerStore, Seen, Told } from './find-former.ts';
import type { PaidRequests } from './paid-request.ts';

/** Records of repositories. */
export interface KnownStore {
  read(repoId: string): Promise<{ document: KnownRepository; etag: string } | undefined>;
  /** False when there is one. */
  create(record: KnownRepository): Promise<boolean>;
  /** False when somebody wrote meanwhile. */
  replace(record: KnownRepository, etag: string): Promise<boolean>;
}

/** What was found out of the repository before. */
export interface Before {
  told: Told;
  /** The run in which its name was looked for, and the document found there: its own, or another repository's. */
  lookedAt?: string | undefined;
  seen?: Seen | undefined;
}

export interface ChangeDeps {
  store: Pick<FormerStore, 'seen'>;
  known: KnownStore;
  requests: PaidRequests;
}

/** @param document as it was collected. */
export async function findChange(
  document: RepoStats,
  before: Before,
  compareTo: CompareTo,
  { store, known, requests }: ChangeDeps,
): Promise<Pick<RepoStats, 'change' | 'turned'>> {
  const { repo, repoId } = document;
  const born = Date.parse(document.createdAt) / 1000;
  const runs = [...new Set(WINDOWS.map((w) => compareTo[w]))].filter(
    (id) => id !== null && Number(id) >= born,
  ) as string[];
  const baselineOf = async (runId: string, name: string): Promise<Seen | undefined> => {
    const isKnown = before.lookedAt === runId && name === repo;
    const seen = isKnown ? before.seen : (await requests.send('read', () => store.seen(name, runId))).seen;
    // Documents of the first generation do not tell whose they are.
    return seen && (seen.repoId === undefined || seen.repoId === repoId) ? seen : undefined;
  };
  const found = new Map(await Promise.all(runs.map(async (id) => [id, await baselineOf(id, repo)] as const)));
  const previous = found.get(compareTo.previous ?? '');
  const isUsual = runs.every((id) => found.get(id)) && previous?.isArchived === document.isArchived;
  if (!isUsual) {
    const record = await noteSight(document, known, runs.length === 0);
    const missing = runs.filter((id) => !found.get(id));
    const names = missing.map((id) => formerName(record, before.told, repo, id));
    await Promise.all(
      missing.map(async (id, i) => names[i] !== undefined && found.set(id, await baselineOf(id, names[i]!))),
    );
  }
  const baselines = WINDOWS.map((w) => [w, found.get(compareTo[w] ?? '')]);
  const turned = turnsOf(document, found.get(compareTo.previous ?? ''));
  const change = changeOf(document, Object.fromEntries(baselines) as Parameters<typeof changeOf>[1]);
  return { change, ...(turned.length > 0 && { turned }) };
}

/** Another name under which an earlier run may have it. */
function formerName(record: KnownRepository, told: Told, repo: string, runId: string): string | undefined {
  const name = nameAt(record, runId);
  if (name !== undefined && name !== repo) return name;
  return told.previousName;
}

/** The record, with this sight in it. @param isFirst most likely there is none yet. */
async function noteSight(document: RepoStats, known: KnownStore, isFirst: boolean): Promise<KnownRepository> {
  const { repoId, repo, runId, isArchived } = document;
  const sight = { repoId, repo, runId, isArchived };
  for (let attempt = 0; ; attempt++) {
    const now = isFirst && attempt === 0 ? undefined : await known.read(repoId);
    const next = mergeSight(now?.document, sight);
    if (!next) return now!.document;
    // A loser of the race reads again: somebody else made progress, so this ends.
    const won = now ? await known.replace(next, now.etag) : await known.create(next);
    if (won) return next;
  }
}
