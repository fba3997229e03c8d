/** The environment that a bench starts an app in: as the embedded platform gives it, or as Azure does. */
import {
  appSettings,
  inheritedEnvironment,
  type Addresses,
} from '@github-repo-stats/local/platform/app-settings';
import { readUserSettings } from '@github-repo-stats/local/platform/user-settings';

/** Where nothing listens: an app that only starts asks nobody. */
const NOWHERE: Addresses = {
  serviceBusConnection:
    'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true;',
  cosmosEndpoint: 'http://127.0.0.1:1/',
  cosmosKey: 'a2V5',
  cosmosConnection: 'AccountEndpoint=http://127.0.0.1:1/;AccountKey=a2V5;',
  eventGridEndpoint: 'http://127.0.0.1:1/api/events',
  sendGridEndpoint: 'http://127.0.0.1:1',
  archiveUrl: 'http://127.0.0.1:1/account/archive',
  archiveKey: 'a2V5',
  githubUrl: 'http://127.0.0.1:1/graphql',
};

/** The user set nothing. */
const USER = readUserSettings({}, import.meta.dirname);

export const withKeys = (app: string, at: Addresses = NOWHERE): Record<string, string> => ({
  ...inheritedEnvironment(),
  ...appSettings(app, USER, at),
});

const KEYS = [
  'ServiceBusConnection',
  'CosmosDB_PrimaryKey',
  'CosmosDBConnection',
  'EventGridKey',
  'Archive_Key',
];

/** No keys, so that each client takes a managed identity, and Application Insights. */
export function asInAzure(app: string): Record<string, string> {
  const applicationInsightsConnection =
    'InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://127.0.0.1:1/';
  const settings = Object.entries(withKeys(app, { ...NOWHERE, applicationInsightsConnection }));
  return {
    ...Object.fromEntries(settings.filter(([name]) => !KEYS.includes(name))),
    ServiceBusConnection__fullyQualifiedNamespace: 'example.servicebus.windows.net',
    CosmosDBConnection__accountEndpoint: 'https://example.documents.azure.com/',
  };
}
