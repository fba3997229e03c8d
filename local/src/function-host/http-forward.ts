// Hands a request on to the server of an app that streams, and its answer back as it comes.
import { once } from 'node:events';
import {
  request as httpRequest,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { TypedData } from './core-types.ts';
import { BodyTooLargeError, joinedHeaders, joinedQuery, upToLimit } from './http-message.ts';
import type { InvocationOutcome } from './invoker.ts';

export interface Forwarding {
  /** Where the app takes requests. */
  uri: string;
  /** By it the app tells which request is which invocation's. */
  invocationId: string;
  /** Runs the function; what it answers comes over `uri`. */
  invoke(this: void): Promise<InvocationOutcome>;
}

/** They are about one connection, and Node makes those of the other. @see https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const OF_ONE_CONNECTION = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Ends in one of these ways, each with no connection left to the app:
 * - the function answers: its status, its headers, and its body as fast as the client takes it;
 * - it returns nothing: 204;
 * - it throws before it answers: 500;
 * - it throws while its body is sent: the answer is cut, so that nobody takes it for whole;
 * - the client goes away: the function runs to its end, and nobody is answered.
 * @throws BodyTooLargeError, and what went wrong between host and app.
 */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  { uri, invocationId, invoke }: Forwarding,
): Promise<void> {
  const upstream = httpRequest(uri, {
    method: request.method ?? 'GET',
    path: url.pathname + url.search,
    headers: {
      ...forwarded(request.headers),
      // Without it Node would send the body of a DELETE as no body.
      ...(request.headers['transfer-encoding'] !== undefined && { 'transfer-encoding': 'chunked' }),
      'x-ms-invocation-id': invocationId,
      'x-forwarded-host': url.host,
      'x-forwarded-proto': 'http',
    },
    // A connection of its own: one that was kept could be closed by the app in this very moment.
    agent: false,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once('response', resolve).once('error', reject);
  });
  // Each of these is heard of in another way too.
  answered.catch(ignore);
  upstream.on('error', ignore);
  const letGo = (): void => void upstream.destroy();
  let invocationFailed = false;
  try {
    upstream.flushHeaders();
    await connected(upstream);
    // Only now, since the library waits for the request without an end.
    const invoked = invoke();
    invoked.catch(() => (invocationFailed = true));
    if (response.destroyed) letGo();
    else response.once('close', letGo);
    pipeline(request, upToLimit, upstream).catch((error: Error) => upstream.destroy(error));

    const nothing = invoked.then(({ returned }) => (returned ? answered : undefined));
    const answer = await Promise.race([answered, nothing]);
    if (!answer) {
      response.writeHead(204).end();
      return;
    }
    response.writeHead(answer.statusCode ?? 200, answer.statusMessage, forwarded(answer.headers));
    await Promise.all([pipeline(answer, response), invoked]);
  } catch (error) {
    if (response.destroyed && !(error instanceof BodyTooLargeError)) return;
    if (response.headersSent) response.destroy();
    else if (invocationFailed) response.writeHead(500).end(); // the reason is in the log, as in Azure
    if (!invocationFailed) throw error;
  } finally {
    letGo();
  }
}

/** What the library reads of a streamed request beside the request itself. */
export function streamMetadata(
  request: IncomingMessage,
  url: URL,
  parameters: Record<string, string>,
): Record<string, TypedData> {
  const query = joinedQuery(url);
  const metadata: Record<string, TypedData> = {};
  // So the app finds them among the parameters too; a key is none of its business.
  for (const [name, string] of Object.entries(query)) if (!/^code$/i.test(name)) metadata[name] = { string };
  for (const [name, string] of Object.entries(parameters)) metadata[name] = { string };
  return {
    ...metadata,
    Query: { json: JSON.stringify(query) },
    Headers: { json: JSON.stringify(joinedHeaders(request)) },
  };
}

/** Resolves when the app has been sent the head of the request. */
async function connected(upstream: ClientRequest): Promise<void> {
  const [socket] = (await once(upstream, 'socket')) as [NonNullable<ClientRequest['socket']>];
  if (socket.connecting) await once(socket, 'connect');
}

function forwarded(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ONE_CONNECTION.has(name)));
}

function ignore(): void {}
