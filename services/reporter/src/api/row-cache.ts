/** Keeps the rows of the runs that were looked at last, up to a number of bytes, so that the next page of a table costs nothing. */
import type { Rows } from '@github-repo-stats/shared/rows';
import { PackedRows } from './packed-rows.ts';

/** 290,000 repositories. A run that has more is read anew for each page, which costs time alone. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Least recently used goes first. Only what was read to its end is kept. */
export class RowCache {
  readonly limit: number;
  readonly #kept = new Map<string, { documents: PackedRows[]; bytes: number }>();
  #bytes = 0;

  constructor(limit = MOST_BYTES) {
    this.limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * @param key of rows that never change: run and revision; undefined when they may.
   * @param read all rows of that run.
   */
  async *rows(
    key: string | undefined,
    read: () => AsyncIterable<Pick<Rows, 'columns'>>,
  ): AsyncGenerator<PackedRows> {
    const known = key === undefined ? undefined : this.#kept.get(key);
    if (key !== undefined && known) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      yield* known.documents;
      return;
    }
    let documents: PackedRows[] | undefined = key === undefined ? undefined : [];
    let bytes = 0;
    for await (const document of read()) {
      const packed = new PackedRows(document);
      bytes += packed.bytes;
      if (bytes > this.limit) documents = undefined;
      documents?.push(packed);
      yield packed;
    }
    if (documents && key !== undefined) this.#keep(key, documents, bytes);
  }

  #keep(key: string, documents: PackedRows[], bytes: number): void {
    // Somebody else may have read it at the same time.
    if (this.#kept.has(key)) return;
    this.#kept.set(key, { documents, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#kept) {
      if (this.#bytes <= this.limit) break;
      this.#kept.delete(oldest);
      this.#bytes -= freed;
    }
  }
}
