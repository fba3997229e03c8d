/** The settings that each function app gets: those it reads, no other, so that a missing one shows here and not in Azure. */
import { APP_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { readCredentials } from '@github-repo-stats/shared/github/credentials';
import { hostSettings, type Lanes } from '@github-repo-stats/shared/host-settings';
import { SETTINGS, type SettingName } from '@github-repo-stats/shared/settings';
import { EXPORTER_SETTINGS } from '@github-repo-stats/shared/telemetry/exporter-settings';
import { isEmbedded, isHostSetting, type UserSettings } from './user-settings.ts';

/** Where the parts of the platform are reached. */
export interface Addresses {
  serviceBusConnection: string;
  cosmosEndpoint: string;
  cosmosKey: string;
  cosmosConnection: string;
  eventGridEndpoint: string;
  sendGridEndpoint: string;
  /** Absent when no reporter listens. */
  dashboardUrl?: string;
  /** Absent unless runs are archived. */
  archiveUrl?: string;
  archiveKey?: string;
  /** Absent unless telemetry was asked for. */
  applicationInsightsConnection?: string;
  /** Absent when the real GitHub is read. */
  githubUrl?: string;
  /** Github_Credentials for the simulated GitHub, when it takes no other tokens. */
  githubCredentials?: string;
}

/** By app, what it reads. */
const READ: Readonly<Record<string, readonly string[]>> = APP_SETTINGS;
/** By app, the connections that its triggers name. */
const OF_TRIGGERS: Readonly<Record<string, readonly string[]>> = { reporter: ['CosmosDBConnection'] };

/** What the operating system and Node need in a child, as Azure's own environment has it too. Functions run in UTC. */
const INHERITED =
  /^(PATH|HOME|TMPDIR|TEMP|TMP|SystemRoot|LANG|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|https?_proxy|no_proxy)$/i;

export function inheritedEnvironment(
  env: Record<string, string | undefined> = process.env,
): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && INHERITED.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), TZ: 'UTC' };
}

/** What stands in for the cloud: always for Service Bus and Cosmos DB, and for the rest unless the user set the real one. */
function standIns(user: UserSettings, at: Addresses): Record<string, string> {
  const { values } = user;
  const realMail = values.has('SendGrid_API_Key') || values.has('SendGrid_Endpoint');
  const realTopic = values.has('EventGridEndpoint');
  return {
    ...(!realMail && {
      SendGrid_API_Key: 'SG.local',
      SendGrid_Endpoint: at.sendGridEndpoint,
      SendGrid_VerifiedFromSenderEmail: 'github-repo-stats@example.org',
      SendGrid_ToEmail: 'you@example.org',
    }),
    ...(!realTopic && { EventGridEndpoint: at.eventGridEndpoint, EventGridKey: 'local' }),
    SendEmailNotifications: 'true',
    ...(at.dashboardUrl !== undefined && { Dashboard_Url: at.dashboardUrl }),
    PublishToEventGrid: 'true',
    CosmosDB_ServerlessMode: 'true',
    ...(at.githubUrl !== undefined && {
      ...(at.githubCredentials === undefined
        ? { Github_Token: 'simulated' }
        : { Github_Credentials: at.githubCredentials }),
      Github_GraphqlUrl: at.githubUrl,
    }),
  };
}

const embedded = (at: Addresses): Record<string, string> => ({
  ServiceBusConnection: at.serviceBusConnection,
  CosmosDBConnection: at.cosmosConnection,
  CosmosDB_Endpoint: at.cosmosEndpoint,
  CosmosDB_PrimaryKey: at.cosmosKey,
  ...(at.archiveUrl !== undefined && { Archive_Url: at.archiveUrl }),
  ...(at.archiveKey !== undefined && { Archive_Key: at.archiveKey }),
  ...(at.applicationInsightsConnection !== undefined && {
    APPLICATIONINSIGHTS_CONNECTION_STRING: at.applicationInsightsConnection,
  }),
});

/** The default as text, because bindings name settings as `%Name%` and the host knows no defaults. */
function defaultOf(name: string): string | undefined {
  const parsed = Object.hasOwn(SETTINGS, name)
    ? SETTINGS[name as SettingName].safeParse(undefined)
    : undefined;
  const value = parsed?.success ? parsed.data : undefined;
  // No list is a default.
  return value === undefined || typeof value === 'object' ? undefined : String(value);
}

/** What the settings say of how many sessions of an app can be busy. */
const lanesOf = (settings: Record<string, string>): Lanes => ({
  credentials: readCredentials({
    Github_Token: settings['Github_Token'],
    Github_Credentials: SETTINGS.Github_Credentials.parse(settings['Github_Credentials']),
  }).length,
  serverless: SETTINGS.CosmosDB_ServerlessMode.parse(settings['CosmosDB_ServerlessMode']),
});

/** Settings by their names: embedded platform, else the user's, else the stand-in, else the default. */
export function settingsOf(
  names: readonly string[],
  user: UserSettings,
  at: Addresses,
): Record<string, string> {
  const fixed = embedded(at);
  const local = standIns(user, at);
  const settings: Record<string, string> = {};
  for (const name of names) {
    const given = name in fixed ? fixed[name] : isEmbedded(name) ? undefined : user.values.get(name)?.value;
    const value = given ?? local[name] ?? defaultOf(name);
    if (value !== undefined) settings[name] = value;
  }
  return settings;
}

/** Those that the app reads, those of its triggers, and the host's. */
export function appSettings(app: string, user: UserSettings, at: Addresses): Record<string, string> {
  const settings = settingsOf([...(READ[app] ?? []), ...(OF_TRIGGERS[app] ?? [])], user, at);
  Object.assign(settings, hostSettings(app, lanesOf(settings)));
  if (at.applicationInsightsConnection !== undefined) Object.assign(settings, EXPORTER_SETTINGS);
  for (const [name, { value }] of user.values) if (isHostSetting(name)) settings[name] = value;
  return settings;
}
