/** A client's receiver: sends it the messages of a queue, and takes its settlements. */
import { Unanswered } from './broker-faults.ts';
import { confirmation, dispositionOf, refusal, type OutcomeName } from './disposition.ts';
import { messageLockLost, sessionLockLost } from './errors.ts';
import { deliveryTag, newLockToken } from './lock-token.ts';
import type { Consumer, Lock } from './lock.ts';
import type { StoredMessage } from './message.ts';
import type { Queue } from './queue.ts';
import { renderMessage } from './rendering.ts';
import type { Delivery, Link } from './rhea-internals.ts';
import { answer, answerDrain, echoFlow, forget, usableCredit } from './rhea-session.ts';

export class ConsumerLink implements Consumer {
  readonly link: Link;
  readonly queue: Queue;
  readonly deletesOnReceive: boolean;
  readonly #locks = new WeakMap<Delivery, Lock>();
  readonly #deliveries = new Map<Lock, Delivery>();

  /** Sets the settle modes of the attach that answers the client's. */
  constructor(link: Link, queue: Queue) {
    this.link = link;
    this.queue = queue;
    this.deletesOnReceive = link.remote.attach.snd_settle_mode === 1;
    link.local.attach.snd_settle_mode = this.deletesOnReceive ? 1 : 0;
    link.local.attach.rcv_settle_mode = this.deletesOnReceive ? 0 : 1;
  }

  get linkName(): string {
    return this.link.name;
  }

  credit(): number {
    return usableCredit(this.link);
  }

  deliver(message: StoredMessage, lock: Lock | undefined): void {
    const bytes = renderMessage(this.queue.body(message), message.fields, lock?.until);
    const delivery = this.link.send(bytes, deliveryTag(lock?.token ?? newLockToken()), 0);
    if (!lock) return;
    this.#locks.set(delivery, lock);
    this.#deliveries.set(lock, delivery);
  }

  lockLost(lock: Lock): void {
    const delivery = this.#release(lock);
    if (delivery) forget(delivery);
  }

  sessionLost(sessionId: string): void {
    const { condition, message } = sessionLockLost(sessionId);
    this.link.close({ condition, description: message });
  }

  /** The client gave credit, or asks for the unused credit back. */
  onFlow(): void {
    const { session } = this.link;
    const before = session.outgoing.next_delivery_id;
    this.queue.pump();
    if (session.outgoing.next_delivery_id === before) echoFlow(session);
    if (this.link._draining) setImmediate(() => answerDrain(this.link));
  }

  /** The client settles; `committed` calls back when the change is durable. */
  onOutcome(name: OutcomeName, delivery: Delivery, committed: (then: () => void) => void): void {
    if (delivery.settled) return;
    const outcome = delivery.remote_state;
    try {
      const lock = this.#locks.get(delivery);
      if (!lock || !this.#deliveries.has(lock)) throw messageLockLost();
      this.queue.settle(lock, dispositionOf(name, outcome));
      this.#release(lock);
      committed(() => answer(delivery, confirmation(name, outcome)));
    } catch (error) {
      if (error instanceof Unanswered) return error.carryOut(this.link.connection, committed);
      answer(delivery, refusal(error));
    }
  }

  #release(lock: Lock): Delivery | undefined {
    const delivery = this.#deliveries.get(lock);
    this.#deliveries.delete(lock);
    if (delivery) this.#locks.delete(delivery);
    return delivery;
  }
}
