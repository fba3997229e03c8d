/** Cosmos DB: account, database, and the containers of the topology, paid in one of three ways. */
import * as cosmosdb from '@pulumi/azure-native/cosmosdb/index.js';
import { SETTINGS } from '@github-repo-stats/shared/settings';
import { CONTAINERS, containerDefinition, type ContainerKey } from '@github-repo-stats/shared/topology';
import * as pulumi from '@pulumi/pulumi';
import { throughputOf, type InfraConfig } from './config.ts';
import { publicAccess } from './private-network.ts';
import { ownGuid } from './roles.ts';

/** What the apps call the database unless they are told otherwise. */
const DATABASE = SETTINGS.CosmosDB_DBName.parse(undefined);
const DAY_SECONDS = 86_400;
/** The least that a container can have of its own. */
const LEAST_THROUGHPUT = 400;

export interface StoreArgs {
  resourceGroupName: pulumi.Input<string>;
  location: pulumi.Input<string>;
  config: Pick<
    InfraConfig,
    | 'cosmosMode'
    | 'cosmosFreeTier'
    | 'cosmosThroughput'
    | 'writeThroughput'
    | 'statsRetentionDays'
    | 'archive'
    | 'protect'
    | 'privateNetwork'
  >;
}

export class Store extends pulumi.ComponentResource {
  readonly account: cosmosdb.DatabaseAccount;
  readonly database: cosmosdb.SqlResourceSqlDatabase;
  readonly containers: Record<ContainerKey, cosmosdb.SqlResourceSqlContainer>;
  /** A role that reads what databases and containers are, and no document; Cosmos DB has none like it. */
  readonly metadataReader: cosmosdb.SqlResourceSqlRoleDefinition;

  constructor(
    name: string,
    { resourceGroupName, location, config }: StoreArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:Store', name, {}, options);
    const kept = { parent: this, protect: config.protect };
    const { throughput } = throughputOf(config);
    this.account = new cosmosdb.DatabaseAccount(
      'store',
      {
        resourceGroupName,
        databaseAccountOfferType: cosmosdb.DatabaseAccountOfferType.Standard,
        locations: [{ locationName: location, failoverPriority: 0 }],
        // Chosen when the account is created: another mode is another account.
        capabilities: config.cosmosMode === 'serverless' ? [{ name: 'EnableServerless' }] : [],
        enableFreeTier: config.cosmosFreeTier,
        consistencyPolicy: { defaultConsistencyLevel: cosmosdb.DefaultConsistencyLevel.Session },
        backupPolicy: {
          type: 'Continuous',
          continuousModeProperties: { tier: cosmosdb.ContinuousTier.Continuous7Days },
        },
        disableLocalAuth: true,
        disableKeyBasedMetadataWriteAccess: true,
        minimalTlsVersion: cosmosdb.MinimalTlsVersion.Tls12,
        publicNetworkAccess: publicAccess(config),
        networkAclBypass: cosmosdb.NetworkAclBypass.None,
      },
      kept,
    );
    this.database = new cosmosdb.SqlResourceSqlDatabase(
      'database',
      {
        resourceGroupName,
        accountName: this.account.name,
        databaseName: DATABASE,
        resource: { id: DATABASE },
        ...(config.cosmosMode === 'shared' && { options: { throughput } }),
      },
      kept,
    );
    const make = (key: ContainerKey): cosmosdb.SqlResourceSqlContainer => {
      const { id, partitionKey, indexingPolicy, defaultTtl } = containerDefinition(
        key,
        CONTAINERS[key].defaultName,
      );
      const own = key === 'repoStats' ? throughput : LEAST_THROUGHPUT;
      const ttl =
        // Where runs are archived, the archiver lets go what is safe there, and nothing goes by itself.
        key === 'repoStats' && config.statsRetentionDays && !config.archive
          ? config.statsRetentionDays * DAY_SECONDS
          : defaultTtl;
      return new cosmosdb.SqlResourceSqlContainer(
        `container-${id}`,
        {
          resourceGroupName,
          accountName: this.account.name,
          databaseName: this.database.name,
          containerName: id,
          resource: {
            id,
            partitionKey: { ...partitionKey, kind: cosmosdb.PartitionKind.Hash },
            indexingPolicy,
            ...(ttl !== undefined && { defaultTtl: ttl }),
          },
          ...(config.cosmosMode === 'dedicated' && { options: { throughput: own } }),
        },
        kept,
      );
    };
    this.containers = {
      repoStats: make('repoStats'),
      runInfo: make('runInfo'),
      repos: make('repos'),
      leases: make('leases'),
      pace: make('pace'),
    };
    this.metadataReader = new cosmosdb.SqlResourceSqlRoleDefinition(
      'metadata-reader',
      {
        resourceGroupName,
        accountName: this.account.name,
        roleDefinitionId: ownGuid('metadata-reader'),
        roleName: 'github-repo-stats metadata reader',
        type: cosmosdb.RoleDefinitionType.CustomRole,
        assignableScopes: [this.account.id],
        permissions: [{ dataActions: ['Microsoft.DocumentDB/databaseAccounts/readMetadata'] }],
      },
      { parent: this },
    );
    this.registerOutputs({ endpoint: this.account.documentEndpoint });
  }
}
