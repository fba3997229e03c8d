/** The settings of each app: exactly those that it reads, and with them its package starts and registers its functions. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { SECRET_SETTINGS, SETTINGS } from '@github-repo-stats/shared/settings';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServices, type BuiltService } from '../../local/src/build/services.ts';
import { readConfig as archiver } from '../../services/archiver/src/config.ts';
import { readConfig as fetcher } from '../../services/fetcher/src/config.ts';
import { readConfig as reporter } from '../../services/reporter/src/config.ts';
import { readConfig as resolver } from '../../services/resolver/src/config.ts';
import { readConfig as scheduler } from '../../services/scheduler/src/config.ts';
import { readConfig as writer } from '../../services/writer/src/config.ts';
import { RANDOM } from './azure.fixture.ts';
import { configured, EVERYTHING, LEAST, noCode, SECRET_VALUES } from './config.fixture.ts';
import { SECRET_KEYS, type SecretKey } from './config.ts';
import { packageOf } from './packages.ts';
import { record } from './registrations.fixture.ts';
import { secretName } from './secrets.ts';
import { SERVICES, SETTINGS_READ, type ServiceName } from './services.ts';
import { defineStack } from './stack.ts';

type Values = Record<string, string>;
const READERS = { archiver, fetcher, reporter, resolver, scheduler, writer };

const known = new Map<Values, Promise<Record<ServiceName, Values>>>();
/** The settings of every app, by a configuration; each is defined once. */
function settingsIn(values: Values): Promise<Record<ServiceName, Values>> {
  const settings = known.get(values) ?? defined(values);
  known.set(values, settings);
  return settings;
}

async function defined(values: Values): Promise<Record<ServiceName, Values>> {
  const { registrations } = await record(() => defineStack(configured(values), noCode()));
  return Object.fromEntries(
    registrations
      .filter((r) => r.type === 'azure-native:web:WebApp')
      .map(({ name, inputs }) => {
        const { appSettings } = inputs['siteConfig'] as { appSettings: { name: string; value: string }[] };
        return [name.replace('stats-', ''), Object.fromEntries(appSettings.map((s) => [s.name, s.value]))];
      }),
  ) as Record<ServiceName, Values>;
}

/** As the platform hands them to the app: references to Key Vault are replaced by the secrets. */
const resolved = (settings: Values): Values =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      const [, secret] =
        /^@Microsoft\.KeyVault\(SecretUri=https:\/\/[\w-]+\.vault\.azure\.net\/secrets\/([\w-]+)\/\w+\)$/.exec(
          value,
        ) ?? [];
      const [key] = Object.entries(SECRET_KEYS).find(([, setting]) => secretName(setting) === secret) ?? [];
      return [name, key === undefined ? value : SECRET_VALUES[key as SecretKey]];
    }),
  );

const SHARED: Values = { ...LEAST, cosmosMode: 'shared', publishEvents: 'false' };
let everything: Record<ServiceName, Values>;
beforeAll(async () => {
  everything = await settingsIn(EVERYTHING);
});

/** Left to their defaults, or to the identity. */
const LEFT_OUT = [
  'Archive_Key',
  'Auth_Mode',
  'CosmosDB_PrimaryKey',
  'CosmosDB_ProvisionedThroughput',
  'CosmosDB_RetentionDays',
  'CosmosDB_RU_NeededForEachWrite',
  'DurationScale',
  'EventGridKey',
  'SendGrid_Endpoint',
  'ServiceBusConnection',
];

describe.each(SERVICES)('the %s', (service) => {
  it('is given what it reads, save what its identity and the defaults do', () => {
    const given = Object.keys(everything[service]).filter((name) => Object.hasOwn(SETTINGS, name));
    const wanted = SETTINGS_READ[service].filter((name) => !LEFT_OUT.includes(name));
    expect(given.sort()).toEqual(wanted.toSorted());
  });

  it.each([
    ['everything is switched on', EVERYTHING],
    ['as little as possible is', LEAST],
    ['Cosmos DB is shared', SHARED],
  ])('can read its settings when %s', async (_when, values) => {
    const settings = await settingsIn(values);
    expect(() => READERS[service](resolved(settings[service]))).not.toThrow();
  });

  it('has references where secrets are, and none elsewhere', () => {
    const settings = Object.entries(everything[service]);
    const references = settings.filter(([, value]) => value.startsWith('@Microsoft.KeyVault('));
    const secrets = settings.filter(([name]) => (SECRET_SETTINGS as readonly string[]).includes(name));
    expect(references).toEqual(secrets);
  });

  it('has none of the settings that Flex Consumption refuses', () => {
    const refused =
      /^(FUNCTIONS_WORKER_RUNTIME.*|FUNCTIONS_EXTENSION_VERSION|WEBSITE_(RUN_FROM_PACKAGE|NODE_DEFAULT_VERSION|CONTENT.*|TIME_ZONE)|TZ|SCM_DO_BUILD_DURING_DEPLOYMENT|ENABLE_ORYX_BUILD)$/;
    expect(Object.keys(everything[service]).filter((name) => refused.test(name))).toEqual([]);
  });
});

