/** Lets sends, deliveries and settlements go wrong as it was ordered. */
import { fitsPattern, type FaultPlan } from '../faults/fault-plan.ts';
import { isDiskFull, type ServiceBusFault } from '../faults/fault-schema.ts';
import { cut } from './cut.ts';
import { readEnvelope, type Envelope } from './envelope.ts';
import { BrokerError } from './errors.ts';
import type { Connection } from './rhea-internals.ts';

export type ServiceBusFaults = FaultPlan<ServiceBusFault>;
type OrderOf<O extends ServiceBusFault['operation']> = Extract<ServiceBusFault, { operation: O }>;
type Ending = Extract<OrderOf<'settle'>['fault'], { when: unknown }>;

/** Thrown instead of an answer: the client gets none. */
export class Unanswered extends Error {
  readonly #app: string | undefined;
  readonly #faults: ServiceBusFaults;

  constructor(ending: Ending, faults: ServiceBusFaults) {
    super('ordered to be left without an answer');
    this.#app = 'kill' in ending ? ending.kill : undefined;
    this.#faults = faults;
  }

  /** Cuts the client off, once what was changed before is durable and the app that is to be killed is dead. */
  carryOut({ socket }: Connection, committed: (then: () => void) => void): void {
    committed(() => {
      if (this.#app === undefined) cut(socket);
      else void this.#faults.kill(this.#app).then(() => cut(socket));
    });
  }
}

export class BrokerFaults {
  readonly #plan: ServiceBusFaults | undefined;

  constructor(plan: ServiceBusFaults | undefined) {
    this.#plan = plan;
  }

  /** @throws Unanswered; BrokerError for a refusal. */
  send(queue: string, envelopes: readonly Envelope[], enqueue: Enqueue): number[] {
    if (!this.#plan?.active) return enqueue(envelopes);
    const order = this.#take('send', queue, () => envelopes.map((e) => e.messageId));
    if (!order) return enqueue(envelopes);
    const { fault } = order;
    if (fault === 'refuse')
      throw new BrokerError('com.microsoft:server-busy', 'Ordered to refuse sends for a while.');
    if ('lateMs' in fault) {
      const now = Date.now();
      return enqueue(
        envelopes.map((e) => ({ ...e, scheduledAt: Math.max(now, e.scheduledAt) + fault.lateMs })),
      );
    }
    if (fault.when === 'after') enqueue(envelopes);
    throw new Unanswered(fault, this.#plan);
  }

  /** @throws Unanswered */
  settle(queue: string, body: () => Buffer, carryOut: () => void): void {
    if (!this.#plan?.active) return carryOut();
    const order = this.#take('settle', queue, () => [readEnvelope(body()).messageId]);
    if (order?.fault.when !== 'before') carryOut();
    if (order) throw new Unanswered(order.fault, this.#plan);
  }

  /** For a send that does not fit on the disk. */
  noRoom(): BrokerError {
    this.#plan?.take(isDiskFull);
    return new BrokerError('com.microsoft:server-busy', 'There is no room left to store this; try again.');
  }

  /** In how many ms the lock of what was just delivered is to be lost, if it is. */
  deliver(queue: string, body: () => Buffer): number | undefined {
    if (!this.#plan?.active) return undefined;
    const order = this.#take('deliver', queue, () => [readEnvelope(body()).messageId]);
    if (!order) return undefined;
    if ('lockLostAfterMs' in order.fault) return order.fault.lockLostAfterMs;
    void this.#plan.kill(order.fault.kill);
    return undefined;
  }

  #take<O extends 'send' | 'deliver' | 'settle'>(
    operation: O,
    queue: string,
    messageIds: () => string[],
  ): OrderOf<O> | undefined {
    const fits = (order: ServiceBusFault): boolean =>
      order.operation === operation &&
      fitsPattern(order.queue, queue) &&
      (order.message === undefined || messageIds().some((id) => fitsPattern(order.message, id)));
    const order = this.#plan?.take(fits);
    return order as OrderOf<O> | undefined;
  }
}

type Enqueue = (envelopes: readonly Envelope[]) => number[];
