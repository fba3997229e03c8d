/** Opens the broker's database file, creates its tables, and reads what an earlier life left in it. */
import { DatabaseSync } from 'node:sqlite';
import { ConfigError, DataFileInUseError } from './errors.ts';
import { STATE, type MessageFields, type MessageState } from './message.ts';

/** What is stored of a queue beside its messages. */
export interface QueueRow {
  readonly id: number;
  readonly name: string;
  /** The last sequence number given out: never given again, even after every message is gone. */
  lastSequenceNumber: number;
  /** Messages accepted from senders since the file was created. */
  enqueuedTotal: number;
}

/** What a queue starts with. Messages come in the order of their sequence numbers. */
export interface QueueSnapshot {
  readonly row: QueueRow;
  readonly messages: MessageFields[];
  readonly sessionStates: Map<string, Buffer>;
  /** Message id → when it was seen, oldest first. */
  readonly duplicates: Map<string, number>;
}

/** By queue name. */
export type Snapshot = Map<string, QueueSnapshot>;

// Written to the file's user_version. A file with another number is refused rather than misread.
const FORMAT = 1;

// A body never changes, so it has a table of its own: a new delivery count does not write it again.
const TABLES = `
  CREATE TABLE IF NOT EXISTS queues (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last_sequence INTEGER NOT NULL, enqueued_total INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, queue INTEGER NOT NULL, sequence INTEGER NOT NULL, enqueued_sequence INTEGER NOT NULL,
    session_id TEXT, state INTEGER NOT NULL, enqueued_at INTEGER NOT NULL, scheduled_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    delivery_count INTEGER NOT NULL, properties BLOB, dead_letter_source TEXT) STRICT;
  CREATE TABLE IF NOT EXISTS bodies (id INTEGER PRIMARY KEY, raw BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS session_states (queue INTEGER, session_id TEXT, state BLOB NOT NULL, PRIMARY KEY (queue, session_id)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS duplicates (queue INTEGER, message_id TEXT, seen_at INTEGER NOT NULL, PRIMARY KEY (queue, message_id)) STRICT, WITHOUT ROWID;
  PRAGMA user_version=${FORMAT};`;

export function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    // Exclusive before WAL: no shared-memory file, and the first access takes the lock for good.
    db.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA page_size=16384; PRAGMA journal_mode=WAL;');
    db.exec('PRAGMA synchronous=NORMAL; BEGIN EXCLUSIVE; COMMIT;');
    const format = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
    if (format !== 0 && format !== FORMAT) {
      throw new ConfigError(`${file} has format ${format}; this broker reads ${FORMAT}. Remove the file.`);
    }
    db.exec(TABLES);
  } catch (error) {
    db.close();
    if (error instanceof Error && /database is locked/i.test(error.message)) {
      throw new DataFileInUseError(`${file} is in use by another Service Bus broker`, { cause: error });
    }
    throw error;
  }
  return db;
}

export function loadSnapshot(db: DatabaseSync, names: readonly string[]): Snapshot {
  const snapshot: Snapshot = new Map();
  const byId = new Map<number, QueueSnapshot>();
  const insert = db.prepare('INSERT INTO queues VALUES (NULL,?,0,0) ON CONFLICT DO NOTHING');
  db.exec('BEGIN');
  for (const name of names) insert.run(name);
  db.exec('COMMIT');
  for (const r of db.prepare('SELECT id, name, last_sequence, enqueued_total FROM queues').all()) {
    const row = {
      id: Number(r['id']),
      name: String(r['name']),
      lastSequenceNumber: Number(r['last_sequence']),
      enqueuedTotal: Number(r['enqueued_total']),
    };
    const queue = { row, messages: [], sessionStates: new Map(), duplicates: new Map() };
    byId.set(row.id, queue);
    snapshot.set(row.name, queue);
  }
  for (const r of db.prepare('SELECT * FROM messages ORDER BY sequence').iterate()) {
    byId.get(Number(r['queue']))?.messages.push(messageFields(r));
  }
  for (const r of db.prepare('SELECT * FROM session_states').iterate()) {
    byId
      .get(Number(r['queue']))
      ?.sessionStates.set(String(r['session_id']), bufferOf(r['state']) ?? Buffer.alloc(0));
  }
  for (const r of db.prepare('SELECT * FROM duplicates ORDER BY seen_at').iterate()) {
    byId.get(Number(r['queue']))?.duplicates.set(String(r['message_id']), Number(r['seen_at']));
  }
  const inUse = new Set(names);
  for (const [name, queue] of snapshot) {
    if (inUse.has(name)) continue;
    if (queue.messages.length > 0) {
      throw new ConfigError(
        `The data file holds ${queue.messages.length} messages of the queue '${name}', which is not configured`,
      );
    }
    snapshot.delete(name);
  }
  return snapshot;
}

type Row = Record<string, unknown>;

function messageFields(r: Row): MessageFields {
  return {
    id: Number(r['id']),
    sequenceNumber: Number(r['sequence']),
    enqueuedSequenceNumber: Number(r['enqueued_sequence']),
    sessionId: text(r['session_id']),
    state: stateOf(Number(r['state'])),
    enqueuedAt: Number(r['enqueued_at']),
    scheduledAt: Number(r['scheduled_at']),
    expiresAt: Number(r['expires_at']),
    deliveryCount: Number(r['delivery_count']),
    properties: bufferOf(r['properties']),
    deadLetterSource: text(r['dead_letter_source']),
  };
}

function stateOf(value: number): MessageState {
  const state = Object.values(STATE).find((known) => known === value);
  if (state === undefined) throw new Error(`The data file holds an unknown message state ${value}`);
  return state;
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

const bufferOf = (value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : undefined;
