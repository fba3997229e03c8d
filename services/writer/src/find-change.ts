/**
 * Finds how the numbers of a repository changed since the runs that its run is compared with, under whatever name they have it.
 * It ends in one of these ways, for each of them:
 * - that run has it, under this name or an earlier one: the differences;
 * - it does not, or there is no such run, or the repository is younger than that: null.
 * What is rare (renamed, archived, back again) is noted in the repository's own record, which is read only when the usual does not
 * hold. One that nobody has seen before has none yet: its batch notes that, for all of its repositories together.
 */
import type { RepoStats } from '@github-repo-stats/shared/documents';
import {
  mergeSight,
  nameAt,
  type KnownRepository,
  type Sight,
} from '@github-repo-stats/shared/known-repository';
import { changeOf, doneSince, turnsOf, WINDOWS, type CompareTo } from '@github-repo-stats/shared/trend';
import type { FormerStore, Seen, Told } from './find-former.ts';
import type { PaidRequests } from '@github-repo-stats/shared/cosmos/paid-request';

/** Records of repositories. */
export interface KnownStore {
  /** What is known of it; without an etag there is no record of its own yet. */
  read(repoId: string): Promise<{ document: KnownRepository; etag?: string | undefined } | undefined>;
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
  /** Whether some earlier run has it. */
  isKnown: boolean;
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
): Promise<Pick<RepoStats, 'change' | 'done' | 'turned'>> {
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
  const isNew = !before.isKnown && [...found.values()].every((seen) => !seen);
  if (!isUsual && !isNew) {
    const record = await known.read(repoId);
    const missing = runs.filter((id) => !found.get(id));
    const names = missing.map((id) => formerName(record?.document, before.told, repo, id));
    await Promise.all(
      missing.map(async (id, i) => names[i] !== undefined && found.set(id, await baselineOf(id, names[i]!))),
    );
    const earlier = [...found.values()].flatMap((seen) => sightOf(seen, repoId));
    await noteSight(document, record, earlier, known);
  }
  const baselines = WINDOWS.map((w) => [w, found.get(compareTo[w] ?? '')]);
  const turned = turnsOf(document, found.get(compareTo.previous ?? ''));
  const change = changeOf(document, Object.fromEntries(baselines) as Parameters<typeof changeOf>[1]);
  const done = doneSince(document, found.get(compareTo.previous ?? ''));
  return {
    change,
    ...(Object.keys(done).length > 0 && { done }),
    ...(turned.length > 0 && { turned }),
  };
}

/** Another name under which an earlier run may have it. */
function formerName(
  record: KnownRepository | undefined,
  told: Told,
  repo: string,
  runId: string,
): string | undefined {
  const name = record && nameAt(record, runId);
  if (name !== undefined && name !== repo) return name;
  return told.previousName;
}

/** What an earlier run saw of it; nothing where the first generation did not tell. */
const sightOf = (seen: Seen | undefined, repoId: string): Sight[] =>
  seen?.isArchived === undefined
    ? []
    : [{ runId: seen.runId, repoId, repo: seen.repo, isArchived: seen.isArchived }];

/** Puts this sight into the record, if it says anything new; one that is made for it holds what was known before. */
async function noteSight(
  { repoId, repo, runId, isArchived }: RepoStats,
  read: Awaited<ReturnType<KnownStore['read']>>,
  earlier: readonly Sight[],
  known: KnownStore,
): Promise<void> {
  for (let now = read; ; now = await known.read(repoId)) {
    const base = now?.document ?? earlier.reduce(merged, undefined);
    // Without a base it is seen for the first time, which its batch notes.
    const next = base && mergeSight(base, { repoId, repo, runId, isArchived });
    if (!next) return;
    // A loser of the race reads again: somebody else made progress, so this ends.
    const won = now?.etag ? await known.replace(next, now.etag) : await known.create(next);
    if (won) return;
  }
}

const merged = (record: KnownRepository | undefined, sight: Sight): KnownRepository | undefined =>
  mergeSight(record, sight) ?? record;
