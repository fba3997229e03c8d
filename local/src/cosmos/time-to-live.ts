/**
 * Items that expire: when each does by the container's defaultTtl and its own ttl, and their removal before anyone sees them.
 * Source: https://learn.microsoft.com/azure/cosmos-db/nosql/time-to-live
 */
import { badRequest } from './cosmos-error.ts';
import type { ItemTable } from './item-table.ts';
import type { JsonObject } from './json.ts';

/** A container's defaultTtl: seconds, -1 (on, items do not expire by themselves), or undefined (off). */
export function checkDefaultTtl(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && (value === -1 || value > 0)) return value;
  throw badRequest('The value of DefaultTimeToLive must be -1 or a positive integer.');
}

/** The second at which an item written now expires, or null. With defaultTtl off, an item's own ttl has no effect. */
export function expiryOf(item: JsonObject, defaultTtl: number | undefined, seconds: number): number | null {
  const own = item['ttl'];
  if (own !== undefined && own !== null) {
    if (typeof own !== 'number' || !Number.isInteger(own) || (own !== -1 && own <= 0)) {
      throw badRequest(
        `The input ttl '${JSON.stringify(own)}' is invalid. Ensure to provide a nonzero positive integer or -1.`,
      );
    }
  }
  if (defaultTtl === undefined) return null;
  const ttl = typeof own === 'number' ? own : defaultTtl;
  return ttl === -1 ? null : seconds + ttl;
}

/** State: the earliest second at which something expires, so that a request costs one comparison when nothing does. */
export class Expiry {
  readonly #table: ItemTable;
  #next = Infinity;

  constructor(table: ItemTable) {
    this.#table = table;
  }

  /** Reads the earliest expiry from the table: at start, and after `recompute`. */
  load(): void {
    const row = this.#table
      .statement(`SELECT min(expires) AS next FROM ${this.#table.name} WHERE expires IS NOT NULL`)
      .get();
    this.#next = row?.['next'] == null ? Infinity : Number(row['next']);
  }

  note(expires: number | null): void {
    if (expires !== null && expires < this.#next) this.#next = expires;
  }

  /** Removes what has expired by `seconds`; called before each request on the container. */
  purge(seconds: number): void {
    if (seconds < this.#next) return;
    this.#table
      .statement(`DELETE FROM ${this.#table.name} WHERE expires IS NOT NULL AND expires <= ?`)
      .run(seconds);
    this.load();
  }

  /** Sets every item's expiry anew after the container's defaultTtl changed. */
  recompute(defaultTtl: number | undefined): void {
    const { name } = this.#table;
    if (defaultTtl === undefined) {
      this.#table.statement(`UPDATE ${name} SET expires = NULL WHERE expires IS NOT NULL`).run();
    } else {
      const ttl = `coalesce(body ->> '$."ttl"', ${defaultTtl})`;
      this.#table
        .statement(`UPDATE ${name} SET expires = CASE ${ttl} WHEN -1 THEN NULL ELSE seconds + ${ttl} END`)
        .run();
    }
    this.load();
  }
}
