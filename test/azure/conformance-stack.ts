/** What the conformance suites need in Azure, made of the stack's own components: a namespace, an account, and roles for who runs them. */
import * as authorization from '@pulumi/azure-native/authorization/index.js';
import * as cosmosdb from '@pulumi/azure-native/cosmosdb/index.js';
import * as resources from '@pulumi/azure-native/resources/index.js';
import * as servicebus from '@pulumi/azure-native/servicebus/index.js';
import { CONFORMANCE_QUEUES } from '@github-repo-stats/local/service-bus/conformance-queues';
import type { ServiceBusConfig } from '@github-repo-stats/local/service-bus/config';
import * as pulumi from '@pulumi/pulumi';
import { Messaging } from '../../infra/src/messaging.ts';
import { COSMOS_ROLES, guidOf, ROLES, type Role } from '../../infra/src/roles.ts';
import { Store } from '../../infra/src/store.ts';

type QueueDefinition = NonNullable<ServiceBusConfig['UserConfig']['Namespaces'][number]['Queues']>[number];

/** What the suites are pointed with; none of it is secret. */
export interface ConformanceOutputs {
  resourceGroup: pulumi.Output<string>;
  /** Host name of the Service Bus namespace. */
  namespace: pulumi.Output<string>;
  /** Of the Cosmos DB account, and its resource id. */
  endpoint: pulumi.Output<string>;
  account: pulumi.Output<string>;
}

/** Serverless, so that containers cost nothing; nothing is protected, since all of it is to go again. */
const STORE = {
  cosmosMode: 'serverless',
  cosmosFreeTier: false,
  cosmosThroughput: undefined,
  writeThroughput: undefined,
  statsRetentionDays: undefined,
  protect: false,
  privateNetwork: false,
  publishEvents: false,
  eventQueue: false,
  archive: false,
} as const;

/** What Azure calls the kind of account that is signed in. */
export type SignedInAs = 'User' | 'ServicePrincipal';

export function defineConformance(signedInAs: SignedInAs): ConformanceOutputs {
  const group = new resources.ResourceGroup('github-repo-stats-conformance', {
    tags: { app: 'github-repo-stats', purpose: 'conformance' },
  });
  const resourceGroupName = group.name;
  const messaging = new Messaging('messaging', { resourceGroupName, config: STORE });
  const store = new Store('store', { resourceGroupName, location: group.location, config: STORE });
  for (const queue of CONFORMANCE_QUEUES) makeQueue(queue, resourceGroupName, messaging.namespace.name);
  const { objectId, subscriptionId } = authorization.getClientConfigOutput();
  // No suite makes or lists queues, which alone would need the owner's role.
  const roles: Role[] = ['Azure Service Bus Data Sender', 'Azure Service Bus Data Receiver'];
  for (const role of roles)
    new authorization.RoleAssignment(role.toLowerCase().replaceAll(' ', '-'), {
      scope: messaging.namespace.id,
      principalId: objectId,
      // Azure refuses a wrong one, and the provider says User where it is told nothing.
      principalType: signedInAs,
      roleDefinitionId: pulumi.interpolate`/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${ROLES[role]}`,
    });
  new cosmosdb.SqlResourceSqlRoleAssignment('writes-documents', {
    resourceGroupName,
    accountName: store.account.name,
    roleAssignmentId: guidOf(`${pulumi.getProject()}/${pulumi.getStack()}/writes-documents`),
    roleDefinitionId: pulumi.interpolate`${store.account.id}/sqlRoleDefinitions/${COSMOS_ROLES.write}`,
    scope: store.account.id,
    principalId: objectId,
  });
  return {
    resourceGroup: resourceGroupName,
    namespace: messaging.address,
    endpoint: store.account.documentEndpoint,
    account: store.account.id,
  };
}

/** As the embedded broker reads it: what is not said is Azure's default, stated. */
function makeQueue(
  { Name, Properties = {} }: QueueDefinition,
  resourceGroupName: pulumi.Input<string>,
  namespaceName: pulumi.Input<string>,
): void {
  const { DefaultMessageTimeToLive: defaultMessageTimeToLive } = Properties;
  new servicebus.Queue(`conformance-${Name}`, {
    resourceGroupName,
    namespaceName,
    queueName: Name,
    lockDuration: Properties.LockDuration ?? 'PT1M',
    maxDeliveryCount: Properties.MaxDeliveryCount ?? 10,
    requiresSession: Properties.RequiresSession ?? false,
    requiresDuplicateDetection: Properties.RequiresDuplicateDetection ?? false,
    deadLetteringOnMessageExpiration: Properties.DeadLetteringOnMessageExpiration ?? false,
    ...(defaultMessageTimeToLive !== undefined && { defaultMessageTimeToLive }),
  });
}
