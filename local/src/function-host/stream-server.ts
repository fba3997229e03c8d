// The HTTP server that the library opens for an app with `enableHttpStream`, from whose answers a body comes piece by piece.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Server as HttpServer } from 'node:http';
import type { ListenOptions, Server } from 'node:net';

export interface StreamServer {
  /** Where the library takes requests: the capability HttpUri. */
  uri: string;
  /** Cuts what is still open. */
  close(this: void): void;
}

const LISTENS = 'tracing:net.server.listen:asyncStart';

/**
 * Undefined when the app does not stream. The library keeps its server to itself and has it listen on every address; here it is
 * held to the loopback, as the host is, keeps no process alive, and can be closed.
 */
export async function holdStreamServer(
  getCapabilities: () => Promise<Record<string, string>>,
): Promise<StreamServer | undefined> {
  const servers: Server[] = [];
  // Told before the server listens.
  const onListen = (message: unknown): void => {
    const { server, options } = message as { server: Server; options: ListenOptions };
    if (options.path === undefined) options.host ??= '127.0.0.1';
    servers.push(server);
  };
  subscribe(LISTENS, onListen);
  const capabilities = await getCapabilities().finally(() => unsubscribe(LISTENS, onListen));
  const uri = capabilities['HttpUri'];
  if (uri === undefined) return undefined;
  const server = servers.find((one) => portOf(one) === Number(new URL(uri).port));
  server?.unref();
  return {
    uri,
    close: () => {
      server?.close();
      if (server instanceof HttpServer) server.closeAllConnections();
    },
  };
}

function portOf(server: Server): number | undefined {
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
}
