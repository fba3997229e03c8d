// The process of one function app: node main.ts <appFolder>, settings from the environment, one JSON log line each on stdout.
import { startFunctionHost, type FunctionHost } from './host.ts';
import type { LogRecord } from './log.ts';
import { messageOf } from './problems.ts';
import { CLOCK_OFFSET, installWallClock, isClockMessage, type ClockReply } from './wall-clock.ts';

/** What a parent process with an IPC channel is told. */
export type HostMessage =
  | { type: 'listening'; port?: number; functions: { name: string; trigger: string; disabled: boolean }[] }
  | { type: 'failed'; message: string };

const HTTP_PORT = 'LOCAL_HTTP_PORT';
let host: FunctionHost | undefined;
let stopping = false;

function write(record: LogRecord): void {
  process.stdout.write(`${JSON.stringify(record)}\n`);
}

/** Resolves when the parent has been told, or when there is none to tell. */
function tell(message: HostMessage | ClockReply): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (process.connected) process.send?.(message, () => resolve());
  else resolve();
  return promise;
}

/** Ends the process with a line that says why, whether or not the host got far enough to have a logger. */
function die(message: string, error: unknown): never {
  const fields = { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined };
  const app = host?.name ?? process.argv[2] ?? '';
  write({ time: new Date().toISOString(), level: 'critical', app, category: 'host', message, ...fields });
  process.exit(1);
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await host?.stop();
  process.exit(0);
}

function stopNow(): void {
  stop().catch((error: unknown) => die('Stopping failed', error));
}

async function main(appFolder: string | undefined): Promise<void> {
  if (appFolder === undefined) throw new Error('Usage: node main.ts <appFolder>');
  const settings = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const port = settings[HTTP_PORT];
  if (port !== undefined && !/^\d+$/.test(port))
    throw new Error(`${HTTP_PORT} must be a port, found '${port}'.`);
  host = await startFunctionHost({
    appFolder,
    settings,
    ...(port !== undefined && { httpPort: Number(port) }),
    onLog: write,
    // The real host ends its worker as well; whoever started this process starts it again.
    onFatal: (error) => die('A function ran too long; the process ends', error),
  });
  process.title = `github-repo-stats:${host.name}`;
  if (stopping) return;
  const { functions, httpPort } = host;
  await tell({ type: 'listening', ...(httpPort !== undefined && { port: httpPort }), functions });
  host.logger.host('information', 'Listening', {
    port: httpPort,
    functions: functions.map(({ name }) => name),
    nodeArguments: process.execArgv,
  });
}

// First of all: what is loaded later may keep a reference to Date.now.
const setClock = installWallClock(Number(process.env[CLOCK_OFFSET] ?? 0));
process.on('message', (message) => {
  if (!isClockMessage(message)) return;
  setClock(message.offsetMs);
  void tell({ type: 'clock-stands', version: message.version });
});

// Like the worker: what nobody catches ends the process.
process.on('uncaughtException', (error) => die('Uncaught exception', error));
process.on('SIGTERM', stopNow);
process.on('SIGINT', stopNow);
// A parent that died must not leave us behind.
process.on('disconnect', stopNow);

main(process.argv[2]).catch(async (error: unknown) => {
  await tell({ type: 'failed', message: messageOf(error) });
  die('The function app could not start', error);
});
