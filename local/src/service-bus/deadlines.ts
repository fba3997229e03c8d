/** One timer for all locks, schedules and lifetimes of the broker: a binary heap in which each key has one deadline. */

interface Entry {
  readonly key: object;
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

// setTimeout takes at most 2^31-1 ms; a later deadline is looked at again then.
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Idle: no timer. Armed: one timer for the earliest deadline. Equal deadlines fire in the order they were set. */
export class Deadlines {
  readonly #heap: Entry[] = [];
  readonly #place = new Map<object, number>();
  #order = 0;
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  /** Calls `fire` once at `at` (ms since the epoch); replaces what was set for this key. */
  set(key: object, at: number, fire: () => void): void {
    this.clear(key);
    this.#heap.push({ key, at, order: ++this.#order, fire });
    this.#place.set(key, this.#heap.length - 1);
    this.#up(this.#heap.length - 1);
    this.#arm();
  }

  clear(key: object): void {
    const index = this.#place.get(key);
    if (index === undefined) return;
    this.#place.delete(key);
    const last = this.#heap.pop();
    if (!last || last.key === key) return;
    this.#put(last, index);
    this.#up(index);
    this.#down(this.#place.get(last.key) ?? index);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#heap.length = 0;
    this.#place.clear();
  }

  #arm(): void {
    const next = this.#heap[0]?.at ?? Infinity;
    if (next >= this.#armedFor) return;
    this.#armedFor = next;
    clearTimeout(this.#timer);
    const wait = Math.min(Math.max(1, next - Date.now()), LONGEST_TIMEOUT);
    this.#timer = setTimeout(() => this.#run(), wait);
  }

  #run(): void {
    this.#armedFor = Infinity;
    const now = Date.now();
    for (let first = this.#heap[0]; first && first.at <= now; first = this.#heap[0]) {
      this.clear(first.key);
      first.fire();
    }
    this.#arm();
  }

  #put(entry: Entry, index: number): void {
    this.#heap[index] = entry;
    this.#place.set(entry.key, index);
  }

  #before(a: Entry, b: Entry): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #up(from: number): void {
    let index = from;
    const entry = this.#heap[index];
    while (entry && index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (!parent || !this.#before(entry, parent)) break;
      this.#put(parent, index);
      index = parentIndex;
    }
    if (entry) this.#put(entry, index);
  }

  #down(from: number): void {
    let index = from;
    const entry = this.#heap[index];
    while (entry) {
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const child = left && right && this.#before(right, left) ? right : left;
      if (!child || !this.#before(child, entry)) break;
      const childIndex = child === right ? 2 * index + 2 : 2 * index + 1;
      this.#put(child, index);
      index = childIndex;
    }
    if (entry) this.#put(entry, index);
  }
}
