/** Keeps the first few of many by an order, in memory of that size. */

export class BestOf<T> {
  readonly #most: number;
  readonly #isBefore: (a: T, b: T) => number;
  #kept: T[] = [];

  /** @param isBefore negative when `a` comes before `b`, as `sort` wants it; it never says 0 of two different ones. */
  constructor(most: number, isBefore: (a: T, b: T) => number) {
    this.#most = most;
    this.#isBefore = isBefore;
  }

  add(candidate: T): void {
    const kept = this.#kept;
    if (kept.length === this.#most && (this.#most === 0 || this.#isBefore(candidate, kept.at(-1)!) >= 0))
      return;
    let [low, high] = [0, kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#isBefore(kept[middle]!, candidate) < 0) low = middle + 1;
      else high = middle;
    }
    kept.splice(low, 0, candidate);
    if (kept.length > this.#most) kept.pop();
  }

  /** In order. */
  list(): T[] {
    return [...this.#kept];
  }
}
