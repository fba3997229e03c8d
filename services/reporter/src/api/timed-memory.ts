/** Remembers answers for a short time, a bounded number of them; what is asked for at the same time is asked once. */

export class TimedMemory<T> {
  readonly #keptMs: number;
  readonly #most: number;
  readonly #now: () => number;
  readonly #known = new Map<string, { at: number; value: Promise<T> }>();

  /** @param now monotonic ms. */
  constructor(keptMs: number, most: number, now: () => number) {
    this.#keptMs = keptMs;
    this.#most = most;
    this.#now = now;
  }

  get(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known && this.#now() - known.at < this.#keptMs) return known.value;
    const entry = { at: this.#now(), value: read() };
    // The oldest goes first: a Map keeps the order in which things were put into it.
    this.#known.delete(key);
    this.#known.set(key, entry);
    if (this.#known.size > this.#most) this.#known.delete(this.#known.keys().next().value!);
    // What failed is asked again.
    entry.value.catch(() => this.#known.get(key) === entry && this.#known.delete(key));
    return entry.value;
  }
}
