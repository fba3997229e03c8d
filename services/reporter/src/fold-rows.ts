/** Folds the rows of a run into totals, changes, owners and movers, one document at a time: memory grows with the owners alone. */
import { ownerOf } from '@github-repo-stats/shared/ids';
import { rowsIn, type Row, type Rows } from '@github-repo-stats/shared/rows';
import {
  METRICS,
  TURNS,
  WINDOWS,
  type Metric,
  type Turn,
  type Window,
} from '@github-repo-stats/shared/trend';
import { BestOf } from './best-of.ts';
import type { Events, Mover, Movers, OrgTotals, SomeOf, TotalChange, Totals } from './summary.ts';

/** Repositories that a summary names of each kind. */
export const NAMES = 50;
/** Movers that a summary names each way. */
const MOVERS = 10;
/** Owners that a summary tells of. */
const OWNERS = 100;

export interface FoldedRows {
  totals: Totals;
  change: TotalChange;
  orgs: OrgTotals[];
  orgsTotal: number;
  movers: Movers;
  turned: Pick<Events, Turn>;
}

const SUMMED = [
  'stars',
  'forks',
  'openIssues',
  'closedIssues',
  'openPRs',
  'closedPRs',
  'mergedPRs',
] as const satisfies readonly (keyof Totals & keyof Row)[];

export const noTotals = (): Totals => ({
  repositories: 0,
  archived: 0,
  stars: 0,
  forks: 0,
  openIssues: 0,
  closedIssues: 0,
  openPRs: 0,
  closedPRs: 0,
  mergedPRs: 0,
});
export const noChange = (): TotalChange => ({ previous: null, d7: null, d30: null });

/**
 * Undefined when there are no rows: then nothing is known, which is not 0.
 * @param look is shown every row, for who looks for something else in the same pass.
 */
export async function foldRows(
  documents: AsyncIterable<Pick<Rows, 'columns' | 'batchId'>>,
  look: (row: Row, batchId: string) => void = () => undefined,
): Promise<FoldedRows | undefined> {
  const all = { totals: noTotals(), change: noChange() };
  const owners = new Map<string, OrgTotals>();
  const movers = new MoverLists();
  const turned = Object.fromEntries(
    TURNS.map((turn) => [turn, { total: 0, first: [] }]),
  ) as unknown as Record<Turn, SomeOf<string>>;
  for await (const document of documents)
    for (const row of rowsIn(document)) {
      const key = ownerOf(row.repo);
      let owner = owners.get(key);
      if (!owner) {
        owner = { owner: row.repo.slice(0, row.repo.indexOf('/')), totals: noTotals(), change: noChange() };
        owners.set(key, owner);
      }
      for (const sums of [all, owner]) addTo(sums, row);
      movers.add(row);
      look(row, document.batchId);
      for (const turn of row.turned) if (turned[turn].total++ < NAMES) turned[turn].first.push(row.repo);
    }
  if (owners.size === 0) return undefined;
  const largest = new BestOf<OrgTotals>(
    OWNERS,
    (a, b) => b.totals.repositories - a.totals.repositories || (a.owner < b.owner ? -1 : 1),
  );
  for (const owner of owners.values()) largest.add(owner);
  return { ...all, orgs: largest.list(), orgsTotal: owners.size, movers: movers.lists(), turned };
}

/** Adds one repository to sums over some of them. */
export function addTo(
  { totals, change }: { totals: Totals; change: TotalChange },
  row: Pick<Row, (typeof SUMMED)[number] | 'isArchived' | 'change'>,
): void {
  totals.repositories++;
  if (row.isArchived) totals.archived++;
  for (const name of SUMMED) totals[name] += row[name];
  for (const window of WINDOWS) {
    const since = row.change[window];
    if (!since) continue;
    const sum = (change[window] ??= { repositories: 0, stars: 0, forks: 0, openIssues: 0, openPRs: 0 });
    sum.repositories++;
    for (const metric of METRICS) sum[metric] += since[metric] ?? 0;
  }
}

class MoverLists {
  readonly #lists = new Map<string, BestOf<Mover>>();

  add(row: Row): void {
    for (const window of WINDOWS)
      for (const metric of METRICS) {
        const by = row.change[window]?.[metric] ?? 0;
        if (by !== 0) this.#of(metric, window, by > 0).add({ repo: row.repo, now: row[metric], by });
      }
  }

  lists(): Movers {
    const of = (metric: Metric, window: Window) => ({
      up: this.#of(metric, window, true).list(),
      down: this.#of(metric, window, false).list(),
    });
    return Object.fromEntries(
      METRICS.map((metric) => [metric, Object.fromEntries(WINDOWS.map((w) => [w, of(metric, w)]))]),
    ) as Movers;
  }

  #of(metric: Metric, window: Window, up: boolean): BestOf<Mover> {
    const key = `${metric} ${window} ${up}`;
    let list = this.#lists.get(key);
    if (!list) {
      list = new BestOf(MOVERS, (a, b) => Math.abs(b.by) - Math.abs(a.by) || (a.repo < b.repo ? -1 : 1));
      this.#lists.set(key, list);
    }
    return list;
  }
}
