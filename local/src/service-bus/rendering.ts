/** Builds the bytes that a receiver gets: the stored message with the broker's header and annotations. */
import { eachPair, mapItems, scanSections, SECTION, type MapItems } from './amqp-sections.ts';
import { encodeValue, long, mapSection, smallInt, string, symbol, timestamp } from './amqp-values.ts';
import { decodeSection } from './envelope.ts';
import { STATE, type MessageFields } from './message.ts';

// The broker's own annotations; what a sender put there is replaced.
const ANNOTATION = {
  sequenceNumber: 'x-opt-sequence-number',
  enqueuedSequenceNumber: 'x-opt-enqueue-sequence-number',
  enqueuedTime: 'x-opt-enqueued-time',
  lockedUntil: 'x-opt-locked-until',
  state: 'x-opt-message-state',
  scheduledTime: 'x-opt-scheduled-enqueue-time',
  deadLetterSource: 'x-opt-deadletter-source',
} as const;
const OWN = new Set<string>(Object.values(ANNOTATION));
const KEYS = Object.fromEntries(Object.values(ANNOTATION).map((name) => [name, symbol(name)]));

/** `lockedUntil`: ms since the epoch, absent when the message is peeked or deleted on receive. */
export function renderMessage(raw: Buffer, fields: MessageFields, lockedUntil?: number): Buffer {
  const sections = scanSections(raw);
  const find = (code: number) => sections.find((section) => section.code === code);
  const properties = find(SECTION.applicationProperties);
  const parts = [
    renderHeader(decodeSection(raw, find(SECTION.header)), fields.deliveryCount),
    renderAnnotations(mapItems(raw, find(SECTION.messageAnnotations)), fields, lockedUntil),
  ];
  for (const section of sections) {
    if (section.code < SECTION.properties) continue;
    const replaced = section === properties && fields.properties;
    parts.push(replaced || raw.subarray(section.start, section.end));
    if (section.code === SECTION.properties && !properties && fields.properties)
      parts.push(fields.properties);
  }
  return Buffer.concat(parts);
}

/** The message's application-properties section with these added or replaced; null removes one. */
export function mergeProperties(
  raw: Buffer,
  current: Buffer | undefined,
  changes: Record<string, unknown>,
): Buffer {
  const source = current ?? raw;
  const section = scanSections(source).find(({ code }) => code === SECTION.applicationProperties);
  const parts: Buffer[] = [];
  let count = 0;
  eachPair(mapItems(source, section), (key, pair) => {
    if (Object.hasOwn(changes, key)) return;
    parts.push(pair);
    count += 2;
  });
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined || value === null) continue;
    parts.push(string(key), encodeValue(value));
    count += 2;
  }
  return mapSection(SECTION.applicationProperties, { count, bytes: Buffer.concat(parts) });
}

function renderHeader(sent: Record<string, unknown>, deliveryCount: number): Buffer {
  const ttl = typeof sent['ttl'] === 'number' ? sent['ttl'] : undefined;
  const priority = typeof sent['priority'] === 'number' ? sent['priority'] : 4;
  const ttlBytes = Buffer.alloc(ttl === undefined ? 1 : 5, 0x40);
  if (ttl !== undefined) {
    ttlBytes.writeUInt8(0x70, 0);
    ttlBytes.writeUInt32BE(ttl, 1);
  }
  // durable=false, priority, ttl, first-acquirer=false, delivery-count
  const count = Buffer.alloc(5, 0x70);
  count.writeUInt32BE(deliveryCount, 1);
  const items = Buffer.concat([Buffer.from([0x42, 0x50, priority]), ttlBytes, Buffer.from([0x42]), count]);
  return Buffer.concat([Buffer.from([0, 0x53, SECTION.header, 0xc0, items.length + 1, 5]), items]);
}

function renderAnnotations(sent: MapItems, fields: MessageFields, lockedUntil: number | undefined): Buffer {
  const parts: Buffer[] = [];
  eachPair(sent, (key, pair) => {
    if (!OWN.has(key)) parts.push(pair);
  });
  let count = parts.length * 2;
  const add = (name: string, value: Buffer) => {
    parts.push(KEYS[name]!, value);
    count += 2;
  };
  add(ANNOTATION.sequenceNumber, long(fields.sequenceNumber));
  add(ANNOTATION.enqueuedSequenceNumber, long(fields.enqueuedSequenceNumber));
  add(ANNOTATION.enqueuedTime, timestamp(fields.enqueuedAt));
  if (lockedUntil !== undefined) add(ANNOTATION.lockedUntil, timestamp(lockedUntil));
  if (fields.state !== STATE.active) add(ANNOTATION.state, smallInt(fields.state));
  if (fields.scheduledAt) add(ANNOTATION.scheduledTime, timestamp(fields.scheduledAt));
  if (fields.deadLetterSource) add(ANNOTATION.deadLetterSource, string(fields.deadLetterSource));
  return mapSection(SECTION.messageAnnotations, { count, bytes: Buffer.concat(parts) });
}
