/** Creates the database and its containers in the embedded Cosmos DB, as infrastructure does in Azure. */
import { PartitionKeyKind, type Container, type CosmosClient } from '@azure/cosmos';
import {
  containerDefinition,
  CONTAINERS,
  type ContainerKey,
  type ContainerTopology,
} from '@github-repo-stats/shared/topology';

export type Containers = Readonly<Record<ContainerKey, Container>>;

/**
 * Serverless unless `throughput` gives RU/s for the container of the statistics, the only one that a budget protects.
 * @param set what the user set, by name of the setting: some containers may be called otherwise.
 */
export async function createContainers(
  client: CosmosClient,
  databaseName: string,
  set: ReadonlyMap<string, { value: string }>,
  throughput?: number,
): Promise<Containers> {
  const { database } = await client.databases.createIfNotExists({ id: databaseName });
  const create = async (key: ContainerKey): Promise<[ContainerKey, Container]> => {
    const { defaultName, setting }: ContainerTopology = CONTAINERS[key];
    const name = (setting && set.get(setting)?.value) ?? defaultName;
    const { partitionKey, ...definition } = containerDefinition(key, name);
    const { container } = await database.containers.createIfNotExists({
      ...definition,
      partitionKey: { ...partitionKey, kind: PartitionKeyKind.Hash },
      ...(key === 'repoStats' && throughput !== undefined && { throughput }),
    });
    return [key, container];
  };
  const created = await Promise.all((Object.keys(CONTAINERS) as ContainerKey[]).map(create));
  return Object.fromEntries(created) as Containers;
}
