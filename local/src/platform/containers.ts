/** Creates the database and its containers in the embedded Cosmos DB, as infrastructure does in Azure. */
import { PartitionKeyKind, type Container, type CosmosClient } from '@azure/cosmos';
import {
  containerDefinition,
  CONTAINERS,
  type ContainerKey,
  type ContainerTopology,
} from '@github-repo-stats/shared/topology';
import { settingOf, type UserSettings } from './user-settings.ts';

export type Containers = Readonly<Record<ContainerKey, Container>>;

/**
 * Serverless unless `throughput` gives RU/s for the container of the statistics, the only one that a budget protects.
 * @param user may call some containers otherwise.
 */
export async function createContainers(
  client: CosmosClient,
  databaseName: string,
  user: Pick<UserSettings, 'values'>,
  throughput?: number,
): Promise<Containers> {
  const { database } = await client.databases.createIfNotExists({ id: databaseName });
  const create = async (key: ContainerKey): Promise<[ContainerKey, Container]> => {
    const { defaultName, setting }: ContainerTopology = CONTAINERS[key];
    const name = setting ? settingOf(setting, user) : defaultName;
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
