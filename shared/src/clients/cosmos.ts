/** Opens the containers: with a key where one is set, else with managed identity. */
import { CosmosClient, type Container } from '@azure/cosmos';
import { CONTAINERS } from '../topology.ts';
import { azureIdentity } from './identity.ts';

export interface CosmosSettings {
  CosmosDB_Endpoint: string;
  CosmosDB_PrimaryKey?: string | undefined;
  CosmosDB_DBName: string;
  CosmosDB_DataContainerName: string;
  CosmosDB_RunInfoContainerName: string;
}

export interface Containers {
  repoStats: Container;
  runInfo: Container;
  repos: Container;
  pace: Container;
}

/**
 * @param throttleRetries how often the SDK itself repeats a throttled request (429). 0 where every request charge counts,
 * since a response shows only the charge of its last attempt.
 */
export function openCosmos(settings: CosmosSettings, throttleRetries: number): Containers {
  const { CosmosDB_Endpoint: endpoint, CosmosDB_PrimaryKey: key } = settings;
  const client = new CosmosClient({
    endpoint,
    ...(key ? { key } : { aadCredentials: azureIdentity() }),
    connectionPolicy: {
      requestTimeout: 10_000,
      retryOptions: {
        maxRetryAttemptCount: throttleRetries,
        fixedRetryIntervalInMilliseconds: 0,
        maxWaitTimeInSeconds: 20,
      },
    },
  });
  const database = client.database(settings.CosmosDB_DBName);
  return {
    repoStats: database.container(settings.CosmosDB_DataContainerName),
    runInfo: database.container(settings.CosmosDB_RunInfoContainerName),
    repos: database.container(CONTAINERS.repos.defaultName),
    pace: database.container(CONTAINERS.pace.defaultName),
  };
}
