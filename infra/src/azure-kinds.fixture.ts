/** The kinds of resources that are used: how each is named, what its id is, and what Azure adds to it. */

/** Inputs as they travel, secrets opened. */
export type Inputs = { readonly [key: string]: unknown };

/**
 * How the provider names what the program did not name (pulumi-azure-native, provider/pkg/resources, AutoName): a resource of its own
 * gets the logical name and eight random hex digits; a child gets the logical name as it stands; a role assignment a GUID.
 */
export type AutoName = 'random' | 'copied' | 'guid';

export interface Kind {
  /** The input that holds the name. */
  input: string;
  auto: AutoName;
  /** Azure's rule for the name. */
  legal: RegExp;
  id(name: string, inputs: Inputs): string;
  /** Outputs beyond inputs, name and id. */
  outputs?(name: string, inputs: Inputs): Record<string, unknown>;
}

export const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001';
export const TENANT = '00000000-0000-4000-8000-000000000002';
export const REGION = 'westeurope';
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const text = (inputs: Inputs, key: string): string => {
  const value = inputs[key];
  if (typeof value !== 'string') throw new Error(`The input ${key} is not a text but ${typeof value}.`);
  return value;
};
const group = (i: Inputs): string =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${text(i, 'resourceGroupName')}`;
const of =
  (provider: string, ...parents: string[]) =>
  (name: string, i: Inputs): string => {
    const [first = '', ...rest] = provider.split('>');
    const path = parents.map((parent, n) => `${n === 0 ? first : rest[n - 1]!}/${text(i, parent)}`);
    const own = parents.length === 0 ? first : rest[parents.length - 1]!;
    return `${group(i)}/providers/${[...path, own].join('/')}/${name}`;
  };

export const KINDS: Record<string, Kind> = {
  'resources:ResourceGroup': {
    input: 'resourceGroupName',
    auto: 'random',
    legal: /^[\w().-]{1,89}[\w()-]$/,
    id: (name) => `/subscriptions/${SUBSCRIPTION}/resourceGroups/${name}`,
    outputs: () => ({ location: REGION }),
  },
  'resources:Deployment': {
    input: 'deploymentName',
    auto: 'random',
    legal: /^[\w().-]{1,64}$/,
    id: of('Microsoft.Resources/deployments'),
  },
  'servicebus:Namespace': {
    input: 'namespaceName',
    auto: 'random',
    legal: /^[a-zA-Z][a-zA-Z0-9-]{4,48}[a-zA-Z0-9]$/,
    id: of('Microsoft.ServiceBus/namespaces'),
  },
  'servicebus:NamespaceNetworkRuleSet': {
    // Always `default`: there is one, and no way to name it.
    input: 'name',
    auto: 'copied',
    legal: /^/,
    id: (_name, i) => of('Microsoft.ServiceBus/namespaces>networkRuleSets', 'namespaceName')('default', i),
  },
  'servicebus:Queue': {
    input: 'queueName',
    auto: 'copied',
    legal: /^[A-Za-z0-9][\w./-]{0,258}[A-Za-z0-9]$/,
    id: of('Microsoft.ServiceBus/namespaces>queues', 'namespaceName'),
  },
  'cosmosdb:DatabaseAccount': {
    input: 'accountName',
    auto: 'random',
    legal: /^[a-z0-9][a-z0-9-]{1,42}[a-z0-9]$/,
    id: of('Microsoft.DocumentDB/databaseAccounts'),
    outputs: (name) => ({ documentEndpoint: `https://${name}.documents.azure.com:443/` }),
  },
  'cosmosdb:SqlResourceSqlDatabase': {
    input: 'databaseName',
    auto: 'copied',
    legal: /^[^/\\#?]{1,255}$/,
    id: of('Microsoft.DocumentDB/databaseAccounts>sqlDatabases', 'accountName'),
  },
  'cosmosdb:SqlResourceSqlContainer': {
    input: 'containerName',
    auto: 'copied',
    legal: /^[^/\\#?]{1,255}$/,
    id: of('Microsoft.DocumentDB/databaseAccounts>sqlDatabases>containers', 'accountName', 'databaseName'),
  },
  'cosmosdb:SqlResourceSqlRoleAssignment': {
    input: 'roleAssignmentId',
    auto: 'copied',
    legal: GUID,
    id: of('Microsoft.DocumentDB/databaseAccounts>sqlRoleAssignments', 'accountName'),
  },
  'cosmosdb:SqlResourceSqlRoleDefinition': {
    input: 'roleDefinitionId',
    auto: 'copied',
    legal: GUID,
    id: of('Microsoft.DocumentDB/databaseAccounts>sqlRoleDefinitions', 'accountName'),
  },
  'eventgrid:Topic': {
    input: 'topicName',
    auto: 'random',
    legal: /^[A-Za-z0-9-]{3,50}$/,
    id: of('Microsoft.EventGrid/topics'),
    outputs: (name, i) => ({
      endpoint: `https://${name}.${REGION}-1.eventgrid.azure.net/api/events`,
      ...(i['identity'] !== undefined && { identity: { principalId: `principal-of-${name}` } }),
    }),
  },
  'eventgrid:EventSubscription': {
    input: 'eventSubscriptionName',
    auto: 'copied',
    legal: /^[A-Za-z0-9-]{3,64}$/,
    id: (name, i) => `${text(i, 'scope')}/providers/Microsoft.EventGrid/eventSubscriptions/${name}`,
  },
  'network:VirtualNetwork': {
    input: 'virtualNetworkName',
    auto: 'random',
    legal: /^[A-Za-z0-9][\w.-]{0,62}\w$/,
    id: of('Microsoft.Network/virtualNetworks'),
  },
  'network:PrivateEndpoint': {
    input: 'privateEndpointName',
    auto: 'random',
    legal: /^[A-Za-z0-9][\w.-]{0,62}\w$/,
    id: of('Microsoft.Network/privateEndpoints'),
  },
  'network:PrivateDnsZoneGroup': {
    input: 'privateDnsZoneGroupName',
    auto: 'copied',
    legal: /^[A-Za-z0-9][\w.-]{0,78}\w$/,
    id: of('Microsoft.Network/privateEndpoints>privateDnsZoneGroups', 'privateEndpointName'),
  },
  'privatedns:PrivateZone': {
    input: 'privateZoneName',
    auto: 'random',
    // Two labels at least; what the provider would make up has one.
    legal: /^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/,
    id: of('Microsoft.Network/privateDnsZones'),
  },
  'privatedns:VirtualNetworkLink': {
    input: 'virtualNetworkLinkName',
    auto: 'copied',
    legal: /^[A-Za-z0-9]([\w.-]{0,78}\w)?$/,
    id: of('Microsoft.Network/privateDnsZones>virtualNetworkLinks', 'privateZoneName'),
  },
  'authorization:ManagementLockByScope': {
    input: 'lockName',
    auto: 'copied',
    legal: /^[^<>%&:\\?/]{1,260}$/,
    id: (name, i) => `${text(i, 'scope')}/providers/Microsoft.Authorization/locks/${name}`,
  },
  'keyvault:Vault': {
    input: 'vaultName',
    auto: 'random',
    legal: /^(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/,
    id: of('Microsoft.KeyVault/vaults'),
  },
  'keyvault:Secret': {
    input: 'secretName',
    auto: 'copied',
    legal: /^[0-9a-zA-Z-]{1,127}$/,
    id: of('Microsoft.KeyVault/vaults>secrets', 'vaultName'),
    outputs: (name, i) => ({
      properties: {
        secretUriWithVersion: `https://${text(i, 'vaultName')}.vault.azure.net/secrets/${name}/0123456789abcdef`,
      },
    }),
  },
  'storage:StorageAccount': {
    input: 'accountName',
    auto: 'random',
    legal: /^[a-z0-9]{3,24}$/,
    id: of('Microsoft.Storage/storageAccounts'),
    outputs: (name) => ({ primaryEndpoints: { blob: `https://${name}.blob.core.windows.net/` } }),
  },
  'storage:BlobContainer': {
    input: 'containerName',
    auto: 'copied',
    legal: /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
    id: of('Microsoft.Storage/storageAccounts>blobServices/default/containers', 'accountName'),
  },
  'storage:ManagementPolicy': {
    // Always `default`.
    input: 'managementPolicyName',
    auto: 'copied',
    legal: /^default$/,
    id: of('Microsoft.Storage/storageAccounts>managementPolicies', 'accountName'),
  },
  'storage:Blob': {
    input: 'blobName',
    auto: 'copied',
    legal: /^.{1,1024}$/,
    id: (name, i) =>
      `https://${text(i, 'accountName')}.blob.core.windows.net/${text(i, 'containerName')}/${name}`,
    outputs: (name, i) => ({
      url: `https://${text(i, 'accountName')}.blob.core.windows.net/${text(i, 'containerName')}/${name}`,
    }),
  },
  'managedidentity:UserAssignedIdentity': {
    input: 'resourceName',
    auto: 'random',
    legal: /^[A-Za-z0-9][\w-]{2,127}$/,
    id: of('Microsoft.ManagedIdentity/userAssignedIdentities'),
    outputs: (name) => ({ principalId: `principal-of-${name}`, clientId: `client-of-${name}` }),
  },
  'authorization:RoleAssignment': {
    input: 'roleAssignmentName',
    auto: 'guid',
    legal: GUID,
    id: (name, i) => `${text(i, 'scope')}/providers/Microsoft.Authorization/roleAssignments/${name}`,
  },
  'web:AppServicePlan': {
    input: 'name',
    auto: 'random',
    legal: /^[\w-]{1,60}$/,
    id: of('Microsoft.Web/serverfarms'),
  },
  'web:WebApp': {
    input: 'name',
    auto: 'random',
    // 60 would do, but the host knows its app by the first 32 characters.
    legal: /^[A-Za-z0-9][A-Za-z0-9-]{0,30}[A-Za-z0-9]$/,
    id: of('Microsoft.Web/sites'),
    outputs: (name) => ({ defaultHostName: `${name}.azurewebsites.net` }),
  },
  'web:WebAppAuthSettingsV2': {
    // Always `authsettingsV2`: the input is the name of the app.
    input: 'name',
    auto: 'copied',
    legal: /^[A-Za-z0-9-]+$/,
    id: (name, i) => `${group(i)}/providers/Microsoft.Web/sites/${name}/config/authsettingsV2`,
  },
  'web:WebAppScmAllowed': {
    input: 'name',
    auto: 'copied',
    legal: /^[A-Za-z0-9-]+$/,
    id: (name, i) =>
      `${group(i)}/providers/Microsoft.Web/sites/${name}/basicPublishingCredentialsPolicies/scm`,
  },
  'web:WebAppFtpAllowed': {
    input: 'name',
    auto: 'copied',
    legal: /^[A-Za-z0-9-]+$/,
    id: (name, i) =>
      `${group(i)}/providers/Microsoft.Web/sites/${name}/basicPublishingCredentialsPolicies/ftp`,
  },
  'operationalinsights:Workspace': {
    input: 'workspaceName',
    auto: 'random',
    legal: /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/,
    id: of('Microsoft.OperationalInsights/workspaces'),
  },
  'applicationinsights:Component': {
    input: 'resourceName',
    auto: 'random',
    legal: /^[\w.()-]{1,255}$/,
    id: of('Microsoft.Insights/components'),
    outputs: () => ({
      connectionString:
        'InstrumentationKey=01234567-89ab-cdef-0123-456789abcdef;IngestionEndpoint=https://example.org/',
    }),
  },
  'monitor:ActionGroup': {
    input: 'actionGroupName',
    auto: 'random',
    legal: /^[^:<>+/&%\\?|]{1,260}$/,
    id: of('Microsoft.Insights/actionGroups'),
  },
  'monitor:ScheduledQueryRule': {
    input: 'ruleName',
    auto: 'random',
    legal: /^[^*#&+:<>?@%{}\\/|]{1,259}[^*#&+:<>?@%{}\\/|. ]$/,
    id: of('Microsoft.Insights/scheduledQueryRules'),
  },
  'monitor:MetricAlert': {
    input: 'ruleName',
    auto: 'random',
    legal: /^[^*#&+:<>?@%{}\\/|]{1,259}[^*#&+:<>?@%{}\\/|. ]$/,
    id: of('Microsoft.Insights/metricAlerts'),
  },
  'applicationinsights:Workbook': {
    input: 'resourceName',
    auto: 'random',
    legal: GUID,
    id: of('Microsoft.Insights/workbooks'),
  },
  'consumption:Budget': {
    input: 'budgetName',
    auto: 'copied',
    legal: /^[\w-]{1,63}$/,
    id: (name, i) => `${text(i, 'scope')}/providers/Microsoft.Consumption/budgets/${name}`,
  },
  'monitor:DiagnosticSetting': {
    input: 'name',
    auto: 'copied',
    legal: /^[^*<>%&:\\?+/]{1,260}$/,
    id: (name, i) => `${text(i, 'resourceUri')}/providers/Microsoft.Insights/diagnosticSettings/${name}`,
  },
};
