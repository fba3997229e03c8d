/** Makes the disk full for one SQLite file, and tells when SQLite says that it is. https://www.sqlite.org/pragma.html#pragma_max_page_count */
import type { DatabaseSync } from 'node:sqlite';

/** https://www.sqlite.org/rescode.html#full */
const SQLITE_FULL = 13;
/** SQLite's own most. */
const MOST_PAGES = 4_294_967_294;
/** Splits of the trees of two tables, and what settling needs meanwhile. */
const PAGES_BESIDE = 8;

/** Without room the file keeps the pages that it has: what is deleted makes room again, as on a disk. */
export function setRoom(sqlite: DatabaseSync, has: boolean): void {
  // Fewer than there are is taken as those that there are.
  sqlite.exec(`PRAGMA max_page_count = ${has ? MOST_PAGES : 1}`);
}

export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL;

/** Whether so many bytes, and what goes with them, still fit. */
export function hasRoom(sqlite: DatabaseSync, bytes: number): boolean {
  const read = (pragma: string): number =>
    Number(Object.values(sqlite.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  const free = read('max_page_count') - read('page_count') + read('freelist_count');
  return free >= Math.ceil(bytes / read('page_size')) + PAGES_BESIDE;
}
