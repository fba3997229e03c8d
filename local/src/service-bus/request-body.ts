/** Reads the fields of a management request's body, and refuses by name what is missing or of another type. */
import { BrokerError } from './errors.ts';

export type Body = Record<string, unknown>;

const wrong = (field: string, what: string) =>
  new BrokerError('amqp:invalid-field', `'${field}' is not ${what}`);

/** Arrays of one are told from single values by nobody: both are given as lists. */
function list(body: Body, field: string): unknown[] {
  const value = body[field];
  if (value === undefined || value === null) throw wrong(field, 'set');
  return Array.isArray(value) ? value : [value];
}

/** rhea hands over a 64-bit integer that is no safe one as its 8 bytes. */
export function numbers(body: Body, field: string): number[] {
  return list(body, field).map((value) => {
    const number =
      Buffer.isBuffer(value) && value.length === 8 ? Number(value.readBigInt64BE()) : Number(value);
    if (!Number.isFinite(number)) throw wrong(field, 'a number');
    return number;
  });
}

export function buffers(body: Body, field: string): Buffer[] {
  return list(body, field).map((value) => {
    if (!Buffer.isBuffer(value)) throw wrong(field, 'binary');
    return value;
  });
}

export function text(body: Body, field: string): string {
  const value = body[field];
  if (typeof value !== 'string') throw wrong(field, 'a string');
  return value;
}

export function optionalText(body: Body, field: string): string | undefined {
  const value = body[field];
  return value === undefined || value === null ? undefined : text(body, field);
}
