/**
 * Finds the sections of an encoded AMQP message without decoding them, so that what a sender encoded reaches the
 * receiver with its types untouched. Layout: OASIS AMQP 1.0, part 1 section 1.2 (encodings) and part 3 section 3.2.
 */
import { BrokerError } from './errors.ts';

export const SECTION = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  sequence: 0x76,
  value: 0x77,
  footer: 0x78,
} as const;

/** Byte offsets of one section: its descriptor starts at `start`, its value at `value`, and it ends before `end`. */
export interface Section {
  readonly code: number;
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

/** The items of an encoded map: how many (keys and values), and their bytes. */
export interface MapItems {
  readonly count: number;
  readonly bytes: Buffer;
}

const FIXED_WIDTH = [0, 1, 2, 4, 8, 16];

/** Returns the offset behind the AMQP value that starts at `at`. */
export function skipValue(bytes: Buffer, at: number): number {
  const code = bytes.readUInt8(at);
  if (code === 0x00) return skipValue(bytes, skipValue(bytes, at + 1));
  const category = code >> 4;
  const width = FIXED_WIDTH[category - 4];
  if (width !== undefined) return at + 1 + width;
  if (category === 0xa || category === 0xc || category === 0xe) return at + 2 + bytes.readUInt8(at + 1);
  if (category === 0xb || category === 0xd || category === 0xf) return at + 5 + bytes.readUInt32BE(at + 1);
  throw new RangeError(`unknown type code 0x${code.toString(16)} at byte ${at}`);
}

/** Lists the sections in the order sent; a body of several data sections yields several entries. */
export function scanSections(bytes: Buffer): Section[] {
  const sections: Section[] = [];
  try {
    let at = 0;
    while (at < bytes.length) {
      if (bytes.readUInt8(at) !== 0) throw new RangeError(`no section at byte ${at}`);
      const long = bytes.readUInt8(at + 1) === 0x80;
      const code = bytes.readUInt8(at + (long ? 9 : 2));
      const value = at + (long ? 10 : 3);
      const end = skipValue(bytes, value);
      if (end > bytes.length) throw new RangeError(`the section at byte ${at} is cut short`);
      sections.push({ code, start: at, value, end });
      at = end;
    }
  } catch (error) {
    throw new BrokerError('amqp:decode-error', `Not an AMQP message: ${String(error)}`, { cause: error });
  }
  return sections;
}

/** Reads the items of a map value; anything but a map counts as an empty one. */
export function mapItems(bytes: Buffer, section: Section | undefined): MapItems {
  if (section) {
    const code = bytes.readUInt8(section.value);
    if (code === 0xc1) {
      return {
        count: bytes.readUInt8(section.value + 2),
        bytes: bytes.subarray(section.value + 3, section.end),
      };
    }
    if (code === 0xd1) {
      const count = bytes.readUInt32BE(section.value + 5);
      return { count, bytes: bytes.subarray(section.value + 9, section.end) };
    }
  }
  return { count: 0, bytes: Buffer.alloc(0) };
}

/** Calls `visit` for each pair of an encoded map whose keys are strings or symbols: key, whole pair, value alone. */
export function eachPair(items: MapItems, visit: (key: string, pair: Buffer, value: Buffer) => void): void {
  const { bytes } = items;
  let at = 0;
  while (at < bytes.length) {
    const keyText = at + (bytes.readUInt8(at) >> 4 === 0xa ? 2 : 5);
    const keyEnd = skipValue(bytes, at);
    const end = skipValue(bytes, keyEnd);
    visit(bytes.toString('utf8', keyText, keyEnd), bytes.subarray(at, end), bytes.subarray(keyEnd, end));
    at = end;
  }
}

/** Returns the content of every data section, without copying: a batch carries one whole message in each. */
export function dataSections(bytes: Buffer): Buffer[] {
  return scanSections(bytes)
    .filter((section) => section.code === SECTION.data)
    .map(({ value, end }) => bytes.subarray(value + (bytes.readUInt8(value) === 0xa0 ? 2 : 5), end));
}
