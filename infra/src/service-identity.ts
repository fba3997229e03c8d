/** The identity of one app, with exactly the roles that it needs, each on one queue, container, secret or topic. */
import * as managedidentity from '@pulumi/azure-native/managedidentity/index.js';
import type { AnyQueueName, ContainerKey } from '@github-repo-stats/shared/topology';
import * as pulumi from '@pulumi/pulumi';
import type { Archive } from './archive.ts';
import type { Events } from './events.ts';
import type { Messaging } from './messaging.ts';
import type { Observability } from './observability.ts';
import { PERMISSIONS } from './permissions.ts';
import type { PrivateNetwork } from './private-network.ts';
import { assignCosmosRole, assignRole, cosmosRole, type CosmosAccess, type Role } from './roles.ts';
import { secretName, type Secrets } from './secrets.ts';
import { SETTINGS_READ, type ServiceName } from './services.ts';
import type { Store } from './store.ts';

/** What the apps share. */
export interface Platform {
  resourceGroupName: pulumi.Output<string>;
  messaging: Messaging;
  store: Store;
  /** Absent when no events are published. */
  events: Events | undefined;
  /** Absent when runs are not archived. */
  archive: Archive | undefined;
  secrets: Secrets;
  observability: Observability;
  /** Absent when everything is reached by its public address. */
  network: PrivateNetwork | undefined;
}

export class ServiceIdentity extends pulumi.ComponentResource {
  readonly identity: managedidentity.UserAssignedIdentity;
  /** What must exist before code runs under the identity. */
  readonly grants: readonly pulumi.Resource[];

  constructor(service: ServiceName, platform: Platform, options?: pulumi.ComponentResourceOptions) {
    super('github-repo-stats:infra:ServiceIdentity', service, {}, options);
    const { resourceGroupName, messaging, store, events, archive, secrets, observability } = platform;
    const { send, receive, containers, publish, archive: keepsArchive } = PERMISSIONS[service];
    const parent = { parent: this };
    this.identity = new managedidentity.UserAssignedIdentity(
      `${service}-identity`,
      { resourceGroupName },
      parent,
    );

    const role = (what: string, name: Role, scope: pulumi.Input<string>): pulumi.Resource =>
      assignRole(`${service}-${what}`, { role: name, scope, to: this.identity }, parent);
    const cosmos = (what: string, cosmosRoleId: pulumi.Input<string>, on: pulumi.Input<string>) =>
      assignCosmosRole(
        `${service}-${what}`,
        { role: cosmosRoleId, account: store.account, resourceGroupName, on, to: this.identity },
        parent,
      );
    const database = pulumi.interpolate`dbs/${store.database.name}`;
    const document = ([key, access]: [ContainerKey, CosmosAccess]): pulumi.Resource =>
      cosmos(
        `${access}s-${key}`,
        cosmosRole(store.account, access),
        pulumi.interpolate`${database}/colls/${store.containers[key].name}`,
      );
    const queueRoles = (names: readonly AnyQueueName[], what: string, name: Role): pulumi.Resource[] =>
      names.flatMap((key) => {
        const queue = key === 'archive' ? archive?.queue : messaging.queues[key];
        return queue ? [role(`${what}-${key}`, name, queue.id)] : [];
      });
    this.grants = [
      ...queueRoles(send, 'sends', 'Azure Service Bus Data Sender'),
      ...queueRoles(receive, 'receives', 'Azure Service Bus Data Receiver'),
      ...(Object.entries(containers) as [ContainerKey, CosmosAccess][]).map(document),
      // The change feed's trigger also reads what the database is: roles on containers alone are refused
      // (github.com/Azure/azure-cosmos-dotnet-v3/issues/3638).
      ...(containers.leases ? [cosmos('reads-metadata', store.metadataReader.id, database)] : []),
      ...SETTINGS_READ[service].flatMap((setting) => {
        const stored = secrets.stored[setting];
        return stored ? role(`reads-${secretName(setting)}`, 'Key Vault Secrets User', stored.secret.id) : [];
      }),
      ...(publish && events ? [role('publishes', 'EventGrid Data Sender', events.topic.id)] : []),
      ...(keepsArchive && archive
        ? [role('writes-archive', 'Storage Blob Data Contributor', archive.container.id)]
        : []),
      role('measures', 'Monitoring Metrics Publisher', observability.insights.id),
    ];
    this.registerOutputs({ identity: this.identity.name });
  }
}