describe('settings of the Functions host', () => {
  const common = (service: string): Values => ({
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: `ClientId=client-of-${service}-identity${RANDOM};Authorization=AAD`,
    APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
    APPLICATIONINSIGHTS_SDKSTATS_DISABLED: 'true',
    APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED: 'true',
    AZURE_CLIENT_ID: `client-of-${service}-identity${RANDOM}`,
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
    AzureWebJobsStorage__accountName: `host${service}${RANDOM}`,
    AzureWebJobsStorage__clientId: `client-of-${service}-identity${RANDOM}`,
    AzureWebJobsStorage__credential: 'managedidentity',
    AzureFunctionsJobHost__functionTimeout: '00:10:00',
    languageWorkers__node__arguments: '--max-semi-space-size=8 --max-old-space-size=96',
  });
  const serviceBus = (service: string, sessions: number): Values => ({
    ServiceBusConnection__clientId: `client-of-${service}-identity${RANDOM}`,
    ServiceBusConnection__credential: 'managedidentity',
    AzureFunctionsJobHost__extensions__serviceBus__autoCompleteMessages: 'true',
    AzureFunctionsJobHost__extensions__serviceBus__maxAutoLockRenewalDuration: '-00:00:00.0010000',
    AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentCallsPerSession: '1',
    AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentSessions: String(sessions),
    AzureFunctionsJobHost__extensions__serviceBus__prefetchCount: '0',
    AzureFunctionsJobHost__extensions__serviceBus__sessionIdleTimeout: '00:00:05',
  });

  it('are these and no other', () => {
    const found = Object.fromEntries(
      Object.entries(everything).map(([service, values]) => [
        service,
        Object.fromEntries(Object.entries(values).filter(([name]) => !Object.hasOwn(SETTINGS, name))),
      ]),
    );
    expect(found).toEqual({
      scheduler: common('scheduler'),
      // Two credentials, and one session more for messages that a person puts on the queue.
      resolver: { ...common('resolver'), ...serviceBus('resolver', 3) },
      fetcher: { ...common('fetcher'), ...serviceBus('fetcher', 3) },
      writer: { ...common('writer'), ...serviceBus('writer', 4) },
      reporter: {
        ...common('reporter'),
        AzureWebJobsDisableHomepage: 'true',
        CosmosDBConnection__accountEndpoint: `https://store${RANDOM}.documents.azure.com:443/`,
        CosmosDBConnection__clientId: `client-of-reporter-identity${RANDOM}`,
        CosmosDBConnection__credential: 'managedidentity',
      },
      archiver: {
        ...common('archiver'),
        ServiceBusConnection__clientId: `client-of-archiver-identity${RANDOM}`,
        ServiceBusConnection__credential: 'managedidentity',
        AzureFunctionsJobHost__extensions__serviceBus__autoCompleteMessages: 'true',
        AzureFunctionsJobHost__extensions__serviceBus__maxAutoLockRenewalDuration: '00:10:00',
        AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentCalls: '1',
        AzureFunctionsJobHost__extensions__serviceBus__prefetchCount: '0',
      },
    });
  });

  it('give the writer one session while there is a budget to keep', async () => {
    const { writer: settings } = await settingsIn({
      ...LEAST,
      cosmosMode: 'dedicated',
      cosmosThroughput: '1000',
    });
    expect(settings).toMatchObject({
      AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentSessions: '1',
      CosmosDB_ServerlessMode: 'false',
      CosmosDB_ProvisionedThroughput: '1000',
    });
  });
});

