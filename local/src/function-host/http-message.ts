// An HTTP request as the host gives it to the worker, and the worker's answer as an HTTP response.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpCookie, HttpData, InvocationResponse } from './core-types.ts';

/** The host's default limit, FUNCTIONS_REQUEST_BODY_SIZE_LIMIT. */
const BODY_LIMIT_BYTES = 104_857_600;

export class BodyTooLargeError extends Error {
  readonly code = 'BodyTooLarge';

  constructor() {
    super(`The request body is larger than ${BODY_LIMIT_BYTES} bytes.`);
    this.name = 'BodyTooLargeError';
  }
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of upToLimit(request)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The same pieces; throws BodyTooLargeError where they become too many. */
export async function* upToLimit(body: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of body) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > BODY_LIMIT_BYTES) throw new BodyTooLargeError();
    yield bytes;
  }
}

export function toHttpData(
  request: IncomingMessage,
  url: URL,
  parameters: Record<string, string>,
  body: Buffer,
): HttpData {
  return {
    method: request.method ?? 'GET',
    url: url.href,
    nullableHeaders: nullable(joinedHeaders(request)),
    nullableQuery: nullable(joinedQuery(url)),
    nullableParams: nullable(parameters),
    body: { bytes: body },
  };
}

export function joinedHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return headers;
}

/** A name that comes twice is one text joined by commas, as .NET's StringValues prints it. */
export function joinedQuery({ searchParams }: URL): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of new Set(searchParams.keys())) query[name] = searchParams.getAll(name).join(',');
  return query;
}

function nullable(values: Record<string, string>): Record<string, { value: string }> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}

/** A function that returned nothing answers 204, as the host does. */
export function writeResponse(response: ServerResponse, result: InvocationResponse): void {
  const http = result.returnValue?.http;
  if (!http) {
    response.writeHead(204).end();
    return;
  }
  response.statusCode = Number(http.statusCode ?? 200);
  for (const [name, value] of Object.entries(http.headers ?? {})) response.setHeader(name, value);
  const cookies = (http.cookies ?? []).map(cookieText);
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  response.end(http.body?.bytes ?? undefined);
}

function cookieText(cookie: HttpCookie): string {
  const parts = [`${cookie.name ?? ''}=${encodeURIComponent(cookie.value ?? '')}`];
  if (cookie.maxAge?.value !== undefined) parts.push(`max-age=${cookie.maxAge.value}`);
  const expires = cookie.expires?.value?.seconds;
  if (expires !== undefined) parts.push(`expires=${new Date(expires * 1000).toUTCString()}`);
  if (cookie.domain?.value !== undefined) parts.push(`domain=${cookie.domain.value}`);
  parts.push(`path=${cookie.path?.value ?? '/'}`);
  if (cookie.secure?.value) parts.push('secure');
  if (cookie.httpOnly?.value) parts.push('httponly');
  const sameSite = cookie.sameSite === 'explicitNone' ? 'none' : cookie.sameSite;
  if (sameSite !== undefined && cookie.sameSite !== 'none') parts.push(`samesite=${sameSite}`);
  return parts.join('; ');
}
