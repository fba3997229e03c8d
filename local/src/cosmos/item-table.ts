/** One container's table of items: its columns, its indexes, and the statements that every request uses. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { readCharge } from './charge-table.ts';
import type { CompiledPolicy } from './index-policy.ts';
import { propertyJson } from './query/property-sql.ts';

/** A stored item. `sequence` is its place by creation, `version` the log sequence number of its last change. */
export interface StoredItem {
  sequence: number;
  version: number;
  etag: string;
  /** UTF-8 length of the JSON without system properties: what charges are counted by. */
  bytes: number;
  body: string;
}

export interface NewItem extends StoredItem {
  key: string;
  id: string;
  seconds: number;
  /** Second at which it expires, or null. */
  expires: number | null;
}

export interface FeedRow {
  version: number;
  units: number;
  body: string;
}

const statementCacheSize = 500;

export class ItemTable {
  readonly name: string;
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(sqlite: DatabaseSync, containerNumber: number) {
    this.#sqlite = sqlite;
    this.name = `items_${containerNumber}`;
  }

  /** Creates the table if it is missing and makes its indexes those of the policy. */
  prepare(policy: CompiledPolicy): void {
    // `sequence` gives queries an order that stands still while items change; `version` is the change feed's order.
    this.#sqlite.exec(`
      CREATE TABLE IF NOT EXISTS ${this.name}(sequence INTEGER PRIMARY KEY, key TEXT NOT NULL, id TEXT NOT NULL,
        version INTEGER NOT NULL, seconds INTEGER NOT NULL, expires INTEGER, bytes INTEGER NOT NULL,
        units REAL NOT NULL, etag TEXT NOT NULL, body TEXT NOT NULL);
      CREATE UNIQUE INDEX IF NOT EXISTS ${this.name}_key ON ${this.name}(key, id);
      CREATE UNIQUE INDEX IF NOT EXISTS ${this.name}_version ON ${this.name}(version);
      CREATE INDEX IF NOT EXISTS ${this.name}_expires ON ${this.name}(expires) WHERE expires IS NOT NULL`);
    const existing = this.#sqlite
      .prepare(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND name LIKE '%/_path/_%' ESCAPE '/'",
      )
      .all(this.name);
    const wanted = new Map<string, number>(
      policy.named
        .filter((path) => !(path.length === 1 && path[0] === 'id'))
        .map((path, at) => [`ON ${this.name}(${propertyJson(path)})`, at] as const),
    );
    for (const { name, sql } of existing) {
      const text = sql as string;
      const definition = text.slice(text.indexOf('ON '));
      if (wanted.has(definition)) wanted.delete(definition);
      else this.#sqlite.exec(`DROP INDEX ${name as string}`);
    }
    const taken = new Set(existing.map(({ name }) => name as string));
    for (const [definition, at] of wanted) {
      let name = `${this.name}_path_${at}`;
      while (taken.has(name)) name += '_';
      this.#sqlite.exec(`CREATE INDEX ${name} ${definition}`);
    }
    this.#statements.clear();
  }

  /** A prepared statement, kept for the next call with the same text. */
  statement(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) {
      if (this.#statements.size >= statementCacheSize) this.#statements.clear();
      statement = this.#sqlite.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  get(key: string, id: string): StoredItem | undefined {
    const row = this.statement(
      `SELECT sequence, version, etag, bytes, body FROM ${this.name} WHERE key = ? AND id = ?`,
    ).get(key, id);
    return row as unknown as StoredItem | undefined;
  }

  insert(item: NewItem): void {
    this.statement(
      `INSERT INTO ${this.name}(sequence, key, id, version, seconds, expires, bytes, units, etag, body)
       VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      item.sequence,
      item.key,
      item.id,
      item.version,
      item.seconds,
      item.expires,
      item.bytes,
      readCharge(item.bytes),
      item.etag,
      item.body,
    );
  }

  update(item: NewItem): void {
    this.statement(
      `UPDATE ${this.name} SET version = ?, seconds = ?, expires = ?, bytes = ?, units = ?, etag = ?, body = ?
       WHERE sequence = ?`,
    ).run(
      item.version,
      item.seconds,
      item.expires,
      item.bytes,
      readCharge(item.bytes),
      item.etag,
      item.body,
      item.sequence,
    );
  }

  delete(sequence: number): void {
    this.statement(`DELETE FROM ${this.name} WHERE sequence = ?`).run(sequence);
  }

  /** Items changed after a version and not before a second, oldest change first; of one key if given. */
  changes(after: number, fromSeconds: number, limit: number, key?: string): Iterable<FeedRow> {
    const columns = `SELECT version, units, body FROM ${this.name}`;
    const rows =
      key === undefined
        ? this.statement(`${columns} WHERE version > ? AND seconds >= ? ORDER BY version LIMIT ?`).iterate(
            after,
            fromSeconds,
            limit,
          )
        : this.statement(
            `${columns} WHERE version > ? AND seconds >= ? AND key = ? ORDER BY version LIMIT ?`,
          ).iterate(after, fromSeconds, key, limit);
    return rows as unknown as Iterable<FeedRow>;
  }

  count(): number {
    return Number(this.statement(`SELECT count(*) AS n FROM ${this.name}`).get()!['n']);
  }

  drop(): void {
    this.#statements.clear();
    this.#sqlite.exec(`DROP TABLE ${this.name}`);
  }
}
