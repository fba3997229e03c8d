/** Which calls, messages and batches the sources of a run become, and which credential is asked for them. */
import type { Selection } from '@github-repo-stats/shared/documents';
import {
  candidatesFor,
  laneKey,
  pickLane,
  type Credential,
} from '@github-repo-stats/shared/github/credentials';
import { MOST_PAGES, pageSize } from '@github-repo-stats/shared/github/listing-pages';
import { ownerOf } from '@github-repo-stats/shared/ids';
import { DEFAULT_CREDENTIAL } from '@github-repo-stats/shared/topology';
import type { OwnerCount } from './estimate-count.ts';
import type { BatchRow } from './estimate-requests.ts';
import { sourcesOf } from './new-run.ts';

/** The work of one credential. */
export interface LaneWork {
  /** Pages of listings. */
  listings: number;
  /** Batches whose repositories have node ids, and those of single repositories, which have names alone. */
  byId: BatchRow[];
  byName: BatchRow[];
}

export interface RunWork {
  lanes: ReadonlyMap<string, LaneWork>;
  sources: number;
  /** Plans: pages as the resolver stores them. */
  plans: number;
  batches: number;
  /** Messages of the resolve queue: one for each plan or failed source, and one more for each that goes to another lane. */
  resolveMessages: number;
}

/** Who lists an owner: `default` where it may, since every source enters there, else one of those that may. */
export function listerOf(candidates: readonly Credential[], sourceId: string): string | undefined {
  if (candidates.length === 0) return undefined;
  return candidates.some((c) => c.name === DEFAULT_CREDENTIAL)
    ? DEFAULT_CREDENTIAL
    : pickLane(candidates, sourceId);
}

/** Batches of an owner's listing: exact when nothing is left out, else as if what is left were spread evenly. */
function batchesOf(
  listed: number,
  collected: number,
  batchSize: number,
): { plans: number; rows: BatchRow[] } {
  const size = pageSize(batchSize);
  const pages = Math.max(1, Math.ceil(listed / size));
  const share = listed > 0 ? collected / listed : 0;
  const together =
    share < 1
      ? Math.min(MOST_PAGES, Math.max(1, Math.ceil(batchSize / 2 / Math.max(size * share, 1e-9))))
      : 1;
  const plans = Math.ceil(pages / together);
  const perPlan = Math.min(collected, Math.round(size * together * share));
  const last = Math.max(0, collected - (plans - 1) * perPlan);
  const rows = new Map<number, number>();
  const cut = (repositories: number, times: number): void => {
    const full = Math.floor(repositories / batchSize);
    if (full > 0) rows.set(batchSize, (rows.get(batchSize) ?? 0) + full * times);
    const rest = repositories % batchSize;
    if (rest > 0) rows.set(rest, (rows.get(rest) ?? 0) + times);
  };
  cut(perPlan, plans - 1);
  cut(last, 1);
  return { plans, rows: [...rows].map(([repositories, batches]) => ({ repositories, batches })) };
}

/** What the n-th of so many lanes gets of rows that are dealt out in turn. */
function dealt(rows: readonly BatchRow[], lanes: number, nth: number): BatchRow[] {
  let before = 0;
  return rows.flatMap(({ batches, repositories }) => {
    const upTo = (end: number): number => Math.floor((end - nth + lanes - 1) / lanes);
    const mine = upTo(before + batches) - upTo(before);
    before += batches;
    return mine > 0 ? [{ batches: mine, repositories }] : [];
  });
}

export function workOf(
  selection: Selection,
  counts: ReadonlyMap<string, OwnerCount>,
  credentials: readonly Credential[],
  batchSize: number,
): RunWork {
  const lanes = new Map<string, LaneWork>();
  const laneOf = (name: string): LaneWork => {
    const lane = lanes.get(name) ?? { listings: 0, byId: [], byName: [] };
    lanes.set(name, lane);
    return lane;
  };
  const work = { lanes, sources: 0, plans: 0, batches: 0, resolveMessages: 0 };
  /** Without candidates the batches are made all the same, and nobody is asked. */
  const deal = (
    rows: BatchRow[],
    of: readonly Credential[],
    sourceId: string,
    kind: 'byId' | 'byName',
  ): void => {
    for (const { batches } of rows) work.batches += batches;
    for (let nth = 0; nth < of.length; nth++)
      laneOf(pickLane(of, sourceId, 1 + nth))[kind].push(...dealt(rows, of.length, nth));
  };

  for (const { sourceId, what } of sourcesOf('0', selection)) {
    work.sources++;
    work.resolveMessages++;
    if (what.kind === 'repositories') {
      work.plans++;
      for (const names of Map.groupBy(what.names, (n) => laneKey(credentials, ownerOf(n))).values()) {
        const { rows } = batchesOf(names.length, names.length, batchSize);
        deal(rows, candidatesFor(credentials, [ownerOf(names[0] ?? '')]), sourceId, 'byName');
      }
      continue;
    }
    const candidates = candidatesFor(credentials, [what.owner]);
    const lister = listerOf(candidates, sourceId);
    if (lister === undefined) continue;
    if (lister !== DEFAULT_CREDENTIAL) work.resolveMessages++;
    const count = counts.get(what.owner.toLowerCase());
    if (count?.kind !== 'counted') {
      laneOf(lister).listings++;
      continue;
    }
    const { plans, rows } = batchesOf(count.listed, count.repositories, batchSize);
    laneOf(lister).listings += Math.max(1, Math.ceil(count.listed / pageSize(batchSize)));
    work.plans += plans;
    work.resolveMessages += plans - 1;
    deal(rows, candidates, sourceId, 'byId');
  }
  return work;
}
