/** Sorts any number of rows with little memory: a temporary SQLite database on disk, gone when it is closed. */
import { DatabaseSync } from 'node:sqlite';

export interface SortedSpool {
  add(key: string, row: object): void;
  /** By key, byte order. */
  rows(): Iterable<Record<string, unknown>>;
  close(): void;
}

/** Keys are unique; the last row of a key stays. */
export function openSortedSpool(): SortedSpool {
  // An empty name is a private temporary file, which SQLite spills to only when the page cache is full.
  const database = new DatabaseSync('');
  database.exec(
    'PRAGMA journal_mode = OFF; CREATE TABLE rows (key TEXT PRIMARY KEY, row TEXT) WITHOUT ROWID; BEGIN',
  );
  const insert = database.prepare('INSERT OR REPLACE INTO rows VALUES (?, ?)');
  return {
    add: (key, row) => void insert.run(key, JSON.stringify(row)),
    *rows() {
      for (const { row } of database.prepare('SELECT row FROM rows ORDER BY key').iterate())
        yield JSON.parse(String(row)) as Record<string, unknown>;
    },
    close: () => database.close(),
  };
}
