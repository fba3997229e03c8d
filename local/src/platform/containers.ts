/** Creates the database and its containers in the embedded Cosmos DB, as infrastructure does in Azure. */
import { PartitionKeyKind, type CosmosClient, type Database } from '@azure/cosmos';
import { containerDefinition, CONTAINERS, type ContainerKey } from '@github-repo-stats/shared/topology';

export type ContainerNames = Record<ContainerKey, string>;

/** Serverless unless `throughput` gives RU/s for the container of the statistics, the only one that a budget protects. */
export async function createContainers(
  client: CosmosClient,
  databaseName: string,
  names: ContainerNames,
  throughput?: number,
): Promise<Database> {
  const { database } = await client.databases.createIfNotExists({ id: databaseName });
  await Promise.all(
    (Object.keys(CONTAINERS) as ContainerKey[]).map((key) => {
      const { partitionKey, ...definition } = containerDefinition(key, names[key]);
      return database.containers.createIfNotExists({
        ...definition,
        partitionKey: { ...partitionKey, kind: PartitionKeyKind.Hash },
        ...(key === 'repoStats' && throughput !== undefined && { throughput }),
      });
    }),
  );
  return database;
}
