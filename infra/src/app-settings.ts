/** The app settings of each app: those that it reads, no other, and those of the Functions host. */
import type { UserAssignedIdentity } from '@pulumi/azure-native/managedidentity/index.js';
import { COMMAND_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { readCredentials } from '@github-repo-stats/shared/github/credentials';
import { hostSettings } from '@github-repo-stats/shared/host-settings';
import { qualityRulesText } from '@github-repo-stats/shared/quality-rules';
import type { SettingName } from '@github-repo-stats/shared/settings';
import { EXPORTER_SETTINGS } from '@github-repo-stats/shared/telemetry/exporter-settings';
import { CONTAINERS } from '@github-repo-stats/shared/topology';
import * as pulumi from '@pulumi/pulumi';
import { throughputOf, type InfraConfig } from './config.ts';
import { PERMISSIONS } from './permissions.ts';
import type { Platform } from './service-identity.ts';
import { PROVING_IDENTITY } from './sign-in.ts';
import { SETTINGS_READ, type ServiceName } from './services.ts';

export type AppSettings = Record<string, pulumi.Input<string>>;

/** A setting that is left out: because an identity does what the key would do, or because the default is meant. */
const LEFT_OUT = { identity: undefined, default: undefined } as const;

const optionalText = (value: number | undefined): string | undefined =>
  value === undefined ? LEFT_OUT.default : String(value);

/** What is decided for every setting that there is; the type check asks for each new one. */
function decided(
  config: InfraConfig,
  { messaging, store, events, archive, secrets, observability }: Platform,
): Record<SettingName, pulumi.Input<string> | undefined> {
  const { writing } = throughputOf(config);
  return {
    Github_Token: secrets.stored.Github_Token?.reference,
    Github_Credentials: secrets.stored.Github_Credentials?.reference,
    Github_GraphqlUrl: config.githubGraphqlUrl,
    NumberOfReposToQueryPerCall: String(config.reposPerBatch),
    CosmosDB_Endpoint: store.account.documentEndpoint,
    CosmosDB_PrimaryKey: LEFT_OUT.identity,
    CosmosDB_DBName: store.database.name,
    CosmosDB_DataContainerName: CONTAINERS.repoStats.defaultName,
    CosmosDB_RunInfoContainerName: CONTAINERS.runInfo.defaultName,
    CosmosDB_ServerlessMode: String(config.cosmosMode === 'serverless'),
    CosmosDB_ProvisionedThroughput: config.cosmosMode === 'serverless' ? LEFT_OUT.default : String(writing),
    CosmosDB_RU_NeededForEachWrite: LEFT_OUT.default,
    SendEmailNotifications: String(config.sendGridApiKey !== undefined),
    SendGrid_API_Key: secrets.stored.SendGrid_API_Key?.reference,
    SendGrid_VerifiedFromSenderEmail: config.sendGridFrom,
    SendGrid_ToEmail: config.sendGridTo?.join(','),
    SendGrid_Endpoint: LEFT_OUT.default,
    SendGrid_Mails: config.sendGridMails.join(','),
    Alert_Rules: JSON.stringify(config.alertRules),
    Quality_Rules: qualityRulesText(config.qualityRules),
    Quality_Holds_Event: String(config.qualityHoldsEvent),
    // Without it the app links the host name that the platform tells it, which it has from nobody before it is there.
    Dashboard_Url: config.dashboardUrl,
    Auth_Mode: config.authMode === 'keys' ? LEFT_OUT.default : config.authMode,
    PublishToEventGrid: String(config.publishEvents),
    EventGridEndpoint: events?.topic.endpoint,
    EventGridKey: LEFT_OUT.identity,
    // The timer names it as %RunSchedule%, and the host knows no defaults.
    RunSchedule: config.runSchedule,
    ServiceBusConnection: LEFT_OUT.identity,
    ServiceBusConnection__fullyQualifiedNamespace: messaging.address,
    APPLICATIONINSIGHTS_CONNECTION_STRING: observability.insights.connectionString,
    DurationScale: LEFT_OUT.default,
    CosmosDB_RetentionDays: optionalText(config.statsRetentionDays),
    Archive_Url: archive?.url,
    Archive_Key: LEFT_OUT.identity,
  };
}

/** How a trigger or the host signs in with the app's identity. */
const signIn = (connection: string, identity: UserAssignedIdentity): AppSettings => ({
  [`${connection}__credential`]: 'managedidentity',
  [`${connection}__clientId`]: identity.clientId,
});

/** Of the Functions host: its own storage, the triggers' connections, telemetry, and what overrides host.json. */
function settingsOfHost(
  service: ServiceName,
  config: InfraConfig,
  { store }: Platform,
  { identity, hostStorage }: { identity: UserAssignedIdentity; hostStorage: pulumi.Input<string> },
): AppSettings {
  const { receive, containers } = PERMISSIONS[service];
  const { githubToken: Github_Token, githubCredentials: Github_Credentials } = config;
  const credentials = readCredentials({ Github_Token, Github_Credentials }).length;
  return {
    AzureWebJobsStorage__accountName: hostStorage,
    ...signIn('AzureWebJobsStorage', identity),
    // With several identities about, the SDKs have to be told which; and that it is an identity, so that they try nothing else.
    AZURE_CLIENT_ID: identity.clientId,
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
    ...EXPORTER_SETTINGS,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: pulumi.interpolate`ClientId=${identity.clientId};Authorization=AAD`,
    ...(receive.length > 0 && service !== 'scheduler' && signIn('ServiceBusConnection', identity)),
    ...(containers.leases && {
      CosmosDBConnection__accountEndpoint: store.account.documentEndpoint,
      ...signIn('CosmosDBConnection', identity),
    }),
    ...(service === 'reporter' && config.authMode === 'entra' && { [PROVING_IDENTITY]: identity.clientId }),
    ...hostSettings(service, { credentials, serverless: config.cosmosMode === 'serverless' }),
  };
}

/** What commands read that work on this stack; secret is none of it, since identities open everything. */
export function commandSettings(config: InfraConfig, platform: Platform): AppSettings {
  const values = decided(config, platform);
  const given = COMMAND_SETTINGS.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

/** All settings of an app, in the order of their names, so that nothing seems changed that is not. */
export function appSettings(
  service: ServiceName,
  config: InfraConfig,
  platform: Platform,
  host: { identity: UserAssignedIdentity; hostStorage: pulumi.Input<string> },
): { name: string; value: pulumi.Input<string> }[] {
  const values = decided(config, platform);
  const own = SETTINGS_READ[service].flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [{ name: name as string, value }];
  });
  const ofHost = Object.entries(settingsOfHost(service, config, platform, host)).map(([name, value]) => ({
    name,
    value,
  }));
  return [...own, ...ofHost].sort((a, b) => (a.name < b.name ? -1 : 1));
}
