import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appSettings } from '../platform/app-settings.ts';
import { readUserSettings } from '../platform/user-settings.ts';
import { buildServices, type BuiltService } from './services.ts';

let outDir: string;
let built: BuiltService[];

beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'bundles-'));
  built = await buildServices({ outDir });
});
afterAll(() => rm(outDir, { recursive: true }));

/** Loads a bundle in a process of its own, as a Functions host does, and prints what it registered. */
const LOADER = `
  import { createCoreModule, installCoreModule } from ${JSON.stringify(join(import.meta.dirname, '../function-host/core-module.ts'))};
  import { loadApp, readAppFiles } from ${JSON.stringify(join(import.meta.dirname, '../function-host/load-app.ts'))};
  const { registry, coreModule } = createCoreModule(() => undefined);
  installCoreModule(coreModule);
  await loadApp(readAppFiles(process.argv[1]), registry);
  const kinds = [...registry.functions.values()].map(({ metadata }) => {
    const { type, methods = [], route, authLevel } = Object.values(metadata.bindings).find((b) => /trigger$/i.test(b.type));
    return [metadata.name, type === 'httpTrigger' ? methods.join(' ') + ' ' + route + ': ' + authLevel : type];
  });
  console.log(JSON.stringify(Object.fromEntries(kinds)));
  process.exit(0);
`;

async function registrations(
  { name, folder }: BuiltService,
  more: Record<string, string> = {},
): Promise<Record<string, string>> {
  const settings = appSettings(name, readUserSettings({}, outDir), {
    serviceBusConnection:
      'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true;',
    cosmosEndpoint: 'http://127.0.0.1:1/',
    cosmosKey: 'a2V5',
    cosmosConnection: 'AccountEndpoint=http://127.0.0.1:1/;AccountKey=a2V5;',
    archiveUrl: 'http://127.0.0.1:1/account/archive',
    archiveKey: 'a2V5',
    eventGridEndpoint: 'http://127.0.0.1:1/api/events',
    sendGridEndpoint: 'http://127.0.0.1:1',
    githubUrl: 'http://127.0.0.1:1/graphql',
  });
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', LOADER, folder],
    { env: { ...settings, ...more } },
  );
  return JSON.parse(stdout) as Record<string, string>;
}

/** Anybody may call these: they hold no numbers. */
const ANONYMOUS = ['page', 'asset'];
/** A function that declares no level is registered as one of these. */
const openIn = (functions: Record<string, string>): string[] =>
  Object.entries(functions).flatMap(([name, kind]) => (kind.endsWith(': anonymous') ? [name] : []));

test('each bundle registers the functions of its app, with the settings that its app is given', async () => {
  const found: Record<string, Record<string, string>> = {};
  for (const service of built) found[service.name] = await registrations(service);
  expect(found).toEqual({
    archiver: { archive: 'serviceBusTrigger', sweep: 'timerTrigger', forget: 'timerTrigger' },
    fetcher: { fetch: 'serviceBusTrigger' },
    reporter: {
      fold: 'cosmosDBTrigger',
      sweep: 'timerTrigger',
      read: 'GET api/{*path}: function',
      operate: 'POST api/{*path}: function',
      page: 'GET {ignored:maxlength(0)?}: anonymous',
      asset: 'GET assets/{file}: anonymous',
    },
    resolver: { resolve: 'serviceBusTrigger' },
    scheduler: {
      schedule: 'timerTrigger',
      sweep: 'timerTrigger',
      createRun: 'POST runs: function',
      listRuns: 'GET runs: function',
      getRun: 'GET runs/{runId}: function',
      rerun: 'POST runs/{runId}/rerun: function',
      getSources: 'GET sources: function',
      putSources: 'PUT sources: function',
      listDeadLetters: 'GET deadletters: function',
      resubmitDeadLetters: 'POST deadletters/{queue}/resubmit: function',
      discardDeadLetter: 'DELETE deadletters/{queue}/{sequenceNumber}: function',
    },
    writer: { write: 'serviceBusTrigger' },
  });
  const open = Object.entries(found).map(([app, functions]) => [app, openIn(functions)]);
  expect(Object.fromEntries(open)).toEqual({
    archiver: [],
    fetcher: [],
    reporter: expect.toSatisfy((names: string[]) =>
      names.every((name) => ANONYMOUS.includes(name)),
    ) as unknown,
    resolver: [],
    scheduler: [],
    writer: [],
  });
});

test('with Entra ID the host asks for no keys of the dashboard, since what stands before it asks who it is; of nothing else', async () => {
  for (const service of built) {
    const functions = await registrations(service, { Auth_Mode: 'entra' });
    expect([service.name, openIn(functions).sort()]).toEqual([
      service.name,
      service.name === 'reporter' ? [...ANONYMOUS, 'read', 'operate'].sort() : [],
    ]);
  }
});
