/** The embedded Cosmos DB (NoSQL API): an HTTP server that the unmodified @azure/cosmos SDK speaks to. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Catalog } from './catalog.ts';
import { roundCharge } from './charge-table.ts';
import type { ContainerStats } from './container.ts';
import { CosmosError, tooLarge } from './cosmos-error.ts';
import { isDiskFull } from '../faults/fault-schema.ts';
import { answerWithFaults, type CosmosFaults } from './request-faults.ts';
import { GroupCommit } from './group-commit.ts';
import { registerSqlFunctions } from './query/sql-functions.ts';
import type { Reply } from './reply.ts';
import { makeRequest } from './request.ts';
import { route, type Account } from './routes.ts';
import { openStore } from './store.ts';

export interface CosmosOptions {
  /** Path of the SQLite file; created when missing. One process alone may have it open. */
  dataFile: string;
  /** 0, the default, takes any free port. */
  port?: number;
  host?: string;
  /** Request units per second of each container that has no throughput of its own or of its database; default no limit. */
  serverlessThroughput?: number;
  /** Wall clock in milliseconds, for _ts and time to live. */
  now?: () => number;
  /** Monotonic clock in milliseconds, for throughput. */
  monotonicMs?: () => number;
  /** What is to go wrong with requests about items. */
  faults?: CosmosFaults | undefined;
}

export interface CosmosServer {
  port: number;
  /** `http://127.0.0.1:<port>/` */
  endpoint: string;
  key: string;
  /** `AccountEndpoint=...;AccountKey=...;` */
  connectionString: string;
  /** By `<database>/<container>`, since this start. */
  stats(): Record<string, ContainerStats>;
  /** Without room, writes that need another page are answered with 503. */
  setRoom(has: boolean): void;
  /** Commits what is waiting, ends all connections and closes the file. */
  close(): Promise<void>;
}

/** Keys are not verified; clients need one in base64 that they can sign with. */
const key = Buffer.from('any key will do, as the local Cosmos DB does not verify').toString('base64');
/** A little more than the largest item with its escapes; anything longer is a 413 by its item anyway. */
const maxRequestBytes = 8 * 1024 * 1024;

/** Opens the file and listens. Rejects when another process has the file open or the port is taken. */
export async function startCosmos(options: CosmosOptions): Promise<CosmosServer> {
  const { host = '127.0.0.1' } = options;
  const store = openStore(options.dataFile, () => void options.faults?.take(isDiskFull));
  registerSqlFunctions(store.sqlite);
  const catalog = new Catalog(store, {
    now: options.now ?? Date.now,
    monotonicMs: options.monotonicMs ?? (() => performance.now()),
    serverlessThroughput: options.serverlessThroughput ?? Infinity,
  });
  const account: Account = { store, catalog, writes: new GroupCommit(store) };
  // Node's own limits would cut the connections that the SDK keeps open between bursts.
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 }, (incoming, response) =>
    receive(account, options.faults, incoming, response),
  );
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, host, resolve);
    });
  } catch (error) {
    store.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://${host}:${port}/`;
  let closing: Promise<void> | undefined;
  return {
    port,
    endpoint,
    key,
    connectionString: `AccountEndpoint=${endpoint};AccountKey=${key};`,
    stats: () => containerStats(catalog),
    setRoom: (has) => store.setRoom(has),
    close() {
      closing ??= new Promise<void>((resolve) => {
        account.writes.flush();
        server.close(() => {
          account.writes.flush();
          store.close();
          resolve();
        });
        server.closeAllConnections();
      });
      return closing;
    },
  };
}

function containerStats(catalog: Catalog): Record<string, ContainerStats> {
  const stats: Record<string, ContainerStats> = {};
  for (const database of catalog.databases()) {
    for (const [id, container] of database.containers) stats[`${database.id}/${id}`] = container.stats();
  }
  return stats;
}

function receive(
  account: Account,
  faults: CosmosFaults | undefined,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    // The rest is still read, so that the client gets to see the answer.
    if (bytes <= maxRequestBytes) chunks.push(chunk);
  });
  incoming.on('end', () => {
    answer(account, faults, incoming, Buffer.concat(chunks), bytes > maxRequestBytes).then(
      (reply) => (reply ? send(account, response, reply) : void incoming.socket.destroy()),
      (error: unknown) => sendError(account, response, error),
    );
  });
}

/** Undefined when the connection is to be closed instead. */
async function answer(
  account: Account,
  faults: CosmosFaults | undefined,
  incoming: IncomingMessage,
  content: Buffer,
  cut: boolean,
): Promise<Reply | undefined> {
  if (cut) throw tooLarge();
  const request = makeRequest(incoming.method ?? 'GET', incoming.url ?? '/', incoming.headers, content);
  return faults?.active
    ? answerWithFaults(faults, request, async (refused) => route(account, { ...request, refused }))
    : route(account, request);
}

type ReplyHeaders = Record<string, string | number>;

function commonHeaders(account: Account, charge: number): ReplyHeaders {
  const version = account.store.version();
  return {
    'content-type': 'application/json',
    'x-ms-request-charge': roundCharge(charge),
    'x-ms-activity-id': randomUUID(),
    'x-ms-session-token': `0:-1#${version}`,
    'x-ms-serviceversion': 'local',
  };
}

function send(account: Account, response: ServerResponse, reply: Reply): void {
  const headers = commonHeaders(account, reply.charge);
  if (reply.etag !== undefined) headers['etag'] = reply.etag;
  if (reply.continuation !== undefined) headers['x-ms-continuation'] = reply.continuation;
  if (reply.count !== undefined) headers['x-ms-item-count'] = reply.count;
  write(response, reply.status, headers, reply.body);
}

function sendError(account: Account, response: ServerResponse, thrown: unknown): void {
  let error: CosmosError;
  if (thrown instanceof CosmosError) error = thrown;
  else {
    console.error('local Cosmos DB: request failed', thrown);
    error = new CosmosError(500, 'InternalServerError', String(thrown), { charge: 0 });
  }
  const headers = commonHeaders(account, error.charge);
  if (error.substatus !== undefined) headers['x-ms-substatus'] = error.substatus;
  if (error.retryAfterMs !== undefined) headers['x-ms-retry-after-ms'] = error.retryAfterMs;
  write(response, error.status, headers, JSON.stringify({ code: error.code, message: error.message }));
}

function write(
  response: ServerResponse,
  status: number,
  headers: ReplyHeaders,
  body: string | undefined,
): void {
  if (body !== undefined) headers['content-length'] = Buffer.byteLength(body);
  response.writeHead(status, headers);
  response.end(body);
}
