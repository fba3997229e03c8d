/** The embedded Cosmos DB with the containers that tests look into, for tests of what is stored in them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient, type Container } from '@azure/cosmos';
import { startCosmos } from '@github-repo-stats/local/cosmos/server';
import { containerDefinition } from '@github-repo-stats/shared/topology';

export interface EmbeddedCosmos {
  endpoint: string;
  key: string;
  repoStats: Container;
  runInfo: Container;
  pace: Container;
  close(): Promise<void>;
}

export async function startEmbeddedCosmos(): Promise<EmbeddedCosmos> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-cosmos-'));
  const server = await startCosmos({ dataFile: join(folder, 'cosmos.db') });
  const client = new CosmosClient({ endpoint: server.endpoint, key: server.key });
  const { database } = await client.databases.create({ id: 'github-repo-stats' });
  const create = async (key: 'repoStats' | 'runInfo' | 'pace', name: string): Promise<Container> =>
    (await database.containers.create(containerDefinition(key, name))).container;
  return {
    endpoint: server.endpoint,
    key: server.key,
    repoStats: await create('repoStats', 'repo-stats'),
    runInfo: await create('runInfo', 'run-info'),
    pace: await create('pace', 'pace'),
    async close() {
      client.dispose();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
