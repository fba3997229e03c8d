/** What the conformance suites run against: the embedded server, or a real account when the environment names one. */
import { CosmosClient, type Container, type ContainerRequest, type CosmosClientOptions } from '@azure/cosmos';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCosmos, type CosmosOptions, type CosmosServer } from './server.ts';

const remoteEndpoint = process.env['COSMOS_CONFORMANCE_ENDPOINT'];
const remoteKey = process.env['COSMOS_CONFORMANCE_KEY'];

/** True when the suites speak to a real account. */
export const remote = remoteEndpoint !== undefined && remoteKey !== undefined;

/** For tests of what only the embedded server has; the reason is printed with the skip. */
export function localOnly(reason: string): { skip: boolean } {
  if (remote) console.log(`skipped against a real account: ${reason}`);
  return { skip: remote };
}

export interface Target {
  /** Undefined against a real account. */
  server: CosmosServer | undefined;
  client: CosmosClient;
  /** A client of the same account with other options. */
  connect(options?: Partial<CosmosClientOptions>): CosmosClient;
  /** A container of its own for one test; partition key `/pk` unless the request says otherwise. */
  container(request?: Partial<ContainerRequest>): Promise<Container>;
  close(): Promise<void>;
}

export async function startTarget(options: Partial<CosmosOptions> = {}): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'cosmos-'));
  const server = remote ? undefined : await startCosmos({ dataFile: join(folder, 'cosmos.db'), ...options });
  const clients: CosmosClient[] = [];
  const connect = (given: Partial<CosmosClientOptions> = {}) => {
    const client = new CosmosClient({
      endpoint: server?.endpoint ?? remoteEndpoint!,
      key: server?.key ?? remoteKey!,
      ...given,
    });
    clients.push(client);
    return client;
  };
  const client = connect();
  const { database } = await client.databases.create({ id: `conformance-${Date.now()}-${process.pid}` });
  let containers = 0;
  return {
    server,
    client,
    connect,
    async container(request = {}) {
      const { container } = await database.containers.create({
        id: `c${++containers}`,
        partitionKey: { paths: ['/pk'] },
        ...request,
      });
      return container;
    },
    async close() {
      if (remote) await database.delete();
      for (const each of clients) each.dispose();
      await server?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The code and substatus that an SDK call fails with. */
export async function failure(
  call: Promise<unknown>,
): Promise<{ code: unknown; substatus: unknown; message: string }> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) throw new Error('the call was expected to fail');
  const { code, substatus, message } = error as { code?: unknown; substatus?: unknown; message?: unknown };
  return { code, substatus, message: String(message) };
}
