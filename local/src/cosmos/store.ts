/** The SQLite file behind the account: opened by one process alone, durable against kill -9, with one version counter. */
import { DatabaseSync } from 'node:sqlite';
import { setRoom, isDiskFull } from '../disk/disk-room.ts';
import { CosmosError } from './cosmos-error.ts';

const ceilingStep = 10_000;
/** Pages in the write-ahead log before they are moved to the file: 16 MB, as moving them costs an fsync. */
const checkpointPages = 4096;

export interface Store {
  readonly sqlite: DatabaseSync;
  /** The next log sequence number: one for every change of an item, never used twice, not even after a crash. */
  nextVersion(): number;
  /** The last number given out. */
  version(): number;
  /** Runs `work` in one transaction; what it throws rolls everything back. @throws CosmosError 503 when there is no room for it. */
  transaction<T>(work: () => T): T;
  /** Without room the file does not grow any more. */
  setRoom(has: boolean): void;
  close(): void;
}

/**
 * Opens or creates the file. WAL with synchronous=NORMAL: an acknowledged commit survives the death of the process (not
 * the loss of power). Throws when another process has the file open.
 */
export function openStore(dataFile: string, onFull: () => void = () => undefined): Store {
  const sqlite = new DatabaseSync(dataFile);
  try {
    sqlite.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    sqlite.exec('PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY');
    sqlite.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    // In exclusive mode the lock is taken by the first write and held until the file is closed.
    sqlite.exec('BEGIN EXCLUSIVE');
    sqlite.exec(`
      CREATE TABLE IF NOT EXISTS counter(version INTEGER NOT NULL, resource INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS databases(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS containers(number INTEGER PRIMARY KEY, database INTEGER NOT NULL, id TEXT NOT NULL,
        body TEXT NOT NULL, UNIQUE(database, id));
      CREATE TABLE IF NOT EXISTS offers(number INTEGER PRIMARY KEY, resource TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
      INSERT INTO counter SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
      COMMIT`);
  } catch (error) {
    sqlite.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) {
      throw new Error(`The Cosmos DB data file ${dataFile} is in use by another process.`, { cause: error });
    }
    throw error;
  }

  // What is stored is a ceiling, raised once in a while: a commit then seldom has to write this page as well. A restart
  // goes on from the ceiling, so numbers may be skipped but never come again.
  const raise = sqlite.prepare('UPDATE counter SET version = ?');
  let version = Number(sqlite.prepare('SELECT version FROM counter').get()!['version']);
  let ceiling = version;

  function transaction<T>(work: () => T): T {
    sqlite.exec('BEGIN');
    try {
      const result = work();
      const raised = version > ceiling ? version + ceilingStep : ceiling;
      if (raised !== ceiling) raise.run(raised);
      sqlite.exec('COMMIT');
      ceiling = raised;
      return result;
    } catch (error) {
      // SQLite may have rolled back by itself, as it does when a disk is full.
      if (sqlite.isTransaction) sqlite.exec('ROLLBACK');
      if (!isDiskFull(error)) throw error;
      onFull();
      throw new CosmosError(503, 'ServiceUnavailable', 'There is no room left to store this.', { charge: 0 });
    }
  }

  return {
    sqlite,
    nextVersion: () => ++version,
    version: () => version,
    transaction,
    setRoom: (has) => setRoom(sqlite, has),
    close: () => sqlite.close(),
  };
}
