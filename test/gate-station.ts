/** Runs a gate process behind proxies of its own to Cosmos DB and GitHub, where a test can stop it at an exact instant. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Container } from '@azure/cosmos';
import type { Pace } from '@github-repo-stats/shared/pace';
import type { CallKind } from '@github-repo-stats/shared/github/gate';
import { QUERY_NAMES } from '@github-repo-stats/shared/github/query-names';
import { credentialLane } from '@github-repo-stats/shared/ids';
import type { GateOrder, GateProcessOptions, GateReport } from './gate-process.ts';

/** Called at an instant of the process's work; what it awaits, the process waits for, frozen or not. */
export interface Instants {
  /** A write of the pace document has left the process and has not reached Cosmos DB; false loses it. */
  write?: () => Promise<boolean>;
  /** Cosmos DB has accepted the write, and the process does not know it yet. */
  written?: () => Promise<void>;
  /** The process connects to GitHub, under a grant. */
  connect?: () => Promise<void>;
  /** A call has left the process and has not reached GitHub. */
  call?: () => Promise<void>;
}

export interface StationOptions {
  cosmos: { endpoint: string; key: string };
  pace: Container;
  /** Where the simulated GitHub really listens. */
  githubUrl: string;
  process: Omit<GateProcessOptions, 'cosmosUrl' | 'cosmosKey' | 'githubUrl'>;
}

const PROGRAM = new URL('gate-process.ts', import.meta.url);
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

export class GateStation {
  readonly #options: StationOptions;
  readonly #child: ChildProcess;
  readonly #servers: Server[];
  readonly #reports: GateReport[] = [];
  /** Where the grants stood when each connection to GitHub was asked for. */
  readonly #connections = new WeakMap<object, Pace['grants']>();
  #changed = Promise.withResolvers<void>();
  /** The last grant of this process that Cosmos DB accepted, by kind. */
  readonly #own = new Map<CallKind, string>();
  instants: Instants = {};
  /** Calls that left the process while another grant than its own last one stood in the document. */
  underOldGrant = 0;
  /** Calls under the very grant under which their connection was asked for. */
  underGrantOfConnection = 0;
  /** Writes of the pace document and calls that have left the process. */
  signsOfLife = 0;

  private constructor(options: StationOptions, child: (ports: number[]) => ChildProcess, servers: Server[]) {
    this.#options = options;
    this.#servers = servers;
    const [cosmos, github] = servers as [Server, Server];
    const serve =
      (way: (request: IncomingMessage, response: ServerResponse) => Promise<void>) =>
      (request: IncomingMessage, response: ServerResponse): void =>
        void way(request, response).catch(() => response.destroy());
    cosmos.on(
      'request',
      serve((...both) => this.#toCosmos(...both)),
    );
    github.on(
      'request',
      serve((...both) => this.#toGithub(...both)),
    );
    github.on('connect', (_request: IncomingMessage, socket: Socket) => {
      socket.on('error', () => undefined);
      void this.#tunnel(socket, github);
    });
    this.#child = child(servers.map(portOf));
    this.#child.on('message', (report: GateReport) => {
      this.#reports.push(report);
      this.#change();
    });
  }

  static async start(options: StationOptions): Promise<GateStation> {
    const servers = [createServer(), createServer()];
    for (const server of servers) {
      server.keepAliveTimeout = 120_000;
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    const start = ([cosmos, github]: number[]): ChildProcess => {
      const given: GateProcessOptions = {
        ...options.process,
        cosmosUrl: `http://127.0.0.1:${cosmos}/`,
        cosmosKey: options.cosmos.key,
        githubUrl: 'http://github.simulated/graphql',
      };
      // Through a tunnel, so that even connecting can be held.
      const proxy = {
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: `http://127.0.0.1:${github}`,
        NO_PROXY: '127.0.0.1',
      };
      return fork(PROGRAM, [JSON.stringify(given)], { env: { ...process.env, ...proxy }, execArgv: [] });
    };
    return new GateStation(options, start, servers);
  }

  /** Makes it call from now on; no kinds: it ends its calls and is idle. */
  work(...kinds: GateOrder): void {
    this.#child.send(kinds);
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }
  thaw(): void {
    this.#child.kill('SIGCONT');
  }
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Calls that were answered, so far. */
  get answered(): number {
    return this.#reports.filter((r) => r.reply === 'data').length;
  }
  get reports(): readonly GateReport[] {
    return this.#reports;
  }

  /** Resolves when so many more calls of it were answered. */
  async answers(more: number): Promise<void> {
    const enough = this.answered + more;
    await this.#until(() => this.answered >= enough);
  }
  /** Resolves when a call of each of these kinds was ever answered. */
  async answeredOnce(...kinds: CallKind[]): Promise<void> {
    await this.#until(() =>
      kinds.every((kind) => this.#reports.some((r) => r.kind === kind && r.reply === 'data')),
    );
  }

  /** Resolves when it asks Cosmos DB or GitHub for anything again. */
  async stirs(): Promise<void> {
    const before = this.signsOfLife;
    await this.#until(() => this.signsOfLife > before);
  }

  async stop(): Promise<void> {
    this.thaw();
    this.kill();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  async #until(test: () => boolean): Promise<void> {
    while (!test()) await this.#changed.promise;
  }
  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
  #stir(): void {
    this.signsOfLife++;
    this.#change();
  }

  async #toCosmos(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    this.#stir();
    const isWrite = request.method === 'PUT';
    if (isWrite && !((await this.instants.write?.()) ?? true)) return void response.destroy();
    const before = isWrite ? await this.#grants() : {};
    const answer = await forward(this.#options.cosmos.endpoint, request, body);
    if (isWrite && answer.status === 200) {
      const { grants } = JSON.parse(body.toString()) as Pace;
      // What was accepted under if-match differs from what stood there by what this process wrote.
      for (const kind of ['stats', 'listing'] as const)
        if (grants[kind] && grants[kind].grantId !== before[kind]?.grantId)
          this.#own.set(kind, grants[kind].grantId);
      await this.instants.written?.();
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async #tunnel(socket: Socket, github: Server): Promise<void> {
    const grants = await this.#grants();
    this.#connections.set(socket, grants);
    await this.instants.connect?.();
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    github.emit('connection', socket);
  }

  async #toGithub(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (request.method === 'POST') {
      this.#stir();
      const kind: CallKind = body.includes(QUERY_NAMES.listing) ? 'listing' : 'stats';
      const grantId = (await this.#grants())[kind]?.grantId;
      if (grantId !== this.#own.get(kind)) this.underOldGrant++;
      const atConnect = this.#connections.get(request.socket)?.[kind];
      if (atConnect && !atConnect.released && grantId === atConnect.grantId) this.underGrantOfConnection++;
      await this.instants.call?.();
    }
    const answer = await forward(this.#options.githubUrl, request, body);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async #grants(): Promise<Pace['grants']> {
    const id = credentialLane(this.#options.process.credential);
    return (await this.#options.pace.item(id, id).read<Pace>()).resource?.grants ?? {};
  }
}

/** Goes on to the end when the process that asked dies: what has reached a server is done there. */
async function forward(
  base: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }> {
  const path = new URL(url ?? '/', base);
  const outgoing = send(path, { method, headers });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 500, headers: answer.headers, body: await buffer(answer) };
}
