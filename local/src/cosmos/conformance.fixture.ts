/** What the conformance suites run against: the embedded server, or the account that the environment names (conformance-account.ts). */
import { CosmosClient, type Container, type ContainerRequest, type CosmosClientOptions } from '@azure/cosmos';
import { azureIdentity } from '@github-repo-stats/shared/clients/identity';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountOf, type Account } from './conformance-account.ts';
import { openResourceManager } from './conformance-arm.ts';
import { startCosmos, type CosmosOptions, type CosmosServer } from './server.ts';

const remote = accountOf(process.env);
const byIdentity = remote !== undefined && 'resourceId' in remote;

function skipped(skip: boolean, reason: string): { skip: boolean } {
  if (skip) console.log(`skipped against this account: ${reason}`);
  return { skip };
}

/** For tests of what only the embedded server has; the reason is printed with the skip. */
export const localOnly = (reason: string): { skip: boolean } => skipped(remote !== undefined, reason);

/** For tests of calls that Cosmos DB grants to a key and to no identity. */
export const withKeyOnly = (): { skip: boolean } =>
  skipped(
    byIdentity,
    'no identity may make or change databases, containers and throughput over this protocol',
  );

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

const credential = azureIdentity();

/** How databases and containers come to be: over the protocol itself, or beside it. */
function makerFor(account: Account, client: CosmosClient) {
  if ('resourceId' in account) return openResourceManager({ resourceId: account.resourceId, credential });
  return {
    createDatabase: async (id: string) => void (await client.databases.create({ id })),
    createContainer: async (database: string, container: ContainerRequest) =>
      void (await client.database(database).containers.create(container)),
    deleteDatabase: async (id: string) => void (await client.database(id).delete()),
  };
}

export async function startTarget(options: Partial<CosmosOptions> = {}): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'cosmos-'));
  const server = remote ? undefined : await startCosmos({ dataFile: join(folder, 'cosmos.db'), ...options });
  const account = remote ?? server!;
  const clients: CosmosClient[] = [];
  const connect = (given: Partial<CosmosClientOptions> = {}) => {
    const { endpoint } = account;
    const client = new CosmosClient({
      endpoint,
      ...('key' in account ? { key: account.key } : { aadCredentials: credential }),
      ...given,
    });
    clients.push(client);
    return client;
  };
  const client = connect();
  const maker = makerFor(account, client);
  const database = `conformance-${Date.now()}-${process.pid}`;
  await maker.createDatabase(database);
  let containers = 0;
  return {
    server,
    client,
    connect,
    async container(request = {}) {
      const id = `c${++containers}`;
      await maker.createContainer(database, { id, partitionKey: { paths: ['/pk'] }, ...request });
      return client.database(database).container(id);
    },
    async close() {
      if (remote) await maker.deleteDatabase(database);
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
