/** What all queues of one broker share. */
import type { BrokerFaults } from './broker-faults.ts';
import type { Deadlines } from './deadlines.ts';
import type { Queue } from './queue.ts';
import type { Store } from './store.ts';

export interface QueueContext {
  readonly store: Store;
  readonly deadlines: Deadlines;
  readonly faults: BrokerFaults;
  /** Asks for `pump` to be called soon, once. */
  wake(queue: Queue): void;
}
