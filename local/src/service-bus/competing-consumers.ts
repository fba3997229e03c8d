/** Gives the messages of a queue without sessions to its consumers in turn, as their credit allows. */
import type { Consumer } from './lock.ts';
import type { StoredMessage } from './message.ts';
import { SequenceQueue } from './sequence-queue.ts';

export class CompetingConsumers {
  readonly #ready = new SequenceQueue<StoredMessage>();
  readonly #consumers: Consumer[] = [];
  readonly #offer: (message: StoredMessage, consumer: Consumer) => void;
  #turn = 0;

  /** `offer` delivers a message that was taken from here. */
  constructor(offer: (message: StoredMessage, consumer: Consumer) => void) {
    this.#offer = offer;
  }

  add(message: StoredMessage, returned: boolean): void {
    if (returned) this.#ready.giveBack(message);
    else this.#ready.push(message);
  }

  join(consumer: Consumer): void {
    this.#consumers.push(consumer);
  }

  /** Locks stay with the consumer that left until they expire, as in Azure. */
  leave(consumer: Consumer): void {
    const index = this.#consumers.indexOf(consumer);
    if (index >= 0) this.#consumers.splice(index, 1);
  }

  pump(): void {
    let without = 0;
    while (without < this.#consumers.length && this.#ready.peek()) {
      const consumer = this.#consumers[this.#turn++ % this.#consumers.length]!;
      const message = consumer.credit() > 0 ? this.#ready.shift() : undefined;
      without = message ? 0 : without + 1;
      if (message) this.#offer(message, consumer);
    }
  }
}
