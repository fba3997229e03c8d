/** The one place where answers of the API get their headers: security, caching and compression, for errors too. */
import { Readable, pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import type { HttpResponseInit } from '@azure/functions';

export interface Answer {
  status: number;
  /** Media type. */
  type: string;
  /** Text, or pieces of text that are sent as they come; nothing with 304. */
  body?: string | AsyncIterable<string>;
  etag?: string | undefined;
  headers?: Record<string, string>;
}

/** Nothing that the API answers is to be run, framed or guessed at. */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Smaller bodies fit into one packet anyway. */
const LEAST_BYTES = 1024;
/** A body of 5 MB takes 0.1 s; at the default of 11 it takes ten. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
const brotlied = promisify(brotliCompress);
const gzipped = promisify(gzip);

type Encoding = 'br' | 'gzip';

/** The best encoding that a client takes. @param accepted the header Accept-Encoding. */
export function encodingFor(accepted: string | null): Encoding | undefined {
  const refused = (item: string): boolean => /;\s*q=0(\.0*)?\s*$/.test(item);
  const taken = new Set(
    (accepted ?? '')
      .toLowerCase()
      .split(',')
      .filter((item) => !refused(item))
      .map((item) => item.split(';')[0]!.trim()),
  );
  return (['br', 'gzip'] as const).find((encoding) => taken.has(encoding));
}

/** @param accepted the header Accept-Encoding of the request. */
export async function respond(accepted: string | null, answer: Answer): Promise<HttpResponseInit> {
  const { status, type, body, etag } = answer;
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    'cache-control': 'private, no-cache',
    vary: 'accept, accept-encoding',
    ...(etag !== undefined && { etag }),
    ...answer.headers,
  };
  if (body === undefined) return { status, headers };
  headers['content-type'] = type;
  const isSmall = typeof body === 'string' && Buffer.byteLength(body) <= LEAST_BYTES;
  const encoding = isSmall ? undefined : encodingFor(accepted);
  if (encoding !== undefined) headers['content-encoding'] = encoding;
  return { status, headers, body: await encoded(body, encoding) };
}

async function encoded(
  body: string | AsyncIterable<string>,
  encoding: Encoding | undefined,
): Promise<string | Uint8Array | Readable> {
  if (typeof body === 'string')
    return encoding === undefined ? body : encoding === 'br' ? brotlied(body, BROTLI) : gzipped(body);
  const pieces = Readable.from(utf8(body), { objectMode: false });
  if (encoding === undefined) return pieces;
  // An error of the rows ends the answer; whoever reads it sees that it was cut.
  return pipeline(pieces, encoding === 'br' ? createBrotliCompress(BROTLI) : createGzip(), () => undefined);
}

async function* utf8(pieces: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece);
}
