/** The GitHub simulator: an HTTP server that answers GraphQL as api.github.com does, from an invented world. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { Agenda } from './agenda.ts';
import { installationOf, issueToken } from './app-endpoint.ts';
import { CallLog, type CallReport } from './call-log.ts';
import { happenAtCall, orderEvents, orderFaults } from './carry-out.ts';
import type { AppGiven, CredentialGiven } from './credential-schema.ts';
import { Credentials } from './credentials.ts';
import { answer, type EndpointOptions, type Outcome } from './endpoint.ts';
import { Faults } from './faults.ts';
import { hash, textHash } from './hash.ts';
import { GITHUB_LATENCY, type LatencyModel } from './latency.ts';
import { Limits } from './limits.ts';
import { githubSchema, queryDocuments } from './query-document.ts';
import type { Orders } from './order-schema.ts';
import { notFound, type Reply } from './reply.ts';
import { truthOf, type TruthRow } from './truth.ts';
import type { WorldOptions } from './world-plan.ts';
import { createWorld, type World } from './world.ts';

export interface GithubOptions {
  readonly world: WorldOptions;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** `github` lets requests take GitHub's time (latency.ts); the default takes none. */
  readonly latency?: 'none' | 'github';
  /** `github` enforces points, secondary limits and what one query may ask; the default only counts. */
  readonly limits?: 'none' | 'github';
  /** What of the latency is not as by default (latency.ts). */
  readonly latencyModel?: Partial<LatencyModel>;
  /** `allowed` answers the connection `stargazers`, as GitHub did until July 2026; withheld by default. */
  readonly stargazers?: 'withheld' | 'allowed';
  /**
   * Real seconds for each second of GitHub's, 1 by default: of its answers, and of the minutes and hours of its limits.
   * What GitHub announces (retry-after, reset) is in real seconds, rounded up and at least 1.
   */
  readonly latencyScale?: number;
  readonly pointsPerHour?: number;
  /** GraphQL server seconds that GitHub allows in a second; see limits.ts. */
  readonly computeSeconds?: number;
  /** Tokens accepted beside those of credentials; without any all are but those that begin with `bad`. */
  readonly tokens?: readonly string[];
  /** Tokens with a name, a budget and a view of their own. */
  readonly credentials?: readonly CredentialGiven[];
  readonly apps?: readonly AppGiven[];
  /** Who may ask, what happens, and which answers fail, before the first request. */
  readonly orders?: Partial<Orders>;
}

export interface Oracle {
  truth(): Iterable<TruthRow>;
  calls(): CallReport;
  resetCalls(): void;
}

export interface Github {
  readonly port: number;
  /** The GraphQL endpoint. */
  readonly url: string;
  readonly world: World;
  readonly faults: Faults;
  readonly oracle: Oracle;
  close(): Promise<void>;
}

const REQUEST_ID = textHash('request-id');
const TRUTH_CHUNK = 500;

