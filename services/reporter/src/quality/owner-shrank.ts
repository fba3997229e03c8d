/**
 * Whether an owner became much smaller at once: it has fewer repositories than in the run before, or those that it kept lost stars, forks or
 * merged pull requests together. Owners that are listed otherwise since are left out, and so are small ones.
 */
import { ownerOf } from '@github-repo-stats/shared/ids';
import type { Row } from '@github-repo-stats/shared/rows';
import { counted } from '../mail-words.ts';
import type { Earlier } from './earlier.ts';
import { Examples, fell, percent, shareOf, type Finding } from './finding.ts';

/** An owner of fewer repositories, or one that lost fewer, says nothing. */
const LEAST_REPOSITORIES = 5;
const LEAST_LOST = 3;
/** A sum below that says nothing. */
const LEAST_SUM = 100;
/** Stars come and go: less than that part of a sum is every day. */
const LEAST_SHARE = 0.01;

const SUMS = { stars: 'stars', forks: 'forks', mergedPRs: 'merged pull requests' } as const;
type Sum = keyof typeof SUMS;
interface Owner {
  repositories: number;
  now: Record<Sum, number>;
  by: Record<Sum, number>;
}

const NAMES = Object.keys(SUMS) as Sum[];

export class OwnerShrank {
  /** Memory grows with the owners alone. */
  readonly #owners = new Map<string, Owner>();

  row(row: Row): void {
    const name = ownerOf(row.repo);
    let owner = this.#owners.get(name);
    if (!owner) {
      const none = { stars: 0, forks: 0, mergedPRs: 0 };
      owner = { repositories: 0, now: { ...none }, by: { ...none } };
      this.#owners.set(name, owner);
    }
    owner.repositories++;
    const { previous } = row.change;
    if (!previous || !row.done) return;
    const by = { stars: previous.stars, forks: previous.forks, mergedPRs: row.done.mergedPRs };
    for (const sum of NAMES) {
      const change = by[sum];
      if (change === null) continue;
      owner.now[sum] += row[sum];
      owner.by[sum] += change;
    }
  }

  finding({ previous, same }: Earlier): Finding {
    if (!previous) return { skipped: 'there is no run before to compare with' };
    const shrunk = new Examples();
    let measured = 0;
    const told = (owner: string, share: number, said: string): void => {
      measured = Math.max(measured, share);
      shrunk.add(owner, share, said);
    };
    let compared = 0;
    for (const { owner, totals } of previous.orgs) {
      const name = owner.toLowerCase();
      const then = totals.repositories;
      if (then < LEAST_REPOSITORIES || !same.owners.has(name)) continue;
      compared++;
      const now = this.#owners.get(name)?.repositories ?? 0;
      if (then - now >= LEAST_LOST)
        told(owner, shareOf(then - now, then), `had ${fell('repositories', then, now)}`);
      const worst = this.#fallen(name);
      if (worst) told(owner, worst.share, worst.said);
    }
    if (compared === 0)
      return { skipped: 'no owner of five or more repositories was listed in both runs alike' };
    return {
      measured,
      said:
        measured > 0
          ? `of ${counted(compared, 'owner')}, the one that shrank most lost ${percent(measured)}`
          : `of ${counted(compared, 'owner')} none shrank`,
      examples: shrunk.list(),
    };
  }

  /** The sum of what the owner kept that fell most. */
  #fallen(name: string): { share: number; said: string } | undefined {
    const owner = this.#owners.get(name);
    if (!owner) return undefined;
    const falls = NAMES.map((sum) => {
      const then = owner.now[sum] - owner.by[sum];
      const share = then >= LEAST_SUM ? shareOf(Math.max(0, -owner.by[sum]), then) : 0;
      return { share, said: `its repositories had ${fell(SUMS[sum], then, owner.now[sum])}` };
    });
    const worst = falls.reduce((a, b) => (b.share > a.share ? b : a));
    return worst.share > LEAST_SHARE ? worst : undefined;
  }
}
