/**
 * Pages of a table of repositories: every row of the run is looked at, those that fit are counted, and the best after the cursor
 * kept; so any filter and order will do, in the memory of one page.
 */
import { BestOf } from '../best-of.ts';
import type { RepositorySort } from './contract.ts';
import type { PackedRows } from './packed-rows.ts';

export interface Filter {
  /** Anywhere in the name, any case. */
  search?: string | undefined;
  org?: string | undefined;
  language?: string | undefined;
  archived: 'hide' | 'show' | 'only';
}

export interface Ordering {
  sort: RepositorySort;
  order: 'asc' | 'desc';
}

/** Where a page ended; null is a number that is not known. */
export interface Place {
  value: number | string | null;
  repo: string;
}

/** One repository that fits, where it lies. */
export interface Found {
  rows: PackedRows;
  i: number;
  /** Null when the order is that of names. */
  value: number | null;
}

export interface TablePage {
  found: Found[];
  total: number;
  /** Those that would fit if archived ones were shown. */
  archivedHidden: number;
  hasMore: boolean;
}

export type Fits = (rows: PackedRows, i: number) => 'yes' | 'no' | 'hidden';

export function fitsOf({ search, org, language, archived }: Filter): Fits {
  const sought = search?.toLowerCase();
  const start = org === undefined ? undefined : `${org.toLowerCase()}/`;
  return (rows, i) => {
    const isArchived = rows.isArchived(i);
    if (archived === 'only' && !isArchived) return 'no';
    if (language !== undefined && rows.language(i) !== language) return 'no';
    if (sought !== undefined || start !== undefined) {
      const name = rows.repo(i).toLowerCase();
      if (start !== undefined && !name.startsWith(start)) return 'no';
      if (sought !== undefined && !name.includes(sought)) return 'no';
    }
    return isArchived && archived === 'hide' ? 'hidden' : 'yes';
  };
}

/**
 * By value, then by name; what is not known comes last in either direction.
 * @param name the sort that is by name alone.
 */
export function comparing({ sort, order }: { sort: string; order: Ordering['order'] }, name = 'repo') {
  const sign = order === 'asc' ? 1 : -1;
  const byName = sort === name ? sign : 1;
  return (
    a: { value: number | null; repo: () => string },
    b: { value: number | null; repo: () => string },
  ) => {
    if (a.value !== b.value) {
      if (a.value === null) return 1;
      if (b.value === null) return -1;
      return sign * (a.value - b.value);
    }
    const [nameA, nameB] = [a.repo(), b.repo()];
    return nameA === nameB ? 0 : nameA < nameB ? -byName : byName;
  };
}

const keyOf = ({ rows, i, value }: Found) => ({ value, repo: () => rows.repo(i) });

export async function tablePage(
  rows: AsyncIterable<PackedRows>,
  ask: { filter: Filter; ordering: Ordering; after?: Place | undefined; limit: number },
): Promise<TablePage> {
  const { sort } = ask.ordering;
  const compare = comparing(ask.ordering);
  const fits = fitsOf(ask.filter);
  const after = ask.after && {
    value: typeof ask.after.value === 'number' ? ask.after.value : null,
    repo: () => ask.after!.repo,
  };
  // One more than the page, to know whether there is another.
  const best = new BestOf<Found>(ask.limit + 1, (a, b) => compare(keyOf(a), keyOf(b)));
  let [total, archivedHidden] = [0, 0];
  for await (const packed of rows)
    for (let i = 0; i < packed.count; i++) {
      const fit = fits(packed, i);
      if (fit === 'hidden') archivedHidden++;
      if (fit !== 'yes') continue;
      total++;
      const number = sort === 'repo' ? null : packed.number(sort, i);
      const found = { rows: packed, i, value: Number.isNaN(number) ? null : number };
      if (!after || compare(keyOf(found), after) > 0) best.add(found);
    }
  const found = best.list();
  const hasMore = found.length > ask.limit && found.pop() !== undefined;
  return { found, total, archivedHidden, hasMore };
}
