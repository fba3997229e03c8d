/** Which ports the platform listens on: the usual ones, and free ones in place of those that are taken. */
import { randomInt } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The ports of the official emulators and tools, so that what one knows works here. */
export const USUAL_PORTS = {
  serviceBus: 5672,
  cosmos: 8081,
  scheduler: 7071,
  reporter: 7072,
  eventGrid: 7081,
  sendGrid: 7082,
  github: 7091,
  applicationInsights: 7083,
  azurite: 10000,
} as const;
export type PortName = keyof typeof USUAL_PORTS;
export type Ports = Record<PortName, number>;
/** Free ones for all: for tests and benches. */
export const ANY_PORTS = Object.fromEntries(Object.keys(USUAL_PORTS).map((name) => [name, 0])) as Ports;

const HOST = '127.0.0.1';

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, HOST, () => resolve(server));
  });
}

/**
 * Below the range from which systems hand out ports (32768 and up, 49152 elsewhere): a process that is started again needs its
 * port back, and nobody else must have been given it meanwhile.
 */
const FREE_PORTS = { first: 20_000, count: 12_000 };

async function listenAnywhere(): Promise<Server> {
  for (;;) {
    const server = await listen(FREE_PORTS.first + randomInt(FREE_PORTS.count)).catch(() => undefined);
    if (server) return server;
  }
}

export interface ChosenPorts {
  ports: Ports;
  /** Those that were taken, with what is used instead. */
  replaced: { name: PortName; wanted: number; port: number }[];
  /** To be called when everything listens. */
  done: () => void;
}

/** Who listens here is choosing usual ports: a second platform would find those free where the first one does not listen yet. */
const TURN_PORT = 7070;
const TURN_TRIES = 200;
const TURN_PAUSE_MS = 50;

/** @returns undefined when the port is somebody else's. */
async function takeTurn(): Promise<Server | undefined> {
  for (let tries = 0; tries < TURN_TRIES; tries++) {
    const turn = await listen(TURN_PORT).catch(() => undefined);
    if (turn) return turn.unref();
    await sleep(TURN_PAUSE_MS);
  }
  return undefined;
}

/**
 * Finds out which of the wanted ports are free; 0 asks for any. Nothing is kept open, since the processes that will listen are others;
 * but until `done` nobody else chooses.
 */
export async function choosePorts(wanted: Ports = USUAL_PORTS): Promise<ChosenPorts> {
  const turn = Object.values(wanted).every((port) => port === 0) ? undefined : await takeTurn();
  const ports: Ports = { ...wanted };
  const replaced: ChosenPorts['replaced'] = [];
  const held: Server[] = [];
  for (const name of Object.keys(wanted) as PortName[]) {
    const listening = wanted[name] === 0 ? listenAnywhere() : listen(wanted[name]);
    const server = await listening.catch(async (error: NodeJS.ErrnoException) => {
      // EACCES: a port below 1024, or reserved by the system.
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
      const free = await listenAnywhere();
      replaced.push({ name, wanted: wanted[name], port: (free.address() as AddressInfo).port });
      return free;
    });
    held.push(server);
    ports[name] = (server.address() as AddressInfo).port;
  }
  // Held until the end, so that no free port is given twice.
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return { ports, replaced, done: () => turn?.close() };
}
