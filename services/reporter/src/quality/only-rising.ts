/**
 * Whether numbers fell that can only rise: merged pull requests, and pull requests in all states together. A pull request can be neither
 * deleted nor transferred by people, and one that is merged stays so. A few vanish with the account of a spammer, so that a small
 * fall is no sign of anything. Issues can be deleted and transferred, what is closed can be opened again, stars and forks come and go.
 */
import type { Row } from '@github-repo-stats/shared/rows';
import { Examples, fell, partOf, percent, shareOf, type Finding } from './finding.ts';

/** What vanishes with an account: up to so many, or so much of all. */
const TOLERATED = 3;
const TOLERATED_SHARE = 0.01;

const isFall = (then: number, by: number): boolean => -by > Math.max(TOLERATED, TOLERATED_SHARE * then);

export class OnlyRising {
  #compared = 0;
  readonly #fallen = new Examples();

  row({ repo, change, done, mergedPRs, closedPRs, openPRs }: Row): void {
    const opened = change.previous?.openPRs;
    if (!done || typeof opened !== 'number') return;
    this.#compared++;
    const merged = { now: mergedPRs, by: done.mergedPRs };
    const all = { now: openPRs + closedPRs + mergedPRs, by: opened + done.closedPRs + done.mergedPRs };
    const what = isFall(merged.now - merged.by, merged.by)
      ? ({ ...merged, name: 'merged pull requests' } as const)
      : isFall(all.now - all.by, all.by)
        ? ({ ...all, name: 'pull requests' } as const)
        : undefined;
    if (what) this.#fallen.add(repo, -what.by, `had ${fell(what.name, what.now - what.by, what.now)}`);
  }

  finding(): Finding {
    if (this.#compared === 0) return { skipped: 'there is no run before to compare with' };
    const { total } = this.#fallen;
    const measured = shareOf(total, this.#compared);
    return {
      measured,
      said: `pull requests fell in ${partOf(total, this.#compared)} repositories (${percent(measured)})`,
      examples: this.#fallen.list(),
      isOne: total === 1,
    };
  }
}
