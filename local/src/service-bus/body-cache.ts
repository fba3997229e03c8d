/** Holds message bodies that are not in the database yet, and a few megabytes of those just written. */

// Enough for what is delivered right after it was sent; a backlog stays in the database.
const KEEP_BYTES = 8 * 1024 * 1024;

/** Nothing is dropped between two calls of `trim`, so what is added stays until it is committed. */
export class BodyCache {
  readonly #bodies = new Map<number, Buffer>();
  #bytes = 0;

  add(id: number, raw: Buffer): void {
    this.#bodies.set(id, raw);
    this.#bytes += raw.length;
  }

  get(id: number): Buffer | undefined {
    return this.#bodies.get(id);
  }

  drop(id: number): void {
    this.#bytes -= this.#bodies.get(id)?.length ?? 0;
    this.#bodies.delete(id);
  }

  /** To be called when everything added is committed: the oldest bodies go until the rest fits. */
  trim(): void {
    for (const id of this.#bodies.keys()) {
      if (this.#bytes <= KEEP_BYTES) return;
      this.drop(id);
    }
  }
}
