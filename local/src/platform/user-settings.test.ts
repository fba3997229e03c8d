import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { APP_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { EXPORTER_SETTINGS } from '@github-repo-stats/shared/telemetry/exporter-settings';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../build/service-folders.ts';
import { appSettings, type Addresses } from './app-settings.ts';
import { parseSettingsFile } from './settings-file.ts';
import { readUserSettings } from './user-settings.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'settings-'));
});
afterEach(() => rm(folder, { recursive: true }));
const file = (text: string) => writeFile(join(folder, 'local.settings.json'), text);
const problemsOf = (env: Record<string, string>): string => {
  try {
    readUserSettings(env, folder);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

const AT: Addresses = {
  serviceBusConnection: 'Endpoint=sb://local',
  cosmosEndpoint: 'http://127.0.0.1:1/',
  cosmosKey: 'key',
  cosmosConnection: 'AccountEndpoint=http://127.0.0.1:1/',
  eventGridEndpoint: 'http://127.0.0.1:2/api/events',
  sendGridEndpoint: 'http://127.0.0.1:3',
  dashboardUrl: 'http://127.0.0.1:5',
  githubUrl: 'http://127.0.0.1:4/graphql',
};

test('without anything GitHub is simulated, and everything goes to the sinks', () => {
  const user = readUserSettings({}, folder);
  expect(user.simulated).toBe(true);
  expect(user.local).toEqual({
    Simulator_Latency: 'none',
    Simulator_Limits: 'none',
    Simulator_SecondsPerRepository: 0.115,
    Simulator_SecondsPerCall: 0.3,
    Simulator_SecondsPerListing: undefined,
    Simulator_GiantShare: 0.004,
    Simulator_LoadSpread: 0.15,
    Simulator_Stargazers: 'withheld',
    Simulator_LatencyScale: 1,
    Simulator_Seed: 1,
  });
  expect(appSettings('reporter', user, AT)).toMatchObject({
    EventGridEndpoint: AT.eventGridEndpoint,
    SendGrid_Endpoint: AT.sendGridEndpoint,
    PublishToEventGrid: 'true',
    SendEmailNotifications: 'true',
    CosmosDBConnection: AT.cosmosConnection,
  });
  expect(appSettings('fetcher', user, AT)).toMatchObject({
    Github_Token: 'simulated',
    Github_GraphqlUrl: AT.githubUrl,
  });
  expect(appSettings('scheduler', user, AT)).toMatchObject({ RunSchedule: '0 0 */6 * * *' });
});

test('the environment wins over the file, blank values count as absent, and GITHUB_TOKEN will do', async () => {
  await file(
    '// mine\n{"Values": {"RunSchedule": "0 0 1 * * *", "CosmosDB_DBName": "mine", "Github_Token": " "}}',
  );
  const user = readUserSettings(
    { RunSchedule: '0 0 2 * * *', GITHUB_TOKEN: 't0ken', CosmosDB_DBName: '' },
    folder,
  );
  expect(user.simulated).toBe(false);
  const { githubUrl: _, ...real } = AT;
  expect(appSettings('scheduler', user, real)).toMatchObject({ RunSchedule: '0 0 2 * * *' });
  expect(appSettings('fetcher', user, real)).toMatchObject({
    Github_Token: 't0ken',
    Github_GraphqlUrl: 'https://api.github.com/graphql',
  });
});

test('other credentials do as well as a token, and reach the apps that ask GitHub', () => {
  const Github_Credentials = '[{"name": "a", "token": "t0ken"}]';
  const Github_GraphqlUrl = 'https://ghe.example/api/graphql';
  const user = readUserSettings({ Github_Credentials, Github_GraphqlUrl }, folder);
  expect(user.simulated).toBe(false);
  const { githubUrl: _, ...real } = AT;
  for (const app of ['resolver', 'fetcher']) {
    const settings = appSettings(app, user, real);
    expect(settings).toMatchObject({ Github_Credentials, Github_GraphqlUrl });
    expect(settings).not.toHaveProperty('Github_Token');
  }
  expect(appSettings('writer', user, real)).not.toHaveProperty('Github_Credentials');
  expect(problemsOf({ Github_Credentials: '[{"name": "s3cret!", "token": "s3cret"}]' })).toBe(
    'Settings cannot be used:\n  - Github_Credentials (environment): entry 1: name is not 1 to 39 letters, digits and hyphens',
  );
});

test('a simulated GitHub that takes certain tokens alone is asked with these', () => {
  const githubCredentials = '[{"name": "a", "token": "t0ken"}]';
  const settings = appSettings('fetcher', readUserSettings({}, folder), { ...AT, githubCredentials });
  expect(settings).toMatchObject({
    Github_Credentials: githubCredentials,
    Github_GraphqlUrl: AT.githubUrl,
  });
  expect(settings).not.toHaveProperty('Github_Token');
});

test('an app gets no setting that it does not read, and secrets of the user’s environment stay out', () => {
  const user = readUserSettings({ GITHUB_TOKEN: 't0ken', SOME_SECRET: 'x' }, folder);
  const { githubUrl: _, ...real } = AT;
  const names = Object.keys(appSettings('writer', user, real));
  expect(names).not.toContain('Github_Token');
  expect(names).not.toContain('SOME_SECRET');
});

test('the host takes as many sessions as credentials can keep busy, as in Azure', () => {
  const githubCredentials = '[{"name": "a", "token": "t0ken"}, {"name": "b", "token": "t0ken2"}]';
  const user = readUserSettings({}, folder);
  const sessions = 'AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentSessions';
  expect(appSettings('fetcher', user, AT)[sessions]).toBe('2');
  expect(appSettings('fetcher', user, { ...AT, githubCredentials })[sessions]).toBe('3');
  expect(appSettings('writer', user, AT)[sessions]).toBe('4');
  expect(appSettings('reporter', user, AT)).not.toHaveProperty(sessions);
});

test('settings of the host reach the apps', async () => {
  await file('{"Values": {"AzureWebJobs.sweep.Disabled": true}}');
  const user = readUserSettings({ AzureFunctionsJobHost__functionTimeout: '00:01:00' }, folder);
  expect(appSettings('writer', user, AT)).toMatchObject({
    'AzureWebJobs.sweep.Disabled': 'true',
    AzureFunctionsJobHost__functionTimeout: '00:01:00',
  });
});

test('every problem is told at once, with its place and without the value', async () => {
  await file(
    '{\n "Values": {\n  "NumberOfReposToQueryPerCall": "s3cret",\n  "SendGrid_API_Key": "SG.s3cret",\n  "Odd": {}\n }\n}',
  );
  const message = problemsOf({
    Simulator_Latency: 's3cret',
    Github_GraphqlUrl: 'https://ghe.example/api/graphql',
  });
  expect(message.split('\n').slice(1).sort()).toEqual([
    '  - Github_Token: is not set, and without a token GitHub is simulated (Github_GraphqlUrl is set in environment)',
    '  - NumberOfReposToQueryPerCall (local.settings.json:3): is not a whole number from 1 to 100',
    '  - SendGrid_ToEmail: is not set, but real mail needs it (SendGrid_API_Key is set in local.settings.json:4)',
    '  - SendGrid_VerifiedFromSenderEmail: is not set, but real mail needs it (SendGrid_API_Key is set in local.settings.json:4)',
    '  - Simulator_Latency (environment): is not one of none, github',
    '  - local.settings.json:5: Odd: is not a text, number or boolean',
  ]);
  expect(message).not.toContain('s3cret');
});

test('settings without effect are noted', async () => {
  await file(
    '{"Values": {"CosmosDB_Endpoint": "https://x.documents.azure.com", "NumberOfRepos": 3, "AzureWebJobsStorage": ""}}',
  );
  expect(readUserSettings({}, folder).notes).toEqual([
    'CosmosDB_Endpoint (local.settings.json:1) has no effect here: the embedded platform is used.',
    'NumberOfRepos (local.settings.json:1) is not a setting that is known here.',
  ]);
});

test.each([
  ['{"Values": {\n"a": 1,\n', /local\.settings\.json:\d: is not JSON/],
  ['[]', /local\.settings\.json:1: is not an object/],
  ['{"IsEncrypted": true, "Values": {}}', /IsEncrypted/],
  ['{"Values": 3}', /Values: is not an object/],
])('a file that cannot be read is a problem with a line: %s', (text, expected) => {
  expect(parseSettingsFile(text).problems.join('\n')).toMatch(expected);
});

test('the committed example is readable, and as it stands means the simulated GitHub', async () => {
  await file(await readFile(join(ROOT, 'local.settings.example.json'), 'utf8'));
  const user = readUserSettings({}, folder);
  expect(user.notes).toEqual([]);
  expect(user.simulated).toBe(true);
});

test('an app is told of Application Insights only when it is embedded here, whatever the user set', () => {
  const APPLICATIONINSIGHTS_CONNECTION_STRING =
    'InstrumentationKey=01234567-89ab-cdef-0123-456789abcdef;IngestionEndpoint=https://x.example/';
  const user = readUserSettings({ APPLICATIONINSIGHTS_CONNECTION_STRING }, folder);
  expect(user.notes).toEqual([
    'APPLICATIONINSIGHTS_CONNECTION_STRING (environment) has no effect here: the embedded platform is used.',
  ]);
  const named = (settings: Record<string, string>): string[] =>
    Object.keys(settings).filter((name) => /APPLICATION_?INSIGHTS/.test(name));
  for (const app of Object.keys(APP_SETTINGS)) {
    expect(named(appSettings(app, user, AT))).toEqual([]);
    const told = appSettings(app, user, { ...AT, applicationInsightsConnection: 'here' });
    expect(told).toMatchObject({ APPLICATIONINSIGHTS_CONNECTION_STRING: 'here', ...EXPORTER_SETTINGS });
  }
});
