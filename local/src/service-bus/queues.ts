/** All queues of a broker, with their dead-letter queues, found by address. */
import type { BrokerFaults } from './broker-faults.ts';
import type { QueueSettings } from './config.ts';
import { Deadlines } from './deadlines.ts';
import { entityNotFound } from './errors.ts';
import { Queue } from './queue.ts';
import type { QueueContext } from './queue-context.ts';
import { countMessages, type QueueCounts } from './queue-requests.ts';
import type { Store } from './store.ts';

const DEAD_LETTER = '/$deadletterqueue';

export class Queues {
  readonly #byAddress = new Map<string, Queue>();
  readonly #main: Queue[] = [];
  readonly #deadlines = new Deadlines();
  #woken = new Set<Queue>();

  constructor(settings: readonly QueueSettings[], store: Store, faults: BrokerFaults) {
    const names = settings.flatMap(({ name }) => [name.toLowerCase(), name.toLowerCase() + DEAD_LETTER]);
    const snapshot = store.load(names);
    const wake = (queue: Queue): void => this.#wake(queue);
    const context: QueueContext = { store, deadlines: this.#deadlines, faults, wake };
    for (const queue of settings) {
      const [address, deadLetterAddress] = [queue.name.toLowerCase(), queue.name.toLowerCase() + DEAD_LETTER];
      const [from, deadLetterFrom] = [snapshot.get(address), snapshot.get(deadLetterAddress)];
      if (!from || !deadLetterFrom) throw new Error(`The store did not load '${queue.name}'`);
      const deadLetterSettings = {
        ...queue,
        requiresSession: false,
        duplicateWindow: 0,
        timeToLive: Infinity,
      };
      const deadLetters = new Queue(queue.name + DEAD_LETTER, deadLetterSettings, deadLetterFrom, context);
      const main = new Queue(queue.name, queue, from, context, deadLetters);
      this.#byAddress.set(address, main).set(deadLetterAddress, deadLetters);
      this.#main.push(main);
    }
  }

  /** Throws BrokerError (MessagingEntityNotFound). The address may be a path or a whole URL, in any case. */
  find(address: string): Queue {
    const path = address.replace(/^(?:amqps?|sb):\/\/[^/]+/, '').replace(/^\//, '');
    const queue = this.#byAddress.get(path.toLowerCase());
    if (!queue) throw entityNotFound(address);
    return queue;
  }

  counts(): Record<string, QueueCounts> {
    return Object.fromEntries(this.#main.map((queue) => [queue.name, countMessages(queue)]));
  }

  stop(): void {
    this.#deadlines.stop();
    this.#woken.clear();
  }

  /** Queues are pumped once at the end of the turn, however many messages came in it. */
  #wake(queue: Queue): void {
    if (this.#woken.size === 0) setImmediate(() => this.#pumpWoken());
    this.#woken.add(queue);
  }

  #pumpWoken(): void {
    const woken = this.#woken;
    this.#woken = new Set();
    for (const queue of woken) queue.pump();
  }
}