describe('the package of each app', () => {
  let work: string;
  let built: BuiltService[];
  const builtOf = (service: ServiceName): BuiltService => built.find(({ name }) => name === service)!;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'packages-'));
    built = await buildServices({ outDir: join(work, 'built') });
  });
  afterAll(() => rm(work, { recursive: true }));

  /** Loads a package in a process of its own, as the Functions host does, and prints the triggers that it registered. */
  const LOADER = `
    import { createCoreModule, installCoreModule } from ${JSON.stringify(join(import.meta.dirname, '../../local/src/function-host/core-module.ts'))};
    import { loadApp, readAppFiles } from ${JSON.stringify(join(import.meta.dirname, '../../local/src/function-host/load-app.ts'))};
    const { registry, coreModule } = createCoreModule(() => undefined);
    installCoreModule(coreModule);
    await loadApp(readAppFiles(process.argv[1]), registry);
    const triggers = [...registry.functions.values()].map(({ metadata }) => [
      metadata.name, Object.values(metadata.bindings).find((b) => /trigger$/i.test(b.type)),
    ]);
    console.log(JSON.stringify(Object.fromEntries(triggers)));
    process.exit(0);
  `;

  it.each([
    ['fetcher', ['fetch']],
    ['reporter', ['asset', 'fold', 'operate', 'page', 'read', 'sweep']],
    ['resolver', ['resolve']],
    [
      'scheduler',
      [
        'createRun',
        'discardDeadLetter',
        'getRun',
        'getSources',
        'listDeadLetters',
        'listRuns',
        'putSources',
        'rerun',
        'resubmitDeadLetters',
        'schedule',
        'sweep',
      ],
    ],
    ['writer', ['write']],
  ] as const)('%s registers %j, with every setting that its triggers name', async (service, functions) => {
    const folder = join(work, 'deployed', service);
    await mkdir(folder, { recursive: true });
    const { files, folder: from } = builtOf(service);
    for (const file of files) await copyFile(join(from, file), join(folder, file));
    const settings = resolved(everything[service]);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', LOADER, folder],
      {
        env: settings,
      },
    );
    const triggers = JSON.parse(stdout) as Record<string, Record<string, unknown>>;
    expect(Object.keys(triggers).sort()).toEqual(functions);
    const named = Object.values(triggers).flatMap((trigger) => {
      const { connection } = trigger;
      const references = [...JSON.stringify(trigger).matchAll(/%([^%"]+)%/g)].map(([, name]) => name!);
      return [...references, ...(typeof connection === 'string' ? [`${connection}__credential`] : [])];
    });
    expect(named.filter((name) => settings[name] === undefined)).toEqual([]);
    const credentials = Object.keys(settings).filter((n) => n.endsWith('Connection__credential'));
    expect(credentials.filter((name) => !named.includes(name))).toEqual([]);
  });

  it('is named by its content, wherever it was built', async () => {
    const again = await mkdtemp(join(tmpdir(), 'packages-'));
    try {
      const rebuilt = await buildServices({ outDir: again });
      const hashes = (of: readonly BuiltService[]): string[] => of.map((service) => packageOf(service).hash);
      expect(hashes(rebuilt)).toEqual(hashes(built));
      expect(new Set(hashes(built)).size).toBe(SERVICES.length);
      await copyFile(join(again, 'writer/host.json'), join(again, 'scheduler/host.json'));
      expect(hashes(rebuilt).filter((hash, i) => hash !== hashes(built)[i])).toHaveLength(1);
      // One digit of a time limit, say: as long as before, and another package all the same.
      const manifest = join(again, 'writer/package.json');
      const text = await readFile(manifest, 'utf8');
      await writeFile(manifest, text.replace('"2.', '"3.'));
      expect(hashes(rebuilt).filter((hash, i) => hash !== hashes(built)[i])).toHaveLength(2);
    } finally {
      await rm(again, { recursive: true });
    }
  });

  it('of the scheduler, and no other, holds the sources that the configuration names', async () => {
    const sources = join(work, 'mine.json');
    await writeFile(sources, '{"individualRepos": ["octokit/octokit.rb"]}');
    const packages = built.map(
      (service) => [service.name, packageOf(service, { 'sources.json': sources })] as const,
    );
    const changed = packages.filter(
      ([name, { hash }]) => hash !== packageOf(builtOf(name as ServiceName)).hash,
    );
    expect(changed.map(([name]) => name)).toEqual(['scheduler']);
    const { assets } = changed[0]![1].archive as unknown as {
      assets: Promise<Record<string, { path: string | Promise<string> }>>;
    };
    const { 'sources.json': asset } = await assets;
    expect(resolve(await asset!.path)).toBe(sources);
  });
});
