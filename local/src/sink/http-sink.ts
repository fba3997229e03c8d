/** A small HTTP server for the sinks: routes by method and path, answers JSON, and fails on demand. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { harmed, type FaultPlan } from '../faults/fault-plan.ts';
import type { SinkFault } from '../faults/fault-schema.ts';

export interface SinkRequest {
  headers: IncomingHttpHeaders;
  query: URLSearchParams;
  body: Buffer;
}
export interface SinkReply {
  status: number;
  /** Sent as JSON, or as it is when it is text; nothing is sent when absent. */
  body?: unknown;
  headers?: Record<string, string>;
}
export type SinkHandler = (request: SinkRequest) => SinkReply | Promise<SinkReply>;

/** `failing` routes obey failNext; the others (for looking in) always answer. */
export interface SinkRoute {
  handle: SinkHandler;
  failing?: boolean;
}

export interface HttpSink {
  port: number;
  /** `http://host:port` */
  url: string;
  /** The next `times` (default 1) requests to a failing route are answered with `status` and keep nothing. 0 times ends it. */
  failNext(status: number, times?: number): void;
  close(): Promise<void>;
}

export interface HttpSinkOptions {
  /** 0 takes a free port. */
  port: number;
  host?: string;
  /** By `METHOD /path`. */
  routes: Record<string, SinkRoute>;
  /** The body of a failure asked for, by status; `{error}` when absent. */
  failureBody?: (status: number) => unknown;
  /** What is to go wrong with failing routes. */
  faults?: SinkFaults | undefined;
}

/** The faults that stand in all sinks, and which of them this one is. */
export interface SinkFaults {
  plan: FaultPlan<SinkFault>;
  sink: SinkFault['sink'];
}

/** Both Event Grid and SendGrid refuse far smaller bodies (1 MB and 30 MB); this only bounds memory. */
const MAX_BODY_BYTES = 31 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const reply404: SinkReply = { status: 404, body: { error: 'there is nothing at this address' } };

/** Reads what a request to POST /_control asks for: `{"status": 503, "times": 2}`. */
function readControl(body: Buffer): { status: number; times: number } | undefined {
  try {
    const { status, times = 1 } = JSON.parse(body.toString('utf8')) as { status?: unknown; times?: unknown };
    if (typeof status !== 'number' || !Number.isInteger(status) || status < 400 || status > 599)
      return undefined;
    if (typeof times !== 'number' || !Number.isInteger(times) || times < 0) return undefined;
    return { status, times };
  } catch {
    return undefined;
  }
}

/**
 * Listens on `host` (default 127.0.0.1). Besides the routes, `POST /_control` with `{"status", "times"}` does what failNext does.
 * @throws the listen error (EADDRINUSE) when the port is taken.
 */
export async function startHttpSink(options: HttpSinkOptions): Promise<HttpSink> {
  const {
    host = '127.0.0.1',
    routes,
    faults,
    failureBody = (status) => ({ error: `asked to fail with ${status}` }),
  } = options;
  let failure = { status: 500, times: 0 };

  /** Undefined when the connection is to be closed instead. */
  const answer = async (request: IncomingMessage): Promise<SinkReply | undefined> => {
    const url = new URL(request.url ?? '/', 'http://sink');
    const key = `${request.method} ${url.pathname}`;
    const body = await readBody(request);
    if (!body) return { status: 413, body: { error: 'the body is too large' } };
    if (key === 'POST /_control') {
      const asked = readControl(body);
      if (!asked) return { status: 400, body: { error: 'send {"status": 400..599, "times": 0 or more}' } };
      failure = asked;
      return { status: 204 };
    }
    const route = routes[key];
    if (!route) return reply404;
    if (route.failing && failure.times > 0) {
      failure = { ...failure, times: failure.times - 1 };
      return { status: failure.status, body: failureBody(failure.status) };
    }
    const handle = async (): Promise<SinkReply> =>
      route.handle({ headers: request.headers, query: url.searchParams, body });
    const order = route.failing ? faults?.plan.take(({ sink }) => sink === faults.sink) : undefined;
    if (!faults || !order) return handle();
    return harmed(faults.plan, order.fault, ({ status }) => ({ status, body: failureBody(status) }), handle);
  };

  const server = createServer((request, response) => {
    void answer(request)
      .catch((error: unknown) => {
        console.error(JSON.stringify({ level: 'error', message: 'sink failed', error: String(error) }));
        return {
          status: 500,
          body: { error: 'the sink could not keep it; see its log' },
        } satisfies SinkReply;
      })
      .then((reply: SinkReply | undefined) => {
        if (!reply) return void request.socket.destroy();
        const { status, body, headers = {} } = reply;
        const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
        const type =
          typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
        response.writeHead(status, { ...(text && { 'content-type': type }), ...headers });
        return void response.end(text);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host}:${port}`,
    failNext: (status, times = 1) => {
      failure = { status, times };
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
