/** A lock on one delivered message, and the consumer it was delivered to. */
import { newLockToken } from './lock-token.ts';
import type { StoredMessage } from './message.ts';
import type { Session } from './sessions.ts';

/** Where deliveries go: one receiving link. The queue knows nothing else of AMQP. */
export interface Consumer {
  readonly linkName: string;
  /** Receive-and-delete: messages are gone once delivered, and there is no lock. */
  readonly deletesOnReceive: boolean;
  /** How many messages may be delivered now. */
  credit(): number;
  deliver(message: StoredMessage, lock: Lock | undefined): void;
  /** The lock is no longer valid, and a settlement that arrives later is to be refused. */
  lockLost(lock: Lock): void;
  /** The session lock expired: the link is of no use any more. */
  sessionLost(sessionId: string): void;
}

/** Held from delivery until settlement, expiry, or the release of the session. */
export class Lock {
  readonly token = newLockToken();
  readonly message: StoredMessage;
  /** The session whose lock covers this one, on a session queue. */
  readonly session: Session | undefined;
  /** Absent for deferred messages, which are received by request and settled by token. */
  readonly consumer: Consumer | undefined;
  #until: number;

  constructor(message: StoredMessage, until: number, session?: Session, consumer?: Consumer) {
    this.message = message;
    this.session = session;
    this.consumer = consumer;
    this.#until = until;
  }

  get key(): string {
    return this.token.toString('hex');
  }

  /** Ms since the epoch. */
  get until(): number {
    return this.session?.lockedUntil ?? this.#until;
  }

  renew(until: number): void {
    this.#until = until;
  }
}
