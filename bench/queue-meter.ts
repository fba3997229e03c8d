/** Counts what is put on the queues, in the broker's own store: by triggers, where each message becomes durable. */
import { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '@github-repo-stats/local/service-bus/store-file';

export interface QueueTraffic {
  /** By queue: messages that were sent, again or for later too, and their bytes, headers and properties included. */
  sent: Record<string, { messages: number; bytes: number }>;
  /** The most bytes that lay in all queues together at once. */
  mostAtOnce: number;
}

// A message is inserted before its body and removed before it.
const METER = `
  CREATE TABLE meter_sent (queue INTEGER PRIMARY KEY, messages INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
  CREATE TABLE meter_lying (now INTEGER NOT NULL, most INTEGER NOT NULL) STRICT;
  INSERT INTO meter_lying VALUES (0, 0);
  CREATE TRIGGER meter_send AFTER INSERT ON bodies BEGIN
    INSERT INTO meter_sent SELECT queue, 1, length(NEW.raw) FROM messages WHERE id = NEW.id
      ON CONFLICT DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes;
    UPDATE meter_lying SET now = now + length(NEW.raw), most = max(most, now + length(NEW.raw));
  END;
  CREATE TRIGGER meter_take AFTER DELETE ON bodies BEGIN
    UPDATE meter_lying SET now = now - length(OLD.raw);
  END;`;

/** To be called before the broker is started for the first time. */
export function installQueueMeter(file: string): void {
  const db = openDatabase(file);
  db.exec(METER);
  db.close();
}

/** To be called when the broker has ended. */
export function readQueueMeter(file: string): QueueTraffic {
  const db = new DatabaseSync(file);
  const rows = db
    .prepare('SELECT name, messages, bytes FROM meter_sent JOIN queues ON id = queue ORDER BY queue')
    .all() as { name: string; messages: number; bytes: number }[];
  const { most } = db.prepare('SELECT most FROM meter_lying').get() as { most: number };
  db.close();
  const sent = Object.fromEntries(rows.map(({ name, messages, bytes }) => [name, { messages, bytes }]));
  return { sent, mostAtOnce: most };
}
