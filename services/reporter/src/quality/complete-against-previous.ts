/**
 * Whether repositories that the run before stored are missing, though nobody said that they went: those that are gone by the listings
 * are told as such, unless so many of an owner are gone that it is most likely access that was lost.
 */
import type { Row } from '@github-repo-stats/shared/rows';
import { count } from '../mail-words.ts';
import { partOf, percent, shareOf, type Finding } from './finding.ts';
import type { Earlier } from './earlier.ts';

export class CompleteAgainstPrevious {
  #kept = 0;

  row({ change }: Pick<Row, 'change'>): void {
    if (change.previous) this.#kept++;
  }

  finding(earlier: Earlier): Finding {
    const { previous, gone, same } = earlier;
    if (!previous?.totals) return { skipped: 'there is no run before to compare with' };
    if (!same.all) return { skipped: 'the sources were changed since the run before' };
    const before = previous.totals.repositories;
    // What is told as gone need not have been stored: a difference below 0 is none.
    const missing = Math.max(0, before - this.#kept - gone);
    const measured = shareOf(missing, before);
    return {
      measured,
      said: `${partOf(missing, before)} repositories of the run before are missing (${percent(measured)}), and ${count(gone)} more are told as gone`,
      examples: earlier.lostAccess.map(({ owner, gone: lost, of }) => ({
        what: owner,
        said: `${partOf(lost, of)} are not listed any more`,
      })),
      isOne: missing === 1,
    };
  }
}
