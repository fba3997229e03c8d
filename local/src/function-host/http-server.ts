// Serves the http functions of the app, and the two admin calls that a person needs on one machine.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isOpenTo } from './function-keys.ts';
import { forward, streamMetadata } from './http-forward.ts';
import { BodyTooLargeError, readBody, toHttpData, writeResponse } from './http-message.ts';
import { compareRoutes, matchRoute } from './http-route.ts';
import type { HttpEndpoint } from './http-trigger.ts';
import type { InvocationInput, InvocationOutcome } from './invoker.ts';
import { messageOf } from './problems.ts';
import type { Logger } from './log.ts';

export interface HttpServerOptions {
  endpoints: HttpEndpoint[];
  invoke(functionName: string, input: InvocationInput): Promise<InvocationOutcome>;
  /** Where the app takes requests itself, when it streams. */
  streamUri?: string;
  /** Runs a timer function now; false when there is no such timer. */
  runTimer(functionName: string): boolean;
  logger: Logger;
}

export interface RunningHttpServer {
  port: number;
  /** Takes no new requests; resolves when the open ones are answered. */
  stop(): Promise<void>;
  /** Cuts what is still open. */
  close(): void;
}

/** Listens on 127.0.0.1; `port` 0 takes a free one. Rejects when the port is taken. */
export async function startHttpServer(port: number, options: HttpServerOptions): Promise<RunningHttpServer> {
  const endpoints = options.endpoints.toSorted((a, b) => compareRoutes(a.route, b.route));
  let stopping = false;
  const server = createServer((request, response) => {
    // A kept connection would hold up the stop for seconds after its last answer.
    response.once('close', () => stopping && setImmediate(() => server.closeIdleConnections()));
    answer(request, response, { ...options, endpoints }).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(error instanceof BodyTooLargeError ? 413 : 500);
      response.end();
      options.logger.host('error', 'An HTTP request failed', { url: request.url, error: messageOf(error) });
    });
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        stopping = true;
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
    close: () => server.closeAllConnections(),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions,
): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
  const path = url.pathname.slice(1);
  if (path.startsWith('admin/')) return answerAdmin(request, response, path, options);
  const method = request.method ?? 'GET';
  let known = false;
  for (const endpoint of options.endpoints) {
    const parameters = matchRoute(endpoint.route, path);
    if (!parameters) continue;
    known = true;
    if (endpoint.methods.size > 0 && !endpoint.methods.has(method)) continue;
    if (!isOpenTo(request, url, endpoint.keys)) {
      response.writeHead(401).end();
      return;
    }
    const traceParent = request.headers['traceparent'];
    const trace = typeof traceParent === 'string' && {
      traceContext: { traceParent, traceState: '', attributes: {} },
    };
    if (options.streamUri !== undefined) {
      const invocationId = randomUUID();
      const triggerMetadata = streamMetadata(request, url, parameters);
      const input = { invocationId, data: { http: {} }, triggerMetadata, ...trace };
      const invoke = (): Promise<InvocationOutcome> => options.invoke(endpoint.functionName, input);
      return forward(request, response, url, { uri: options.streamUri, invocationId, invoke });
    }
    const body = await readBody(request);
    const input = { data: { http: toHttpData(request, url, parameters, body) }, ...trace };
    let result: InvocationOutcome;
    try {
      result = await options.invoke(endpoint.functionName, input);
    } catch {
      response.writeHead(500).end(); // the reason is in the log, as in Azure
      return;
    }
    writeResponse(response, result);
    return;
  }
  response.writeHead(known ? 405 : 404).end();
}

/** `GET /admin/host/status` and `POST /admin/functions/<timer>`: same paths as Azure, without its master key. */
async function answerAdmin(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  options: HttpServerOptions,
): Promise<void> {
  if (path === 'admin/host/status' && request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"state":"Running"}');
    return;
  }
  const name = /^admin\/functions\/([^/]+)$/.exec(path)?.[1];
  await readBody(request);
  const ran = name !== undefined && request.method === 'POST' && options.runTimer(decodeURIComponent(name));
  response.writeHead(ran ? 202 : 404).end();
}
