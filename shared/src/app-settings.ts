/** Which settings each app reads: in its own config.ts, and so what it is given in Azure and by the embedded platform; and which the commands read. */
import { GITHUB_SETTINGS } from './github/credentials.ts';
import type { SettingName } from './settings.ts';
import { TELEMETRY_SETTINGS } from './telemetry/open-telemetry.ts';

const COSMOS = [
  'CosmosDB_Endpoint',
  'CosmosDB_PrimaryKey',
  'CosmosDB_DBName',
  'CosmosDB_DataContainerName',
  'CosmosDB_RunInfoContainerName',
] as const;
const SERVICE_BUS = ['ServiceBusConnection', 'ServiceBusConnection__fullyQualifiedNamespace'] as const;
const EVERY_APP = [...COSMOS, 'DurationScale', ...TELEMETRY_SETTINGS] as const;
const WRITING = [
  'CosmosDB_ServerlessMode',
  'CosmosDB_ProvisionedThroughput',
  'CosmosDB_RU_NeededForEachWrite',
] as const;

export const APP_SETTINGS = {
  archiver: [
    ...EVERY_APP,
    ...SERVICE_BUS,
    // What it may read without a run to be slower for it.
    ...WRITING,
    'CosmosDB_RetentionDays',
    'Archive_Url',
    'Archive_Key',
  ],
  fetcher: [...EVERY_APP, ...SERVICE_BUS, ...GITHUB_SETTINGS, 'CosmosDB_ServerlessMode'],
  reporter: [
    ...EVERY_APP,
    'SendEmailNotifications',
    'SendGrid_API_Key',
    'SendGrid_VerifiedFromSenderEmail',
    'SendGrid_ToEmail',
    'SendGrid_Endpoint',
    'SendGrid_Mails',
    'Alert_Rules',
    'Quality_Rules',
    'Quality_Holds_Event',
    'Dashboard_Url',
    'Auth_Mode',
    'PublishToEventGrid',
    'EventGridEndpoint',
    'EventGridKey',
    // To tell when the next run is.
    'RunSchedule',
  ],
  resolver: [...EVERY_APP, ...SERVICE_BUS, ...GITHUB_SETTINGS, 'NumberOfReposToQueryPerCall'],
  scheduler: [
    ...EVERY_APP,
    ...SERVICE_BUS,
    'RunSchedule',
    // Whether there is a queue of the archive, whose dead letters are looked after too.
    'Archive_Url',
    // For estimates alone: what resolver, fetcher and writer are given.
    ...GITHUB_SETTINGS,
    'NumberOfReposToQueryPerCall',
    ...WRITING,
  ],
  writer: [...EVERY_APP, ...SERVICE_BUS, ...WRITING],
} as const satisfies Record<string, readonly SettingName[]>;

/** What commands read that work on what is deployed: they ask archive and database together, and tell of it. */
export const COMMAND_SETTINGS = [
  ...COSMOS,
  ...WRITING,
  'Archive_Url',
  'Archive_Key',
  'PublishToEventGrid',
  'EventGridEndpoint',
  'EventGridKey',
] as const satisfies readonly SettingName[];

/** The apps: the five that a run goes through, and the archiver; a test holds them equal to the folders of services/. */
export type AppName = keyof typeof APP_SETTINGS;
