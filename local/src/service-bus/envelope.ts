/** Reads from an encoded message what the broker must know to enqueue it. */
import { randomUUID } from 'node:crypto';
import rhea from 'rhea';
import {
  dataSections,
  eachPair,
  mapItems,
  scanSections,
  SECTION,
  skipValue,
  type Section,
} from './amqp-sections.ts';
import { listSection, string } from './amqp-values.ts';
import { BrokerError, sizeExceeded } from './errors.ts';

/** The largest message of the Standard tier: 256 KB. https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** The message format of a transfer that holds one whole message in each data section. */
export const BATCH_FORMAT = 0x80013700;

// The last moment that a Date can hold.
const LATEST = 8.64e15;

export interface Envelope {
  /** The encoded message, with a message id added where the sender set none. */
  readonly raw: Buffer;
  readonly messageId: string;
  readonly sessionId: string | undefined;
  /** Ms since the epoch; 0: at once. */
  readonly scheduledAt: number;
  /** Ms; undefined: the queue's. */
  readonly timeToLive: number | undefined;
}

/** Takes a transfer apart into its messages. Throws BrokerError for what is not a message or is too large. */
export function readTransfer(bytes: Buffer, format: number): Envelope[] {
  if (format === BATCH_FORMAT) return dataSections(bytes).map(readEnvelope);
  return [readEnvelope(bytes)];
}

export function readEnvelope(bytes: Buffer): Envelope {
  if (bytes.length > MAX_MESSAGE_BYTES) throw sizeExceeded(bytes.length, MAX_MESSAGE_BYTES);
  const sections = scanSections(bytes);
  const find = (code: number) => sections.find((section) => section.code === code);
  const header = decodeSection(bytes, find(SECTION.header));
  const propertiesSection = find(SECTION.properties);
  const properties = decodeSection(bytes, propertiesSection);
  const sentId = properties['message_id'];
  const sessionId = properties['group_id'];
  const messageId = sentId === undefined ? randomUUID().replaceAll('-', '') : idText(sentId);
  return {
    // Copied: a slice would keep the whole network buffer alive.
    raw:
      sentId === undefined
        ? withMessageId(bytes, sections, propertiesSection, messageId)
        : Buffer.from(bytes),
    messageId,
    sessionId: typeof sessionId === 'string' ? sessionId : undefined,
    scheduledAt: scheduledEnqueueTime(bytes, find(SECTION.messageAnnotations)),
    timeToLive: typeof header['ttl'] === 'number' ? header['ttl'] : undefined,
  };
}

/** An id may also be a number, or the bytes of a UUID or a binary. */
function idText(id: unknown): string {
  if (typeof id === 'string') return id;
  return Buffer.isBuffer(id) ? id.toString('hex') : JSON.stringify(id);
}

/** The header or properties section by field name, as rhea decodes it. */
export function decodeSection(bytes: Buffer, section: Section | undefined): Record<string, unknown> {
  if (!section) return {};
  try {
    return { ...rhea.message.decode(bytes.subarray(section.start, section.end)) };
  } catch (error) {
    throw new BrokerError('amqp:decode-error', `Not an AMQP message: ${String(error)}`, { cause: error });
  }
}

function scheduledEnqueueTime(bytes: Buffer, annotations: Section | undefined): number {
  let at = 0;
  eachPair(mapItems(bytes, annotations), (key, _pair, value) => {
    if (key === 'x-opt-scheduled-enqueue-time' && value.length === 9)
      at = Math.min(Number(value.readBigInt64BE(1)), LATEST);
  });
  return at;
}

/** The service gives every message an id; the SDK's lock renewer cannot do without one. */
function withMessageId(
  bytes: Buffer,
  sections: Section[],
  properties: Section | undefined,
  messageId: string,
): Buffer {
  const { count, rest } = fieldsAfterFirst(bytes, properties);
  const section = listSection(SECTION.properties, Math.max(count, 1), string(messageId), rest);
  if (properties) {
    return Buffer.concat([bytes.subarray(0, properties.start), section, bytes.subarray(properties.end)]);
  }
  const before = sections.filter(({ code }) => code < SECTION.properties).at(-1)?.end ?? 0;
  return Buffer.concat([bytes.subarray(0, before), section, bytes.subarray(before)]);
}

function fieldsAfterFirst(bytes: Buffer, list: Section | undefined): { count: number; rest: Buffer } {
  const empty = { count: 0, rest: Buffer.alloc(0) };
  const code = list && bytes.readUInt8(list.value);
  if (!list || code === 0x45) return empty;
  const short = code === 0xc0;
  const count = short ? bytes.readUInt8(list.value + 2) : bytes.readUInt32BE(list.value + 5);
  if (count === 0) return empty;
  const first = list.value + (short ? 3 : 9);
  return { count, rest: bytes.subarray(skipValue(bytes, first), list.end) };
}
