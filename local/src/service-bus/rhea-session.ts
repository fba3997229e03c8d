/** Adapts one AMQP session of rhea to what a broker needs: raw messages in, and locks that last long. */
import { refusal } from './disposition.ts';
import { messageLockLost } from './errors.ts';
import type { Deliveries, Delivery, DispositionFields, Link, Session } from './rhea-internals.ts';

/**
 * The format given to plain messages (0), which rhea would decode, losing their types. With any other it hands over
 * the bytes.
 */
export const PLAIN_FORMAT = 0x7ffffff0;

// Never the limit: credit is.
const ROOM = 2 ** 20;

/**
 * Unsettled outgoing deliveries. rhea's own ring is emptied from its head only, so that one message locked for long
 * stops the link after 2,048 others.
 */
class DeliveryMap implements Deliveries {
  readonly #byId = new Map<number, Delivery>();

  get size(): number {
    return this.#byId.size;
  }

  available(): number {
    return ROOM;
  }

  push(delivery: Delivery): void {
    this.#byId.set(delivery.id, delivery);
  }

  by_id(id: number): Delivery | undefined {
    return this.#byId.get(id);
  }

  delete(id: number): void {
    this.#byId.delete(id);
  }

  pop_if(isDone: (delivery: Delivery) => boolean): void {
    for (const delivery of this.#byId.values()) {
      if (!isDone(delivery)) return;
      this.#byId.delete(delivery.id);
    }
  }
}

/** To be called once, when the session opens. */
export function adaptSession(session: Session): void {
  const { incoming, outgoing } = session;
  const onTransfer = incoming.on_transfer.bind(incoming);
  incoming.on_transfer = (frame, receiver) => {
    frame.performative.message_format ||= PLAIN_FORMAT;
    onTransfer(frame, receiver);
  };
  outgoing.deliveries = new DeliveryMap();
  const onDisposition = outgoing.on_disposition.bind(outgoing);
  outgoing.on_disposition = (fields) => {
    refuseUnknown(session, fields);
    onDisposition(fields);
  };
}

/** A client waits for the answer to every settlement, also for one that came after the lock was forgotten. */
function refuseUnknown(session: Session, { first, last, settled }: DispositionFields): void {
  if (settled) return;
  for (let id = first; id <= (last ?? first); id++) {
    if (session.outgoing.deliveries.by_id(id)) continue;
    const link = { is_receiver: () => false, session };
    session.outgoing.pending_dispositions.push({
      id,
      link,
      settled: true,
      state: refusal(messageLockLost()),
    });
  }
}

/** Answers a settlement, and forgets the delivery: the client does not settle again. */
export function answer(delivery: Delivery, state: object): void {
  delivery.update(true, state);
  delivery.remote_settled = true;
  forget(delivery);
}

/** Forgets a delivery that is settled or whose lock is lost; one that is not written yet is still written. */
export function forget({ id, link }: Delivery): void {
  const { deliveries, next_pending_delivery: pending } = link.session.outgoing;
  if (id < pending && deliveries instanceof DeliveryMap) deliveries.delete(id);
}

/**
 * How many messages may be sent now. rhea counts credit down when it writes, in a later turn of the event loop, so
 * what is waiting to be written counts against it.
 */
export function usableCredit(link: Link): number {
  const { next_delivery_id: next, next_pending_delivery: pending } = link.session.outgoing;
  return link.is_open() ? link.credit - (next - pending) : 0;
}

/**
 * Writes a flow frame that tells nothing new. The SDK leaves Nagle's algorithm on, so its next small write waits for
 * our delayed TCP ACK, up to 40 ms; any answer carries that ACK at once.
 */
export function echoFlow(session: Session): void {
  session._write_flow();
  session.connection._register();
}

// The client's session window is full: look again after it had time to read.
const WINDOW_RETRY_MS = 10;

/**
 * Gives back the credit that was not used, when the client drained the link. Always answers: without the answer the
 * SDK waits, and then closes the receiver. rhea would not answer when the credit is used up already.
 */
export function answerDrain(link: Link): void {
  if (!link.is_open() || !link._draining) return;
  const { next_delivery_id: next, next_pending_delivery: pending } = link.session.outgoing;
  if (pending < next && link.credit > 0) {
    setTimeout(() => answerDrain(link), WINDOW_RETRY_MS);
    return;
  }
  link._draining = false;
  link.delivery_count += link.credit;
  link.credit = 0;
  // asked once, when the flow below is written: an own method hides rhea's until then
  link._get_drain = () => {
    Reflect.deleteProperty(link, '_get_drain');
    return true;
  };
  link.issue_flow = true;
  link.connection._register();
}
