/**
 * Whether sums are those of their parts: what was planned, what is stored and what stands in rows; totals, owners and rows; and what the
 * repositories had in the run before, with the totals of that run. Each must be exact.
 */
import type { Run } from '@github-repo-stats/shared/documents';
import type { Row } from '@github-repo-stats/shared/rows';
import { METRICS } from '@github-repo-stats/shared/trend';
import type { FoldedRows } from '../fold-rows.ts';
import { count } from '../mail-words.ts';
import type { Earlier } from './earlier.ts';
import { EXAMPLES, type Finding } from './finding.ts';

const SUMMED = ['stars', 'forks', 'openIssues', 'closedIssues', 'openPRs', 'closedPRs', 'mergedPRs'] as const;
type Sums = Record<(typeof SUMMED)[number], number>;
const none = (): Sums => Object.fromEntries(SUMMED.map((name) => [name, 0])) as Sums;

type Counted = Pick<
  Run,
  'totalPlanned' | 'totalCreatedCount' | 'totalFailedCount' | 'totalDuplicateCount' | 'totalReceived'
>;

export class SumsAddUp {
  #rows = 0;
  readonly #now = none();
  /** Of those that the run before has. */
  #kept = 0;
  readonly #then = none();
  #isThenKnown = true;
  #negative = 0;

  row(row: Row): void {
    this.#rows++;
    for (const name of SUMMED) this.#now[name] += row[name];
    const { previous } = row.change;
    if (!previous || !row.done) return;
    this.#kept++;
    const { done } = row;
    // A run of the first generation did not count all of it.
    if (METRICS.some((metric) => previous[metric] === null)) this.#isThenKnown = false;
    const since: Partial<Sums> = { ...(previous as Partial<Sums>), ...done };
    let isNegative = false;
    for (const name of SUMMED) {
      const then = row[name] - (since[name] ?? 0);
      this.#then[name] += then;
      isNegative ||= then < 0;
    }
    if (isNegative) this.#negative++;
  }

  /** @param folded what the summary says of the same rows. */
  finding(
    run: Counted,
    folded: Pick<FoldedRows, 'totals' | 'orgs' | 'orgsTotal'>,
    earlier: Earlier,
  ): Finding {
    const { totalPlanned, totalCreatedCount, totalFailedCount, totalDuplicateCount, totalReceived } = run;
    const { totals, orgs, orgsTotal } = folded;
    const sums: [what: string, is: number, should: number][] = [
      ['settled repositories and planned ones', totalReceived + totalDuplicateCount, totalPlanned],
      [
        'stored and failed repositories, and received ones',
        totalCreatedCount + totalFailedCount,
        totalReceived,
      ],
      ['rows and stored repositories', this.#rows, totalCreatedCount],
      ['repositories of the totals and rows', totals.repositories, this.#rows],
      ...SUMMED.map((name): [string, number, number] => [
        `total ${name} and rows`,
        totals[name],
        this.#now[name],
      ]),
      // Of more owners than a summary tells of there are parts that nobody sees.
      ...(orgs.length === orgsTotal ? this.#owners(folded) : []),
      ...this.#before(earlier),
      ['repositories that had less than nothing', this.#negative, 0],
    ];
    const wrong = sums.filter(([, is, should]) => is !== should);
    const by = ([, is, should]: (typeof sums)[number]): number =>
      Math.min(1, Math.abs(is - should) / Math.max(1, should));
    return {
      measured: Math.max(0, ...wrong.map(by)),
      said:
        wrong.length === 0
          ? `${count(sums.length)} sums add up`
          : `${count(wrong.length)} of ${count(sums.length)} sums do not add up`,
      examples: wrong
        .toSorted((a, b) => by(b) - by(a))
        .slice(0, EXAMPLES)
        .map(([what, is, should]) => ({ what, said: `${count(is)} and ${count(should)}` })),
    };
  }

  #owners({ totals, orgs }: Pick<FoldedRows, 'totals' | 'orgs'>): [string, number, number][] {
    const sum = (name: 'repositories' | keyof Sums): number =>
      orgs.reduce((total, org) => total + org.totals[name], 0);
    return (['repositories', ...SUMMED] as const).map((name) => [
      `${name} of owners and in total`,
      sum(name),
      totals[name],
    ]);
  }

  /** Where all repositories of the run before are here, what they had then is what it told; unless some of it was collected again. */
  #before({ previous }: Earlier): [string, number, number][] {
    const isWhole =
      previous?.revision === 1 && previous.totals?.repositories === this.#kept && this.#kept > 0;
    if (!isWhole || !this.#isThenKnown || !previous.totals) return [];
    const { totals } = previous;
    return SUMMED.map((name) => [
      `${name} before, by changes and by the run before`,
      this.#then[name],
      totals[name],
    ]);
  }
}
