/**
 * Tells which repositories are new and which are gone: from what the owners listed in this run and in the one before, by node id, and
 * never from failures. An owner counts when it was listed to its end in both, in the same way: what an exclude or a filter leaves out
 * since is not gone. A repository that another owner has now was transferred.
 */
import { createHash } from 'node:crypto';
import type { Plan, Source } from '@github-repo-stats/shared/documents';
import { NAMES } from './fold-rows.ts';
import type { Events } from './summary.ts';

/** Of one run: its sources, the ids of those that were listed to their end, and its plans. */
export interface Listed {
  sources: readonly Source[];
  resolved: ReadonlySet<string>;
  /** Read anew each time that it is called. */
  plans(): AsyncIterable<Pick<Plan, 'sourceId' | 'batches'>>;
}

export interface ComparedPlans extends Pick<Events, 'new' | 'gone' | 'lostAccess'> {
  /** Those that are gone, with their node ids, up to a number. */
  goneRepositories: readonly { repoId: string; repo: string }[];
}

/** Of an owner's repositories gone at once: more than that is most likely access that was lost, and named once. */
const LOST_SHARE = 0.05;
/** Fewer than that are no sign of it. */
const LEAST_LOST = 5;
/** Repositories that are named as gone; what is beyond is counted. */
const MOST_GONE = 5_000;

/** Eight bytes of a digest: 8 MB for a million repositories. */
const keyOf = (id: string): bigint => createHash('sha1').update(id).digest().readBigUInt64BE();

/** The sources that list owners, by what they list. */
function ownersOf({ sources, resolved }: Listed): Map<string, string> {
  const listed = new Map<string, string>();
  for (const { sourceId, what } of sources)
    if (what.kind === 'owner' && resolved.has(sourceId)) listed.set(JSON.stringify(what), sourceId);
  return listed;
}

export async function comparePlans(now: Listed, then: Listed): Promise<ComparedPlans> {
  const [nowOwners, thenOwners] = [ownersOf(now), ownersOf(then)];
  const both = [...nowOwners.keys()].filter((what) => thenOwners.has(what));
  if (both.length === 0) return { new: null, gone: null, lostAccess: [], goneRepositories: [] };
  const nowIds = new KeySet();
  for await (const { id } of repositories(now)) nowIds.add(id);
  nowIds.sort();
  // A transferred repository is there under another owner: every source counts, whether its owner is compared or not.
  const thenIds = new KeySet();
  const inBoth = (owners: Map<string, string>) => new Set(both.map((what) => owners.get(what)!));
  const thenSources = inBoth(thenOwners);
  const bySource = new Map<string, { of: number; gone: number; named: { repoId: string; repo: string }[] }>();
  for await (const { sourceId, nameWithOwner, id } of repositories(then)) {
    thenIds.add(id);
    if (!thenSources.has(sourceId)) continue;
    const owner = bySource.get(sourceId) ?? { of: 0, gone: 0, named: [] };
    bySource.set(sourceId, owner);
    owner.of++;
    if (nowIds.has(id)) continue;
    if (owner.gone++ < MOST_GONE) owner.named.push({ repoId: id, repo: nameWithOwner });
  }
  thenIds.sort();
  const fresh = { total: 0, first: [] as string[] };
  for await (const { nameWithOwner, id } of repositories(now, inBoth(nowOwners)))
    if (!thenIds.has(id) && fresh.total++ < NAMES) fresh.first.push(nameWithOwner);
  const isLost = ({ gone, of }: { gone: number; of: number }) => gone >= LEAST_LOST && gone > LOST_SHARE * of;
  const reallyGone = [...bySource.values()].filter((owner) => !isLost(owner));
  const goneRepositories = reallyGone.flatMap((owner) => owner.named).slice(0, MOST_GONE);
  return {
    new: fresh,
    gone: {
      total: reallyGone.reduce((sum, owner) => sum + owner.gone, 0),
      first: goneRepositories.slice(0, NAMES).map(({ repo }) => repo),
    },
    lostAccess: then.sources.flatMap(({ sourceId, what }) => {
      const owner = bySource.get(sourceId);
      const lost = owner && isLost(owner) && what.kind === 'owner';
      return lost ? { owner: what.owner, gone: owner.gone, of: owner.of } : [];
    }),
    goneRepositories,
  };
}

/** Repositories that a listing named with their id. @param of these sources; all when left out. */
async function* repositories(
  listed: Listed,
  of?: ReadonlySet<string>,
): AsyncGenerator<{ sourceId: string; nameWithOwner: string; id: string }> {
  for await (const { sourceId, batches } of listed.plans()) {
    if (of && !of.has(sourceId)) continue;
    for (const { repos } of batches)
      for (const { nameWithOwner, id } of repos) if (id !== undefined) yield { sourceId, nameWithOwner, id };
  }
}

/** Many ids in eight bytes each. */
class KeySet {
  #keys = new BigUint64Array(1024);
  #size = 0;

  add(id: string): void {
    if (this.#size === this.#keys.length) {
      const larger = new BigUint64Array(2 * this.#size);
      larger.set(this.#keys);
      this.#keys = larger;
    }
    this.#keys[this.#size++] = keyOf(id);
  }

  /** To be called before anything is looked for. */
  sort(): void {
    this.#keys = this.#keys.slice(0, this.#size).sort();
  }

  has(id: string): boolean {
    const key = keyOf(id);
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low < this.#size && this.#keys[low] === key;
  }
}
