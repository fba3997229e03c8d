/** One queue: takes messages in, delivers each under a lock, and moves it on as it is settled or its time runs out. */
import type { QueueSettings } from './config.ts';
import { CompetingConsumers } from './competing-consumers.ts';
import type { Disposition, Properties } from './disposition.ts';
import { DuplicateHistory } from './duplicates.ts';
import type { Envelope } from './envelope.ts';
import { BrokerError, ConfigError, deadLetteredTwice, sessionIdMissing } from './errors.ts';
import { Lock, type Consumer } from './lock.ts';
import { LockTable } from './lock-table.ts';
import { newFields, STATE, StoredMessage, type MessageFields } from './message.ts';
import type { QueueContext } from './queue-context.ts';
import { mergeProperties } from './rendering.ts';
import { Sessions, type Session } from './sessions.ts';
import type { QueueSnapshot } from './store-file.ts';
import type { QueueRow } from './store-file.ts';

/**
 * scheduled → active → locked → completed, or back to active (abandoned, expired lock), deferred, or dead-lettered.
 * A queue made with a `deadLetterQueue` moves there what fails; that queue has none and keeps its messages for ever.
 */
export class Queue {
  readonly name: string;
  readonly settings: QueueSettings;
  readonly deadLetterQueue: Queue | undefined;
  readonly sessions: Sessions | undefined;
  /** By sequence number, ascending. */
  readonly messages = new Map<number, StoredMessage>();
  readonly #consumers: CompetingConsumers | undefined;
  readonly #locks: LockTable;
  readonly #duplicates: DuplicateHistory | undefined;
  readonly #row: QueueRow;
  readonly #context: QueueContext;

