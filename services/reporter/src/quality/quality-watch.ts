/**
 * Checks the numbers of one revision of a run, before anybody is told of it: it is shown every row once, and holds sums, owners and a few
 * examples, never all repositories. What each check is and why: docs/data-quality.md.
 */
import {
  QUALITY_CHECKS,
  type QualityCheck,
  type QualityRules,
} from '@github-repo-stats/shared/quality-rules';
import type { Run } from '@github-repo-stats/shared/documents';
import type { Row } from '@github-repo-stats/shared/rows';
import type { FoldedRows } from '../fold-rows.ts';
import { completeAgainstPlan, type Settled } from './complete-against-plan.ts';
import { CompleteAgainstPrevious } from './complete-against-previous.ts';
import type { Earlier } from './earlier.ts';
import { held, type Finding } from './finding.ts';
import { OnlyRising } from './only-rising.ts';
import { Outliers } from './outliers.ts';
import { OwnerShrank } from './owner-shrank.ts';
import type { Quality } from './quality.ts';
import { StuckSource } from './stuck-source.ts';
import { SumsAddUp } from './sums-add-up.ts';

export type CheckedRun = Settled & Pick<Run, 'totalReceived' | 'compareTo'>;

/** The rows are kept for 40 days: of an older run that is collected again they are gone. */
const NO_ROWS: Finding = { skipped: 'there are no rows of this run' };

export class QualityWatch {
  readonly #run: CheckedRun;
  readonly #rules: QualityRules;
  readonly #previous = new CompleteAgainstPrevious();
  readonly #sums = new SumsAddUp();
  readonly #rising = new OnlyRising();
  readonly #owners = new OwnerShrank();
  readonly #stuck;
  readonly #outliers;

  /** @param run as it is to be stored at its end. */
  constructor(run: CheckedRun, rules: QualityRules) {
    this.#run = run;
    this.#rules = rules;
    this.#stuck = new StuckSource(run.compareTo);
    this.#outliers = new Outliers(run.compareTo);
  }

  row(row: Row): void {
    for (const check of [this.#previous, this.#sums, this.#rising, this.#owners, this.#stuck, this.#outliers])
      check.row(row);
  }

  /** To be called once, after all rows. @param folded what the summary says of them; undefined when there are none. */
  checks(folded: FoldedRows | undefined, earlier: Earlier): Quality['checks'] {
    const findings: Record<QualityCheck, () => Finding> = {
      'complete-against-plan': () => completeAgainstPlan(this.#run),
      'complete-against-previous': () => (folded ? this.#previous.finding(earlier) : NO_ROWS),
      'sums-add-up': () => (folded ? this.#sums.finding(this.#run, folded, earlier) : NO_ROWS),
      'only-rising': () => (folded ? this.#rising.finding() : NO_ROWS),
      'owner-shrank': () => (folded ? this.#owners.finding(earlier) : NO_ROWS),
      'stuck-source': () => (folded ? this.#stuck.finding() : NO_ROWS),
      outliers: () => (folded ? this.#outliers.finding() : NO_ROWS),
    };
    const checks: Quality['checks'] = {};
    for (const check of QUALITY_CHECKS) {
      const rule = this.#rules[check];
      if (rule !== 'off') checks[check] = held(findings[check](), rule);
    }
    return checks;
  }
}
