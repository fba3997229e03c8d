/** A first-in-first-out queue to which a message can be given back at its old place. */

interface Sequenced {
  readonly sequenceNumber: number;
  readonly ready: boolean;
}

// The array is cut once this many taken places lie at its head, so that taking stays O(1).
const CUT_AT = 1024;

/** Messages in the order of their sequence numbers; those that are no longer ready are passed over when met. */
export class SequenceQueue<T extends Sequenced> {
  #tail: (T | undefined)[] = [];
  #head = 0;
  /** Given back, in descending order: the last is the next. */
  readonly #returned: T[] = [];

  /** The sequence number must be higher than that of every message pushed before. */
  push(message: T): void {
    this.#tail.push(message);
  }

  giveBack(message: T): void {
    let index = this.#returned.length;
    while (index > 0 && this.#returned[index - 1]!.sequenceNumber < message.sequenceNumber) index--;
    this.#returned.splice(index, 0, message);
  }

  peek(): T | undefined {
    while (this.#returned.length > 0 && !this.#returned.at(-1)!.ready) this.#returned.pop();
    while (this.#head < this.#tail.length && !this.#tail[this.#head]!.ready) this.#drop();
    const fresh = this.#tail[this.#head];
    const returned = this.#returned.at(-1);
    return returned && (!fresh || returned.sequenceNumber < fresh.sequenceNumber) ? returned : fresh;
  }

  shift(): T | undefined {
    const next = this.peek();
    if (next && next === this.#returned.at(-1)) this.#returned.pop();
    else if (next) this.#drop();
    return next;
  }

  #drop(): void {
    this.#tail[this.#head++] = undefined;
    if (this.#head < CUT_AT || this.#head * 2 < this.#tail.length) return;
    this.#tail = this.#tail.slice(this.#head);
    this.#head = 0;
  }
}
