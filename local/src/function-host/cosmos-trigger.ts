// The cosmosDBTrigger: checks its options and connects the real SDK to the monitored and the lease container.
import { randomUUID } from 'node:crypto';
import { runChangeFeed, type ChangeFeedOptions } from './cosmos-feed.ts';
import type { StartFrom } from './cosmos-page.ts';
import { readRetryPolicy } from './retry-policy.ts';
import { resolveConnection } from './settings.ts';
import { optionalNumber, requiredText, type StartTrigger, type TriggerSetup } from './trigger.ts';

/** Setting that lets a restarted instance take back its own leases at once instead of waiting until they expire. */
const INSTANCE_ID = 'LOCAL_INSTANCE_ID';

export function prepareCosmosTrigger(setup: TriggerSetup): StartTrigger {
  const { binding, fn, settings, report } = setup;
  if (binding['changeFeedMode'] !== undefined && binding['changeFeedMode'] !== 'LatestVersion') {
    report(
      `the Cosmos DB trigger does not support changeFeedMode '${JSON.stringify(binding['changeFeedMode'])}' locally.`,
    );
  }
  if (binding['createLeaseContainerIfNotExists'] === true) {
    report('the Cosmos DB trigger does not support createLeaseContainerIfNotExists locally.');
  }
  const text = (option: string): string | undefined =>
    typeof binding[option] === 'string' && binding[option] !== '' ? binding[option] : undefined;
  const databaseName = requiredText(setup, 'databaseName');
  const containerName = requiredText(setup, 'containerName');
  const connect = (name: string): string =>
    resolveConnection(name, 'accountEndpoint', settings, report) ?? '';
  const connectionName = text('connection') ?? 'CosmosDB';
  const connection = connect(connectionName);
  const leaseConnectionName = text('leaseConnection') ?? connectionName;
  const leaseConnection = leaseConnectionName === connectionName ? connection : connect(leaseConnectionName);
  const options: Omit<ChangeFeedOptions, 'monitored' | 'leases'> = {
    leasePrefix: `${text('leaseContainerPrefix') ?? ''}${databaseName}_${containerName}`,
    owner: settings[INSTANCE_ID] ?? randomUUID(),
    startFrom: startFrom(setup),
    maxItemsPerInvocation: optionalNumber(setup, 'maxItemsPerInvocation', 100, 1),
    feedPollDelay: optionalNumber(setup, 'feedPollDelay', 5000, 0),
    leaseAcquireInterval: optionalNumber(setup, 'leaseAcquireInterval', 13_000, 1),
    leaseExpirationInterval: optionalNumber(setup, 'leaseExpirationInterval', 60_000, 1),
    leaseRenewInterval: optionalNumber(setup, 'leaseRenewInterval', 17_000, 1),
    retry: readRetryPolicy(fn.metadata.retryOptions, report),
  };

  return async (runtime) => {
    // The SDK costs about 300 ms of CPU to load: only apps that have such a trigger pay for it.
    const { CosmosClient } = await import('@azure/cosmos');
    const client = new CosmosClient(connection);
    const leaseClient = leaseConnection === connection ? client : new CosmosClient(leaseConnection);
    const feed = runChangeFeed(
      {
        ...options,
        monitored: client.database(databaseName).container(containerName),
        leases: leaseClient
          .database(text('leaseDatabaseName') ?? databaseName)
          .container(text('leaseContainerName') ?? 'leases'),
      },
      runtime,
    );
    return {
      stop: () => feed.stop(),
      close: async () => {
        client.dispose();
        leaseClient.dispose();
      },
    };
  };
}

function startFrom({ binding, report }: TriggerSetup): StartFrom {
  const time = binding['startFromTime'];
  if (typeof time === 'string' && time !== '') {
    if (binding['startFromBeginning'] === true)
      report(`startFromBeginning and startFromTime exclude each other.`);
    const date = new Date(time);
    if (Number.isNaN(date.getTime())) report(`startFromTime '${time}' is no date.`);
    return date;
  }
  return binding['startFromBeginning'] === true ? 'beginning' : 'now';
}
