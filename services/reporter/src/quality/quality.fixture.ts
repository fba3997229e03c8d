/** Rows with what changed since the run before, and what is known of that run, for tests of the checks. */
import { rowOf, type Row } from '@github-repo-stats/shared/rows';
import { RUN_ID } from '@github-repo-stats/shared/run.fixture';
import type { CompareTo, DoneChange, Metric } from '@github-repo-stats/shared/trend';
import { noTotals } from '../fold-rows.ts';
import { documentOf } from '../rows.fixture.ts';
import type { Totals } from '../summary.ts';
import type { Earlier } from './earlier.ts';

const HOUR = 3600;
const ago = (hours: number): string => String(Number(RUN_ID) - hours * HOUR);
export const COMPARED: CompareTo = { previous: ago(6), d7: ago(7 * 24), d30: ago(30 * 24) };

type By = Partial<Record<Metric, number>>;
interface Changes {
  now?: Partial<Row>;
  previous?: (By & Partial<DoneChange>) | null;
  d7?: By;
  d30?: By;
}

const none = { stars: 0, forks: 0, openIssues: 0, openPRs: 0 };
const NOTHING_DONE: DoneChange = { closedIssues: 0, closedPRs: 0, mergedPRs: 0 };

/** A repository with 3,378 stars, 1,048 forks, 501 issues and 761 pull requests, of which 598 are merged. */
export function rowWith(repo: string, { now, previous = {}, d7, d30 }: Changes = {}): Row {
  const row = rowOf(documentOf(repo));
  if (previous === null) return { ...row, ...now };
  const { closedIssues, closedPRs, mergedPRs, ...metrics } = { ...NOTHING_DONE, ...none, ...previous };
  return {
    ...row,
    collectedAt: Number(RUN_ID),
    change: {
      previous: metrics,
      d7: d7 ? { ...none, ...d7 } : null,
      d30: d30 ? { ...none, ...d30 } : null,
    },
    done: { closedIssues, closedPRs, mergedPRs },
    ...now,
  };
}

export const totalsOf = (repositories: number, more: Partial<Totals> = {}): Totals => ({
  ...noTotals(),
  repositories,
  ...more,
});

/** A run before of so many repositories by owner, with the same sources. */
export const earlierOf = (repositories: Record<string, number>, more: Partial<Earlier> = {}): Earlier => ({
  previous: {
    revision: 1,
    totals: totalsOf(Object.values(repositories).reduce((sum, n) => sum + n, 0)),
    orgs: Object.entries(repositories).map(([owner, n]) => ({ owner, totals: totalsOf(n) })),
  },
  gone: 0,
  lostAccess: [],
  same: { all: true, owners: new Set(Object.keys(repositories)) },
  ...more,
});

export const NO_EARLIER: Earlier = {
  previous: undefined,
  gone: 0,
  lostAccess: [],
  same: { all: false, owners: new Set() },
};

/** So many of them, by their number. */
export const times = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i));
