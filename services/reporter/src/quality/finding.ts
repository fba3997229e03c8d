/** What one check measured, before it is held against its limits. */
import type { QualityLimits } from '@github-repo-stats/shared/quality-rules';
import { BestOf } from '../best-of.ts';
import { count } from '../mail-words.ts';
import type { Example, QualityResult } from './quality.ts';

export type Finding =
  | { skipped: string }
  | {
      /** A share from 0 to 1: the more, the worse. */
      measured: number;
      said: string;
      examples: Example[];
      /** It is about one repository, which never fails a run by itself. */
      isOne?: boolean;
      /** It is warned of, however little was measured. */
      isTold?: boolean;
    };

/** Those that are named of each check. */
export const EXAMPLES = 10;
/** Shares are told to the millionth. */
const DIGITS = 6;

export function held(finding: Finding, { warn, fail }: QualityLimits): QualityResult {
  if ('skipped' in finding)
    return { state: 'skipped', measured: null, warn, fail, said: finding.skipped, examples: [] };
  const { measured, said, examples, isOne = false, isTold = false } = finding;
  const state = measured > fail && !isOne ? 'failed' : measured > warn || isTold ? 'warned' : 'passed';
  return { state, measured: Number(measured.toFixed(DIGITS)), warn, fail, said, examples };
}

/** Names examples of a check, the greatest first; how many there were is counted. */
export class Examples {
  readonly #first = new BestOf<Example & { size: number }>(
    EXAMPLES,
    (a, b) => b.size - a.size || (a.what < b.what ? -1 : 1),
  );
  total = 0;

  add(what: string, size: number, said: string): void {
    this.total++;
    this.#first.add({ what, size, said });
  }

  list(): Example[] {
    return this.#first.list().map(({ what, said }) => ({ what, said }));
  }
}

/** `3 of 1,000`. */
export const partOf = (part: number, of: number): string => `${count(part)} of ${count(of)}`;

/** `0.3 %`. */
export const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;

/** 0 of nothing. */
export const shareOf = (part: number, of: number): number => (of > 0 ? Math.min(1, part / of) : 0);

/** `stars 10, now 4`. */
export const fell = (what: string, then: number, now: number): string =>
  `${what} ${count(then)}, now ${count(now)}`;