function requestId(seed: number, number: number): string {
  const part = (n: number) => hash(seed, REQUEST_ID, number, n).toString(16).toUpperCase();
  return [part(0).slice(0, 4), part(1).slice(0, 6), part(2), part(3), part(4)].join(':');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Pauses after each chunk, so that a long stream does not keep requests waiting. */
async function* truthLines(world: World): AsyncIterable<string> {
  let lines: string[] = [];
  for (const row of truthOf(world)) {
    lines.push(`${JSON.stringify(row)}\n`);
    if (lines.length < TRUTH_CHUNK) continue;
    yield lines.join('');
    lines = [];
    await breathe();
  }
  yield lines.join('');
}

/**
 * Starts the simulator. It listens at once; the schema is read right after, or by the first request.
 * @throws WorldError when an ordered event cannot happen.
 */
export async function startGithub(options: GithubOptions): Promise<Github> {
  const world = createWorld(options.world);
  const faults = new Faults(world.seed);
  const agenda = new Agenda();
  const calls = new CallLog();
  const { orders = {}, tokens } = options;
  const credentials = new Credentials({
    credentials: [...(options.credentials ?? []), ...(orders.credentials ?? [])],
    apps: [...(options.apps ?? []), ...(orders.apps ?? [])],
    ...(tokens && { tokens }),
  });
  const stage = { world, credentials };
  orderEvents(stage, agenda, orders.events ?? []);
  orderFaults(faults, orders.faults ?? []);
  const { seed } = world;
  const { pointsPerHour, computeSeconds, latencyScale = 1 } = options;
  const stopped = new AbortController();
  let requests = 0;
  let endpoint: EndpointOptions | undefined;

  function prepared(): EndpointOptions {
    if (endpoint) return endpoint;
    const schema = githubSchema();
    const now = Date.now;
    endpoint = {
      world,
      schema,
      documents: queryDocuments(schema),
      limits: new Limits({
        mode: options.limits ?? 'none',
        pointsPerHour,
        computeSeconds,
        timeScale: latencyScale,
        budgetOf: (token) => credentials.budget(token),
        seed,
        now,
      }),
      faults,
      calls,
      onCall: (kind) => happenAtCall(stage, agenda.due(kind)),
      timeScale: options.latency === 'github' ? latencyScale : 0,
      latency: { ...GITHUB_LATENCY, ...options.latencyModel },
      showsStargazers: options.stargazers === 'allowed',
      limitsResources: options.limits === 'github',
      credentials,
      now,
    };
    return endpoint;
  }

  async function graphql(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const number = requests++;
    const id = requestId(seed, number);
    const body = await bodyOf(request);
    // A client that gave up a call and asks again has ended the first one, and both may be read in one turn of the event
    // loop, which tells of closed connections last.
    await breathe();
    await breathe();
    const { authorization, 'user-agent': userAgent } = request.headers;
    const outcome = answer(prepared(), { authorization, userAgent, body, requestId: id, number });
    response.on('close', () => outcome.end(true));
    if (outcome.seconds > 0) {
      const wait = outcome.seconds * 1000;
      await sleep(wait, undefined, { signal: stopped.signal, ref: false }).catch(() => response.destroy());
    }
    deliver(request, response, outcome, { 'x-github-request-id': id });
  }

  /** A call ends just before its reply leaves: once the client sees the reply it may make the next one. */
  function deliver(
    request: IncomingMessage,
    response: ServerResponse,
    { reply, connection, end }: Outcome,
    headers: Record<string, string>,
  ): void {
    if (response.destroyed || connection === 'hang') return;
    end(connection !== 'reply');
    if (connection === 'reset') {
      request.socket.resetAndDestroy();
    } else if (connection === 'cut') {
      const text = Buffer.from(reply.body);
      response.writeHead(reply.status, { ...headers, ...reply.headers, 'content-length': text.length });
      response.write(text.subarray(0, text.length >> 1), () => request.socket.destroy());
    } else send(response, { ...reply, headers: { ...headers, ...reply.headers } });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const path = (request.url ?? '').replace(/\?.*$/, '');
    if (path === '/graphql' || path === '/api/graphql') {
      if (method === 'POST') return graphql(request, response);
    } else if (method === 'GET' && path === '/_simulator/truth') {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      return pipeline(Readable.from(truthLines(world)), response);
    } else if (path.startsWith('/_simulator/')) {
      const { control } = await import('./control.ts');
      const reply = control({ ...stage, agenda, faults, calls }, method, path, await bodyOf(request));
      const headers = { 'content-type': 'application/json; charset=utf-8' };
      return send(response, { status: reply.status, headers, body: JSON.stringify(reply.body) });
    }
    const installation = method === 'POST' ? installationOf(path) : undefined;
    if (installation === undefined) return send(response, notFound);
    const { authorization = '', 'user-agent': userAgent = '' } = request.headers;
    const body = await bodyOf(request);
    send(response, issueToken(credentials, installation, { authorization, userAgent, body }, Date.now()));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A client that goes away in the middle of a body is no failure of the simulator.
      if (request.destroyed && !request.complete) return;
      const message = `The GitHub simulator failed: ${error instanceof Error ? error.stack : String(error)}`;
      if (response.headersSent) response.destroy();
      else send(response, { status: 500, headers: {}, body: JSON.stringify({ message }) });
    });
  });
  // Clients keep connections for later; closing one just as it is used again would look like a fault nobody ordered.
  server.keepAliveTimeout = 120_000;
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const warmUp = setImmediate(prepared);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host}:${port}/graphql`,
    world,
    faults,
    oracle: { truth: () => truthOf(world), calls: () => calls.report(), resetCalls: () => calls.reset() },
    async close() {
      clearImmediate(warmUp);
      stopped.abort();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}
