/** Which calls, messages and batches the sources of a run become, and which credential is asked for them. */
import type { Selection } from '@github-repo-stats/shared/documents';
import {
  candidatesFor,
  laneKey,
  pickLane,
  type Credential,
} from '@github-repo-stats/shared/github/credentials';
import { isEnough, pageSize } from '@github-repo-stats/shared/github/listing-pages';
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

/** Repositories that are cut into batches, by how many a batch has. */
class Batches {
  readonly #batchSize: number;
  readonly #rows = new Map<number, number>();

  constructor(batchSize: number) {
    this.#batchSize = batchSize;
  }

  cut(repositories: number): void {
    const full = Math.floor(repositories / this.#batchSize);
    if (full > 0) this.#add(this.#batchSize, full);
    const rest = repositories % this.#batchSize;
    if (rest > 0) this.#add(rest, 1);
  }

  get rows(): BatchRow[] {
    return [...this.#rows].map(([repositories, batches]) => ({ repositories, batches }));
  }

  #add(size: number, batches: number): void {
    this.#rows.set(size, (this.#rows.get(size) ?? 0) + batches);
  }
}

/** An owner's listing, plan by plan: exact when nothing is left out, else as if what is left were spread evenly. */
function listingOf(
  listed: number,
  collected: number,
  batchSize: number,
): { calls: number; plans: number; rows: BatchRow[] } {
  const batches = new Batches(batchSize);
  const share = listed > 0 ? collected / listed : 0;
  let calls = 0;
  let plans = 0;
  let before = 0;
  do {
    const of = { batchSize, isFirst: plans === 0 };
    let upTo = before;
    let pages = 0;
    do upTo = Math.min(listed, upTo + pageSize(++pages, of));
    while (upTo < listed && !isEnough(pages, (upTo - before) * share, of));
    batches.cut(Math.round(upTo * share) - Math.round(before * share));
    before = upTo;
    calls += pages;
    plans++;
  } while (before < listed);
  return { calls, plans, rows: batches.rows };
}

function rowsOf(repositories: number, batchSize: number): BatchRow[] {
  const batches = new Batches(batchSize);
  batches.cut(repositories);
  return batches.rows;
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
        const rows = rowsOf(names.length, batchSize);
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
    const { calls, plans, rows } = listingOf(count.listed, count.repositories, batchSize);
    laneOf(lister).listings += calls;
    work.plans += plans;
    work.resolveMessages += plans - 1;
    deal(rows, candidates, sourceId, 'byId');
  }
  return work;
}
