// Gives the receivers a Service Bus client that works: a client is thrown away as soon as its connection is lost.
import type { EventEmitter } from 'node:events';
import type { ServiceBusClient } from '@azure/service-bus';

/** One client and its only connection. `lost` aborts when that connection is gone or could not be made. */
export interface BusConnection {
  client: ServiceBusClient;
  lost: AbortSignal;
}

export interface BusConnections {
  /** The open connection, or a new one when the last was lost. */
  current(): BusConnection;
  close(): Promise<void>;
}

/**
 * The SDK (7.9.5) brings a connection back itself, but what waits for an answer on the old one (a token being negotiated while a
 * link opens) blocks everything behind it for a minute, at times for ever. A new client has none of that, and costs milliseconds.
 */
export function createConnections(createClient: () => ServiceBusClient): BusConnections {
  let connection: BusConnection | undefined;
  return {
    current() {
      if (!connection || connection.lost.aborted) {
        const client = createClient();
        const lost = new AbortController();
        amqpConnectionOf(client).once('disconnected', () => {
          lost.abort(new Error('The connection to Service Bus was lost.'));
          // Ends the SDK's own attempts to come back; it may never answer.
          client.close().catch(() => undefined);
        });
        connection = { client, lost: lost.signal };
      }
      return connection;
    },
    close: async () => connection?.client.close(),
  };
}

/** There is no public event for a lost connection; the SDK's version is pinned, and a changed one must fail here. */
function amqpConnectionOf(client: ServiceBusClient): EventEmitter {
  const { _connectionContext: context } = client as unknown as {
    _connectionContext?: { connection?: EventEmitter };
  };
  if (!context?.connection)
    throw new Error('This version of @azure/service-bus hides its connection elsewhere.');
  return context.connection;
}

/** Settles as `work` does, or rejects once the signal aborts; a result that comes later is given to `late`. */
export function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  late?: (result: T) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted.'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work
      .then(
        (result) => (signal.aborted ? late?.(result) : resolve(result)),
        (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
      )
      .finally(() => signal.removeEventListener('abort', abort));
  });
}
