/** Remembers the message ids of the last minutes, so that a message sent twice is enqueued once. */
import type { Deadlines } from './deadlines.ts';
import type { QueueRow } from './store-file.ts';
import type { Store } from './store.ts';

export class DuplicateHistory {
  readonly #queue: QueueRow;
  readonly #store: Store;
  readonly #deadlines: Deadlines;
  /** Ms for which an id is remembered. */
  readonly #window: number;
  /** Id → when it was seen, oldest first. */
  readonly #seen: Map<string, number>;

  constructor(
    queue: QueueRow,
    window: number,
    seen: Map<string, number>,
    store: Store,
    deadlines: Deadlines,
  ) {
    this.#queue = queue;
    this.#window = window;
    this.#seen = seen;
    this.#store = store;
    this.#deadlines = deadlines;
    if (seen.size > 0) this.#forget();
  }

  /** True when the id is new; it is known from now on. */
  isNew(messageId: string, now: number): boolean {
    const seenAt = this.#seen.get(messageId);
    if (seenAt !== undefined && seenAt > now - this.#window) return false;
    this.#seen.delete(messageId);
    this.#seen.set(messageId, now);
    this.#store.rememberDuplicate(this.#queue, messageId, now);
    if (this.#seen.size === 1) this.#awaitOldest();
    return true;
  }

  #forget(): void {
    const until = Date.now() - this.#window;
    for (const [messageId, seenAt] of this.#seen) {
      if (seenAt > until) break;
      this.#seen.delete(messageId);
    }
    this.#store.forgetDuplicates(this.#queue, until);
    this.#awaitOldest();
  }

  #awaitOldest(): void {
    const oldest = this.#seen.values().next().value;
    if (oldest !== undefined) this.#deadlines.set(this, oldest + this.#window, () => this.#forget());
  }
}
