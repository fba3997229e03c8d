/** Role assignments: the built-in roles that are used, and how one is given to an identity. */
import { createHash } from 'node:crypto';
import * as authorization from '@pulumi/azure-native/authorization/index.js';
import * as cosmosdb from '@pulumi/azure-native/cosmosdb/index.js';
import * as pulumi from '@pulumi/pulumi';

/** Ids of Azure's built-in roles (learn.microsoft.com/azure/role-based-access-control/built-in-roles). */
export const ROLES = {
  'Azure Service Bus Data Sender': '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39',
  'Azure Service Bus Data Receiver': '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0',
  'EventGrid Data Sender': 'd5a91429-5739-47e2-a06b-3470a27159e7',
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6',
  'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb',
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
} as const;
export type Role = keyof typeof ROLES;

/** Cosmos DB's own roles for data (learn.microsoft.com/azure/cosmos-db/how-to-connect-role-based-access-control). */
export const COSMOS_ROLES = {
  read: '00000000-0000-0000-0000-000000000001',
  write: '00000000-0000-0000-0000-000000000002',
} as const;
export type CosmosAccess = keyof typeof COSMOS_ROLES;

/** Whoever is given a role: an identity of an app, or of a resource. */
export interface Principal {
  principalId: pulumi.Input<string>;
}

/** Gives a role on one resource. */
export function assignRole(
  name: string,
  { role, scope, to }: { role: Role; scope: pulumi.Input<string>; to: Principal },
  options: pulumi.CustomResourceOptions,
): authorization.RoleAssignment {
  const { subscriptionId } = authorization.getClientConfigOutput({ parent: options.parent });
  return new authorization.RoleAssignment(
    name,
    {
      scope,
      principalId: to.principalId,
      // Without the type, Azure looks the new principal up in a directory that does not know it yet.
      principalType: authorization.PrincipalType.ServicePrincipal,
      roleDefinitionId: pulumi.interpolate`/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${ROLES[role]}`,
    },
    options,
  );
}

/** The id of one of Cosmos DB's own roles. */
export const cosmosRole = (account: cosmosdb.DatabaseAccount, access: CosmosAccess): pulumi.Output<string> =>
  pulumi.interpolate`${account.id}/sqlRoleDefinitions/${COSMOS_ROLES[access]}`;

/**
 * Gives a role of Cosmos DB on a database, or on a container of it.
 * @param grant.on from the account downwards, as `dbs/<database>/colls/<container>`.
 */
export function assignCosmosRole(
  name: string,
  grant: {
    role: pulumi.Input<string>;
    account: cosmosdb.DatabaseAccount;
    resourceGroupName: pulumi.Input<string>;
    on: pulumi.Input<string>;
    to: Principal;
  },
  options: pulumi.CustomResourceOptions,
): cosmosdb.SqlResourceSqlRoleAssignment {
  const { role, account, resourceGroupName, on, to } = grant;
  return new cosmosdb.SqlResourceSqlRoleAssignment(
    name,
    {
      accountName: account.name,
      resourceGroupName,
      roleAssignmentId: ownGuid(name),
      roleDefinitionId: role,
      scope: pulumi.interpolate`${account.id}/${on}`,
      principalId: to.principalId,
    },
    options,
  );
}

/** For what Azure wants to be named by a GUID, where the provider would send the logical name. */
export const ownGuid = (name: string): string =>
  guidOf(`${pulumi.getProject()}/${pulumi.getStack()}/${name}`);

/** The same GUID for the same text, always. */
export function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
