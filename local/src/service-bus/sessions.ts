/** Gives the messages of a queue with sessions to whoever holds the lock of their session. */
import type { Deadlines } from './deadlines.ts';
import { BrokerError, sessionLockLost } from './errors.ts';
import type { Consumer, Lock } from './lock.ts';
import type { StoredMessage } from './message.ts';
import { SequenceQueue } from './sequence-queue.ts';

/** Free ⇄ held. Dropped when free with nothing ready, nothing locked and no state. */
export class Session {
  readonly id: string;
  readonly ready = new SequenceQueue<StoredMessage>();
  /** The message locks that stand and fall with the session lock. */
  readonly locks = new Set<Lock>();
  state: Buffer | null = null;
  holder: Consumer | undefined;
  /** Ms since the epoch, while held. */
  lockedUntil = 0;

  constructor(id: string) {
    this.id = id;
  }
}

/** Waits for any free session that has messages. */
export interface SessionWaiter {
  accept(session: Session): void;
}

/** What the queue does for its sessions. */
interface Owner {
  readonly lockDuration: number;
  offer(message: StoredMessage, consumer: Consumer, session: Session): void;
  giveBack(lock: Lock, countDelivery: boolean): void;
  wake(): void;
}

/**
 * A session is held by one consumer until it leaves (unsettled messages come back, their delivery count as it was), or
 * the lock expires or the connection breaks (their delivery count goes up): the table "Message delivery count" of
 * https://learn.microsoft.com/azure/service-bus-messaging/message-sessions
 */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #waiters = new Set<SessionWaiter>();
  readonly #owner: Owner;
  readonly #deadlines: Deadlines;

  constructor(owner: Owner, deadlines: Deadlines) {
    this.#owner = owner;
    this.#deadlines = deadlines;
  }

  add(message: StoredMessage, returned: boolean): void {
    const session = this.#get(message.fields.sessionId ?? '');
    if (returned) session.ready.giveBack(message);
    else session.ready.push(message);
  }

  restoreState(id: string, state: Buffer): void {
    this.#get(id).state = state;
  }

  /** Locks the session for this consumer. Throws session-cannot-be-locked while another holds it. */
  accept(id: string, consumer: Consumer): Session {
    const session = this.#get(id);
    if (session.holder) {
      throw new BrokerError(
        'com.microsoft:session-cannot-be-locked',
        `The requested session '${id}' cannot be accepted. It may be locked by another receiver.`,
      );
    }
    session.holder = consumer;
    this.renew(session);
    this.#owner.wake();
    return session;
  }

  /** The free session whose first message is the oldest. */
  nextFree(): Session | undefined {
    let next: Session | undefined;
    let oldest = Infinity;
    for (const session of this.#sessions.values()) {
      const sequence = session.holder ? Infinity : (session.ready.peek()?.sequenceNumber ?? Infinity);
      if (sequence < oldest) {
        next = session;
        oldest = sequence;
      }
    }
    return next;
  }

  wait(waiter: SessionWaiter): void {
    this.#waiters.add(waiter);
  }

  stopWaiting(waiter: SessionWaiter): void {
    this.#waiters.delete(waiter);
  }

  /** The session, if the link of this name holds it. Throws session-lock-lost otherwise. */
  held(id: string, linkName: string | undefined): Session {
    const session = this.#sessions.get(id);
    if (!session?.holder || (linkName !== undefined && session.holder.linkName !== linkName)) {
      throw sessionLockLost(id);
    }
    return session;
  }

  /** Returns the new expiry, ms since the epoch. */
  renew(session: Session): number {
    session.lockedUntil = Date.now() + this.#owner.lockDuration;
    this.#deadlines.set(session, session.lockedUntil, () => this.lose(session));
    return session.lockedUntil;
  }

  /** Its lock is over. */
  lose(session: Session): void {
    const { holder } = session;
    this.#release(session, true);
    holder?.sessionLost(session.id);
  }

  /**
   * @param broken the connection broke: somebody who dies with a message in hand must count as a delivery, or a message that
   * kills its handler would come back for ever. Azure keeps the lock then until it expires, which counts as well.
   */
  leave(consumer: Consumer, broken: boolean): void {
    for (const session of this.#sessions.values()) {
      if (session.holder === consumer) this.#release(session, broken);
    }
  }

  pump(): void {
    for (const waiter of this.#waiters) {
      const session = this.nextFree();
      if (!session) break;
      this.#waiters.delete(waiter);
      waiter.accept(session);
    }
    for (const session of this.#sessions.values()) {
      const { holder } = session;
      while (holder && session.holder === holder && holder.credit() > 0) {
        const message = session.ready.shift();
        if (!message) break;
        this.#owner.offer(message, holder, session);
      }
    }
  }

  #release(session: Session, expired: boolean): void {
    this.#deadlines.clear(session);
    for (const lock of session.locks) {
      lock.consumer?.lockLost(lock);
      this.#owner.giveBack(lock, expired);
    }
    session.holder = undefined;
    if (!session.state && !session.ready.peek() && session.locks.size === 0)
      this.#sessions.delete(session.id);
    this.#owner.wake();
  }

  #get(id: string): Session {
    let session = this.#sessions.get(id);
    if (!session) {
      session = new Session(id);
      this.#sessions.set(id, session);
    }
    return session;
  }
}
