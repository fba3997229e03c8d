/** Keeps messages in SQLite, many changes to a transaction, and says when they are durable. */
import type { StatementSync } from 'node:sqlite';
import { hasRoom, setRoom } from '../disk/disk-room.ts';
import { BodyCache } from './body-cache.ts';
import type { MessageFields } from './message.ts';
import { loadSnapshot, openDatabase, type Snapshot, type QueueRow } from './store-file.ts';

type Statements = Record<
  | 'insertMessage'
  | 'insertBody'
  | 'updateMessage'
  | 'deleteMessage'
  | 'deleteBody'
  | 'body'
  | 'queue'
  | 'state'
  | 'deleteState'
  | 'duplicate'
  | 'forget',
  StatementSync
>;

/**
 * Idle → dirty (changes collected, a flush due in this turn of the event loop) → idle.
 * A failed transaction (disk full, where `fits` did not foresee it) throws out of the flush and so ends the process: nothing was acknowledged, and the
 * next start finds the last good state. synchronous=NORMAL survives kill -9, not a power cut.
 */
export class Store {
  readonly #db: ReturnType<typeof openDatabase>;
  readonly #sql: Statements;
  readonly #bodies = new BodyCache();
  #nextMessageId: number;
  #changes: (() => void)[] = [];
  #dirtyQueues = new Set<QueueRow>();
  #waiting: (() => void)[] = [];
  #flushDue: NodeJS.Immediate | undefined;
  /** Bytes of messages since the last flush, which the file does not hold yet. */
  #pendingBytes = 0;
  #isLimited = false;

  /** `file` is a path or ':memory:'. Throws DataFileInUseError when another process has it. */
  constructor(file: string) {
    const db = openDatabase(file);
    this.#db = db;
    this.#sql = {
      insertMessage: db.prepare('INSERT INTO messages VALUES (?,?,?,?,?,?,?,?,?,?,?,?)'),
      insertBody: db.prepare('INSERT INTO bodies VALUES (?,?)'),
      updateMessage: db.prepare(
        'UPDATE messages SET queue=?, sequence=?, state=?, enqueued_at=?, scheduled_at=?, expires_at=?, delivery_count=?, properties=?, dead_letter_source=? WHERE id=?',
      ),
      deleteMessage: db.prepare('DELETE FROM messages WHERE id=?'),
      deleteBody: db.prepare('DELETE FROM bodies WHERE id=?'),
      body: db.prepare('SELECT raw FROM bodies WHERE id=?'),
      queue: db.prepare('UPDATE queues SET last_sequence=?, enqueued_total=? WHERE id=?'),
      state: db.prepare('INSERT OR REPLACE INTO session_states VALUES (?,?,?)'),
      deleteState: db.prepare('DELETE FROM session_states WHERE queue=? AND session_id=?'),
      duplicate: db.prepare('INSERT OR REPLACE INTO duplicates VALUES (?,?,?)'),
      forget: db.prepare('DELETE FROM duplicates WHERE queue=? AND seen_at<=?'),
    };
    const last = db.prepare('SELECT max(id) AS id FROM messages').get();
    this.#nextMessageId = Number(last?.['id'] ?? 0) + 1;
  }

  /** Reads what an earlier life of the broker left; `queues` names those in use now. */
  load(queues: readonly string[]): Snapshot {
    return loadSnapshot(this.#db, queues);
  }

  /** Without room the file does not grow any more. */
  setRoom(has: boolean): void {
    this.#isLimited = !has;
    setRoom(this.#db, has);
  }

  /** Whether a message of so many bytes can be stored. It leaves what settling needs: that has to go on for room to come back. */
  fits(bytes: number): boolean {
    return !this.#isLimited || hasRoom(this.#db, this.#pendingBytes + bytes);
  }

  newMessageId(): number {
    return this.#nextMessageId++;
  }

  insert(queue: QueueRow, fields: MessageFields, raw: Buffer): void {
    this.#bodies.add(fields.id, raw);
    this.#pendingBytes += raw.length;
    this.#queueChanged(queue);
    this.#change(() => {
      const f = fields;
      this.#sql.insertMessage.run(
        f.id,
        queue.id,
        f.sequenceNumber,
        f.enqueuedSequenceNumber,
        f.sessionId ?? null,
        f.state,
        f.enqueuedAt,
        f.scheduledAt,
        f.expiresAt,
        f.deliveryCount,
        f.properties ?? null,
        f.deadLetterSource ?? null,
      );
      this.#sql.insertBody.run(f.id, raw);
    });
  }

  update(queue: QueueRow, fields: MessageFields): void {
    this.#queueChanged(queue);
    this.#change(() => {
      const f = fields;
      this.#sql.updateMessage.run(
        queue.id,
        f.sequenceNumber,
        f.state,
        f.enqueuedAt,
        f.scheduledAt,
        f.expiresAt,
        f.deliveryCount,
        f.properties ?? null,
        f.deadLetterSource ?? null,
        f.id,
      );
    });
  }

  remove(fields: MessageFields): void {
    this.#bodies.drop(fields.id);
    this.#change(() => {
      this.#sql.deleteMessage.run(fields.id);
      this.#sql.deleteBody.run(fields.id);
    });
  }

  saveSessionState(queue: QueueRow, sessionId: string, state: Buffer | null): void {
    this.#change(() => {
      if (state) this.#sql.state.run(queue.id, sessionId, state);
      else this.#sql.deleteState.run(queue.id, sessionId);
    });
  }

  rememberDuplicate(queue: QueueRow, messageId: string, seenAt: number): void {
    this.#change(() => this.#sql.duplicate.run(queue.id, messageId, seenAt));
  }

  forgetDuplicates(queue: QueueRow, seenUntil: number): void {
    this.#change(() => this.#sql.forget.run(queue.id, seenUntil));
  }

  /** The encoded message as it was enqueued. */
  body(fields: MessageFields): Buffer {
    const cached = this.#bodies.get(fields.id);
    if (cached) return cached;
    const raw = this.#sql.body.get(fields.id)?.['raw'];
    if (!(raw instanceof Uint8Array)) throw new Error(`The body of message ${fields.id} is not in the store`);
    return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  }

  /** Calls `then` once every change made so far is durable; at once when none is open. */
  afterCommit(then: () => void): void {
    if (this.#changes.length === 0) then();
    else this.#waiting.push(then);
  }

  close(): void {
    if (this.#flushDue) this.#flush();
    this.#db.close();
  }

  #queueChanged(queue: QueueRow): void {
    this.#dirtyQueues.add(queue);
  }

  #change(write: () => void): void {
    this.#changes.push(write);
    this.#flushDue ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    clearImmediate(this.#flushDue);
    this.#flushDue = undefined;
    const changes = this.#changes;
    const queues = this.#dirtyQueues;
    const waiting = this.#waiting;
    this.#changes = [];
    this.#dirtyQueues = new Set();
    this.#waiting = [];
    this.#pendingBytes = 0;
    this.#db.exec('BEGIN');
    for (const write of changes) write();
    for (const queue of queues) this.#sql.queue.run(queue.lastSequenceNumber, queue.enqueuedTotal, queue.id);
    this.#db.exec('COMMIT');
    this.#bodies.trim();
    for (const then of waiting) then();
  }
}
