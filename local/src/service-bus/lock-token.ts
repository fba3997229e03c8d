/** Makes lock tokens and the delivery tags that carry them. */
import { randomBytes } from 'node:crypto';

// A random half per process: a token of an earlier life of the broker is never taken for one of this.
const prefix = randomBytes(8);
let counter = 0n;

/** 16 bytes, in the byte order of RFC 9562 (the order management operations use). */
export function newLockToken(): Buffer {
  const token = Buffer.allocUnsafe(16);
  prefix.copy(token);
  token.writeBigUInt64BE(++counter, 8);
  return token;
}

/**
 * The delivery tag for a token: the bytes of a .NET Guid, which stores its first three groups little-endian. The SDK
 * undoes the same swap (`reorderLockToken` in @azure/service-bus src/util/utils.ts).
 */
export function deliveryTag(token: Buffer): Buffer {
  const tag = Buffer.from(token);
  tag.subarray(0, 4).reverse();
  tag.subarray(4, 6).reverse();
  tag.subarray(6, 8).reverse();
  return tag;
}