  constructor(
    name: string,
    settings: QueueSettings,
    from: QueueSnapshot,
    context: QueueContext,
    dlq?: Queue,
  ) {
    this.name = name;
    this.settings = settings;
    this.deadLetterQueue = dlq;
    this.#row = from.row;
    this.#context = context;
    const { store, deadlines } = context;
    this.#locks = new LockTable(deadlines, (lock) => {
      if (lock.session) return this.sessions?.lose(lock.session);
      lock.consumer?.lockLost(lock);
      this.#giveBack(lock, true);
    });
    if (settings.duplicateWindow > 0) {
      this.#duplicates = new DuplicateHistory(
        from.row,
        settings.duplicateWindow,
        from.duplicates,
        store,
        deadlines,
      );
    }
    if (settings.requiresSession) {
      this.sessions = new Sessions(
        {
          lockDuration: settings.lockDuration,
          offer: (message, consumer, session) => this.#offer(message, consumer, session),
          giveBack: (lock, count) => this.#giveBack(lock, count),
          wake: () => context.wake(this),
        },
        deadlines,
      );
    } else {
      this.#consumers = new CompetingConsumers((message, consumer) => this.#offer(message, consumer));
    }
    for (const [id, state] of from.sessionStates) this.sessions?.restoreState(id, state);
    for (const fields of from.messages) this.#restore(fields);
  }

  get enqueuedTotal(): number {
    return this.#row.enqueuedTotal;
  }

  /** Takes all messages or, throwing BrokerError, none. Returns their sequence numbers, 0 for a duplicate. */
  enqueue(envelopes: readonly Envelope[]): number[] {
    return this.#context.faults.send(this.name, envelopes, (all) => this.#enqueueAll(all));
  }

  #enqueueAll(envelopes: readonly Envelope[]): number[] {
    const { requiresSession } = this.settings;
    if (requiresSession && envelopes.some(({ sessionId }) => sessionId === undefined))
      throw sessionIdMissing();
    if (!this.#context.store.fits(envelopes.reduce((bytes, { raw }) => bytes + raw.length, 0)))
      throw this.#context.faults.noRoom();
    const now = Date.now();
    return envelopes.map((envelope) => this.#enqueue(envelope, now));
  }

  join(consumer: Consumer): void {
    this.#consumers?.join(consumer);
    this.#context.wake(this);
  }

  leave(consumer: Consumer, broken: boolean): void {
    this.#consumers?.leave(consumer);
    this.sessions?.leave(consumer, broken);
  }

  pump(): void {
    this.#consumers?.pump();
    this.sessions?.pump();
  }

  /** Throws message-lock-lost for a token that is not or no longer valid. `token`: 32 hex digits. */
  lock(token: string): Lock {
    return this.#locks.find(token);
  }

  /** Returns the new expiry, ms since the epoch. */
  renew(lock: Lock): number {
    if (lock.session) throw new BrokerError('amqp:not-allowed', 'Renew the lock of the session instead.');
    this.#locks.renew(lock, Date.now() + this.settings.lockDuration);
    return lock.until;
  }

  settle(lock: Lock, disposition: Disposition): void {
    const body = (): Buffer => this.body(lock.message);
    this.#context.faults.settle(this.name, body, () => this.#settle(lock, disposition));
  }

  #settle(lock: Lock, disposition: Disposition): void {
    const { message } = this.#locks.find(lock.key);
    switch (disposition.kind) {
      case 'complete':
        this.#locks.release(lock);
        return this.remove(message);
      case 'abandon':
        this.#merge(message, disposition.properties);
        return this.#giveBack(lock, true);
      case 'defer':
        this.#merge(message, disposition.properties);
        message.fields.state = STATE.deferred;
        this.#locks.release(lock);
        return this.#context.store.update(this.#row, message.fields);
      case 'deadLetter': {
        if (!this.deadLetterQueue) throw deadLetteredTwice();
        this.#locks.release(lock);
        const { reason, description, properties } = disposition;
        return this.#deadLetter(message, reason, description, properties);
      }
    }
  }

  /** Locks a deferred message for a receiver that asked for it by sequence number. */
  lockDeferred(message: StoredMessage, session: Session | undefined): Lock {
    const lock = new Lock(message, Date.now() + this.settings.lockDuration, session);
    this.#hold(lock);
    return lock;
  }

  /** The message is gone for good. */
  remove(message: StoredMessage): void {
    this.#forget(message);
    this.#context.store.remove(message.fields);
  }

  body(message: StoredMessage): Buffer {
    return this.#context.store.body(message.fields);
  }

  setSessionState(session: Session, state: Buffer | null): void {
    session.state = state;
    this.#context.store.saveSessionState(this.#row, session.id, state);
  }

  #enqueue(envelope: Envelope, now: number): number {
    if (this.#duplicates && !this.#duplicates.isNew(envelope.messageId, now)) return 0;
    this.#row.enqueuedTotal++;
    const fields = newFields(envelope, {
      id: this.#context.store.newMessageId(),
      sequenceNumber: ++this.#row.lastSequenceNumber,
      now,
      timeToLive: this.settings.timeToLive,
      durationScale: this.settings.durationScale,
    });
    this.#context.store.insert(this.#row, fields, envelope.raw);
    this.#place(new StoredMessage(fields));
    return fields.sequenceNumber;
  }

  #restore(fields: MessageFields): void {
    if (this.settings.requiresSession && fields.sessionId === undefined) {
      throw new ConfigError(
        `The data file holds messages of '${this.name}' without a session id, which it now requires`,
      );
    }
    this.#place(new StoredMessage(fields));
  }

  #place(message: StoredMessage): void {
    const { fields } = message;
    this.messages.set(fields.sequenceNumber, message);
    if (fields.state === STATE.scheduled) {
      this.#context.deadlines.set(message, fields.scheduledAt, () => this.#activate(message));
    } else if (fields.state === STATE.active) this.#makeReady(message, false);
  }

  /** As if enqueued now, behind what is waiting, with a new number: docs "Message sequencing and timestamps". */
  #activate(message: StoredMessage): void {
    const { fields } = message;
    this.messages.delete(fields.sequenceNumber);
    fields.sequenceNumber = ++this.#row.lastSequenceNumber;
    fields.enqueuedAt = Date.now();
    fields.state = STATE.active;
    this.#context.store.update(this.#row, fields);
    this.#place(message);
  }

  #makeReady(message: StoredMessage, returned: boolean): void {
    const { expiresAt } = message.fields;
    if (expiresAt > 0 && expiresAt <= Date.now()) return this.#expire(message);
    if (expiresAt > 0) this.#context.deadlines.set(message, expiresAt, () => this.#expire(message));
    (this.sessions ?? this.#consumers)?.add(message, returned);
    this.#context.wake(this);
  }

  #offer(message: StoredMessage, consumer: Consumer, session?: Session): void {
    if (consumer.deletesOnReceive) {
      consumer.deliver(message, undefined);
      return this.remove(message);
    }
    const lock = new Lock(message, Date.now() + this.settings.lockDuration, session, consumer);
    this.#hold(lock);
    consumer.deliver(message, lock);
    const lostAfterMs = this.#context.faults.deliver(this.name, () => this.body(message));
    if (lostAfterMs !== undefined) this.#locks.lose(lock, lostAfterMs);
  }

  #hold(lock: Lock): void {
    // a lifetime that ends under the lock is looked at when the message comes back
    this.#context.deadlines.clear(lock.message);
    this.#locks.hold(lock);
  }

  #giveBack(lock: Lock, countDelivery: boolean): void {
    const { message } = lock;
    const { fields } = message;
    this.#locks.release(lock);
    if (countDelivery) {
      fields.deliveryCount++;
      if (this.deadLetterQueue && fields.deliveryCount >= this.settings.maxDeliveryCount) {
        const times = this.settings.maxDeliveryCount;
        const why = `Message could not be consumed after ${times} delivery attempts.`;
        return this.#deadLetter(message, 'MaxDeliveryCountExceeded', why);
      }
      this.#context.store.update(this.#row, fields);
    }
    if (fields.state === STATE.active) this.#makeReady(message, true);
  }

  #expire(message: StoredMessage): void {
    if (!this.deadLetterQueue || !this.settings.deadLetterOnExpiration) return this.remove(message);
    this.#deadLetter(message, 'TTLExpiredException', 'The message expired and was dead lettered.');
  }

  #deadLetter(message: StoredMessage, reason?: string, description?: string, properties?: Properties): void {
    this.#merge(message, {
      ...properties,
      DeadLetterReason: reason,
      DeadLetterErrorDescription: description,
    });
    this.#forget(message);
    this.deadLetterQueue?.adopt(message.fields, this.name);
  }

  /** Takes a message over from the queue named `source`. */
  adopt(fields: MessageFields, source: string): void {
    const sequenceNumber = ++this.#row.lastSequenceNumber;
    this.#row.enqueuedTotal++;
    const adopted: MessageFields = {
      ...fields,
      sequenceNumber,
      state: STATE.active,
      scheduledAt: 0,
      expiresAt: 0,
      deadLetterSource: source,
    };
    this.#context.store.update(this.#row, adopted);
    this.#place(new StoredMessage(adopted));
  }

  #forget(message: StoredMessage): void {
    message.gone = true;
    this.#context.deadlines.clear(message);
    this.messages.delete(message.sequenceNumber);
  }

  #merge(message: StoredMessage, changes: Properties | undefined): void {
    if (!changes || Object.keys(changes).length === 0) return;
    message.fields.properties = mergeProperties(this.body(message), message.fields.properties, changes);
  }
}
