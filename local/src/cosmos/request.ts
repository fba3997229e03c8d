/** An HTTP request as the routes see it: its path in segments, its headers, its body parsed when asked for. */
import type { IncomingHttpHeaders } from 'node:http';
import { badRequest, type CosmosError } from './cosmos-error.ts';
import { keyFromHeader } from './partition-key.ts';

/** By place in a bulk request: operations that are answered so and not carried out. */
export type Refused = ReadonlyMap<number, CosmosError>;

export interface CosmosRequest {
  method: string;
  /** Decoded, without empty ones. */
  segments: string[];
  headers: IncomingHttpHeaders;
  /** UTF-8 length of the body. */
  bodyBytes: number;
  /** Throws 400 when the body is not JSON. */
  body(): unknown;
  refused?: Refused | undefined;
}

export function makeRequest(
  method: string,
  url: string,
  headers: IncomingHttpHeaders,
  content: Buffer,
): CosmosRequest {
  const path = url.split('?', 1)[0]!;
  let segments: string[];
  try {
    segments = path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    throw badRequest('The path of the request is not valid.');
  }
  return {
    method,
    segments,
    headers,
    bodyBytes: content.length,
    body() {
      try {
        return JSON.parse(content.toString());
      } catch {
        throw badRequest('The request payload is invalid. Ensure to provide a valid request payload.');
      }
    },
  };
}

export function header(request: CosmosRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

export function isTrue(request: CosmosRequest, name: string): boolean {
  return header(request, name)?.toLowerCase() === 'true';
}

/** The partition key of the request as it is stored, or undefined when the request has none. */
export function keyOfRequest(request: CosmosRequest): string | undefined {
  const value = header(request, 'x-ms-documentdb-partitionkey');
  return value === undefined ? undefined : keyFromHeader(value);
}
