/** Encodes the few AMQP values that the broker adds to messages and replies. */
import rhea from 'rhea';
import type { MapItems } from './amqp-sections.ts';

// .NET ticks (100 ns since year 1) of the Unix epoch: session expiry is given in ticks.
const EPOCH_TICKS = 621355968000000000n;

export function symbol(text: string): Buffer {
  const bytes = Buffer.from(text, 'ascii');
  return Buffer.concat([Buffer.from([0xa3, bytes.length]), bytes]);
}

export function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length < 256) return Buffer.concat([Buffer.from([0xa1, bytes.length]), bytes]);
  const head = Buffer.allocUnsafe(5);
  head.writeUInt8(0xb1, 0);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function int64(code: number, value: number): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  bytes.writeUInt8(code, 0);
  bytes.writeBigInt64BE(BigInt(value), 1);
  return bytes;
}

export const long = (value: number) => int64(0x81, value);

/** `milliseconds` since the Unix epoch. */
export const timestamp = (milliseconds: number) => int64(0x83, milliseconds);

export const smallInt = (value: number) => Buffer.from([0x54, value]);

/** A map section with these encoded items. */
export function mapSection(code: number, items: MapItems): Buffer {
  const head = Buffer.allocUnsafe(12);
  head.set([0, 0x53, code, 0xd1]);
  head.writeUInt32BE(4 + items.bytes.length, 4);
  head.writeUInt32BE(items.count, 8);
  return Buffer.concat([head, items.bytes]);
}

/** A list section with these encoded items. */
export function listSection(code: number, count: number, ...items: Buffer[]): Buffer {
  const bytes = Buffer.concat(items);
  const head = Buffer.allocUnsafe(12);
  head.set([0, 0x53, code, 0xd0]);
  head.writeUInt32BE(4 + bytes.length, 4);
  head.writeUInt32BE(count, 8);
  return Buffer.concat([head, bytes]);
}

/** Encodes a decoded value again, by the type that suits it (a value that kept its AMQP type keeps it). */
export function encodeValue(value: unknown): Buffer {
  const writer = newWriter();
  writer.write(rhea.types.wrap(value));
  return writer.toBuffer();
}

/** Milliseconds since the Unix epoch as an AMQP long of .NET ticks. */
export function ticks(milliseconds: number): unknown {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(BigInt(milliseconds) * 10000n + EPOCH_TICKS);
  return rhea.types.wrap_long(bytes);
}

function newWriter(): { write(value: unknown): void; toBuffer(): Buffer } {
  // rhea's typings leave the Writer class out of `types`
  const { Writer } = rhea.types as unknown as { Writer: new () => ReturnType<typeof newWriter> };
  return new Writer();
}
