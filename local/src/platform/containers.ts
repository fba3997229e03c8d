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
 * Throughput of a container begins at this, and comes in steps; a budget for writing may be any part of it.
 * https://learn.microsoft.com/azure/cosmos-db/concepts-limits#minimum-throughput-limits
 */
const LEAST_THROUGHPUT = 400;
const THROUGHPUT_STEP = 100;
const throughputFor = (budget: number): number =>
  Math.max(LEAST_THROUGHPUT, Math.ceil(budget / THROUGHPUT_STEP) * THROUGHPUT_STEP);

/**
 * Serverless unless `budget` gives RU/s for the container of the statistics, the only one that a budget protects.
 * @param user may call some containers otherwise.
 */
export async function createContainers(
  client: CosmosClient,
  databaseName: string,
  user: Pick<UserSettings, 'values'>,
  budget?: number,
): Promise<Containers> {
  const { database } = await client.databases.createIfNotExists({ id: databaseName });
  const create = async (key: ContainerKey): Promise<[ContainerKey, Container]> => {
    const { defaultName, setting }: ContainerTopology = CONTAINERS[key];
    const name = setting ? settingOf(setting, user) : defaultName;
    const { partitionKey, ...definition } = containerDefinition(key, name);
    const { container } = await database.containers.createIfNotExists({
      ...definition,
      partitionKey: { ...partitionKey, kind: PartitionKeyKind.Hash },
      ...(key === 'repoStats' && budget !== undefined && { throughput: throughputFor(budget) }),
    });
    return [key, container];
  };
  const created = await Promise.all((Object.keys(CONTAINERS) as ContainerKey[]).map(create));
  return Object.fromEntries(created) as Containers;
}
