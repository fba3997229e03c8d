/**
 * Whether the source is stuck and tells what it told before: hardly a repository changed since the run before, where by what changed in the
 * last 7 days many should have. Looked at of all repositories together and of each owner by itself.
 */
import { ownerOf } from '@github-repo-stats/shared/ids';
import type { Row } from '@github-repo-stats/shared/rows';
import { METRICS, type CompareTo } from '@github-repo-stats/shared/trend';
import { count } from '../mail-words.ts';
import { Examples, partOf, type Finding } from './finding.ts';
import { hoursBetween } from './hours.ts';

/** Repositories that should have changed: fewer say nothing. */
const LEAST_EXPECTED = 50;
/** Of an owner, whom the others tell how busy the time is. */
const LEAST_OF_OWNER = 20;
/** An owner that misses more of its changes than that is named. */
const TOLD = 0.5;

interface Moved {
  compared: number;
  changed: number;
  expected: number;
}

export class StuckSource {
  readonly #compareTo: CompareTo | undefined;
  readonly #all: Moved = { compared: 0, changed: 0, expected: 0 };
  readonly #owners = new Map<string, Moved & { owner: string }>();

  constructor(compareTo: CompareTo | undefined) {
    this.#compareTo = compareTo;
  }

  row(row: Row): void {
    const { previous, d7 } = row.change;
    if (!previous || !row.done || !d7) return;
    const since = hoursBetween(this.#compareTo?.previous, row.collectedAt);
    const before = hoursBetween(this.#compareTo?.d7, row.collectedAt) - since;
    if (!(since > 0 && before > 0)) return;
    const isChanged = METRICS.some((m) => previous[m]) || Object.values(row.done).some((by) => by !== 0);
    // What rose and fell again in 7 days is not seen: that so many changed is expected at least.
    const changes = METRICS.reduce((sum, m) => sum + Math.abs((d7[m] ?? 0) - (previous[m] ?? 0)), 0);
    const expected = 1 - Math.exp((-changes * since) / before);
    const name = ownerOf(row.repo);
    let owner = this.#owners.get(name);
    if (!owner) {
      owner = { owner: row.repo.slice(0, row.repo.indexOf('/')), compared: 0, changed: 0, expected: 0 };
      this.#owners.set(name, owner);
    }
    for (const moved of [this.#all, owner]) {
      moved.compared++;
      if (isChanged) moved.changed++;
      moved.expected += expected;
    }
  }

  finding(): Finding {
    const all = this.#all;
    if (all.compared === 0) return { skipped: 'there is no run of 7 days before to tell what is usual' };
    if (all.expected < LEAST_EXPECTED)
      return { skipped: `too little changes in that time to tell: ${movedOf(all)}` };
    let measured = missingOf(all);
    const stuck = new Examples();
    for (const owner of this.#owners.values()) {
      const paced = besides(owner, all);
      if (paced.expected < LEAST_OF_OWNER) continue;
      const missing = missingOf(paced);
      measured = Math.max(measured, missing);
      if (missing > TOLD) stuck.add(owner.owner, missing, movedOf(paced));
    }
    return { measured, said: `of all, ${movedOf(all)}`, examples: stuck.list() };
  }
}

/** What is to be expected of an owner by how busy the others are in the same time: at night and on Sundays all have less. */
function besides(owner: Moved, all: Moved): Moved {
  const others = { changed: all.changed - owner.changed, expected: all.expected - owner.expected };
  const pace = others.expected < LEAST_EXPECTED ? 0 : Math.min(1, others.changed / others.expected);
  return { ...owner, expected: owner.expected * pace };
}

const missingOf = ({ changed, expected }: Moved): number => Math.max(0, 1 - changed / expected);
const movedOf = ({ changed, compared, expected }: Moved): string =>
  `${partOf(changed, compared)} repositories changed, ${count(Math.round(expected))} are usual`;
