/** The locks of one queue, by token, each with its expiry. */
import type { Deadlines } from './deadlines.ts';
import { messageLockLost } from './errors.ts';
import type { Lock } from './lock.ts';

export class LockTable {
  readonly #locks = new Map<string, Lock>();
  readonly #deadlines: Deadlines;
  readonly #expired: (lock: Lock) => void;

  /** `expired` is called with a lock that ran out and is still in the table. */
  constructor(deadlines: Deadlines, expired: (lock: Lock) => void) {
    this.#deadlines = deadlines;
    this.#expired = expired;
  }

  /** Throws message-lock-lost for a token that is not or no longer valid. `token`: 32 hex digits. */
  find(token: string): Lock {
    const lock = this.#locks.get(token);
    if (!lock) throw messageLockLost();
    return lock;
  }

  hold(lock: Lock): void {
    lock.message.lock = lock;
    this.#locks.set(lock.key, lock);
    lock.session?.locks.add(lock);
    this.renew(lock, lock.until);
  }

  /** A lock under a session has no expiry of its own. */
  renew(lock: Lock, until: number): void {
    lock.renew(until);
    if (!lock.session) this.#deadlines.set(lock, until, () => this.#expired(lock));
  }

  /** Lets a lock run out in so many ms, if it is still held then, whatever its time and however often it is renewed. */
  lose(lock: Lock, inMs: number): void {
    this.#deadlines.set({}, Date.now() + inMs, () => {
      if (this.#locks.has(lock.key)) this.#expired(lock);
    });
  }

  release(lock: Lock): void {
    this.#deadlines.clear(lock);
    this.#locks.delete(lock.key);
    lock.session?.locks.delete(lock);
    lock.message.lock = undefined;
  }
}
