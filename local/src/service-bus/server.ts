/** Starts the embedded Service Bus: an AMQP 1.0 broker in this process that keeps its queues in one SQLite file. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Broker } from './broker.ts';
import { BrokerFaults, type ServiceBusFaults } from './broker-faults.ts';
import { readConfig, type ServiceBusConfig } from './config.ts';
import { cut } from './cut.ts';
import type { QueueCounts } from './queue-requests.ts';
import { Queues } from './queues.ts';
import { Store } from './store.ts';

export interface ServiceBusOptions {
  /** The contents of the official emulator's Config.json. */
  readonly config: ServiceBusConfig;
  /** Path of the SQLite file, or ':memory:'. One broker at a time. */
  readonly dataFile: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Multiplies lock durations, lifetimes and duplicate windows (default 1): tests run faster with less. */
  readonly durationScale?: number;
  /** Told of protocol errors of clients; writes to stderr by default. */
  readonly onError?: (error: unknown) => void;
  /** What is to go wrong with sends, deliveries and settlements. */
  readonly faults?: ServiceBusFaults | undefined;
}

export interface ServiceBusServer {
  readonly port: number;
  /** For `new ServiceBusClient(connectionString)`. */
  readonly connectionString: string;
  /** By queue name as configured. */
  counts(): Record<string, QueueCounts>;
  /** Cuts all connections, or those with a link to this queue; clients may connect again at once. */
  cut(queue?: string): void;
  /** Without room, sends that do not fit are refused as server-busy; what was taken can be settled. */
  setRoom(has: boolean): void;
  /** Cuts all connections, as a broker that dies would, and closes the file. */
  close(): Promise<void>;
}

/**
 * Throws ConfigError for a configuration it cannot honour, and DataFileInUseError when another broker has the file.
 * A send or a settlement is answered once it is durable; should the disk fail, the process ends.
 */
export async function startServiceBus(options: ServiceBusOptions): Promise<ServiceBusServer> {
  const { config, dataFile, port = 0, host = '127.0.0.1', durationScale = 1 } = options;
  const settings = readConfig(config, durationScale);
  const store = new Store(dataFile);
  let queues: Queues | undefined;
  try {
    queues = new Queues(settings, store, new BrokerFaults(options.faults));
    return await listen(queues, store, { port, host, onError: options.onError ?? console.error });
  } catch (error) {
    queues?.stop();
    store.close();
    throw error;
  }
}

interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly onError: (error: unknown) => void;
}

async function listen(queues: Queues, store: Store, options: ListenOptions): Promise<ServiceBusServer> {
  const { onError, host } = options;
  const broker = new Broker({ queues, committed: (then) => store.afterCommit(then), onError });
  const server = broker.listen(options.port, host);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? options.port) : options.port;
  return {
    port,
    connectionString: `Endpoint=sb://${host}:${port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;`,
    counts: () => queues.counts(),
    cut(queue) {
      for (const socket of queue === undefined ? sockets : broker.socketsOf(queue)) cut(socket);
    },
    setRoom: (has) => store.setRoom(has),
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) cut(socket);
      await closed;
      queues.stop();
      store.close();
    },
  };
}
