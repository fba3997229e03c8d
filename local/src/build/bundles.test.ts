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
  const kinds = [...registry.functions.values()].map((fn) => [
    fn.metadata.name,
    Object.values(fn.metadata.bindings).find((b) => /trigger$/i.test(b.type))?.type,
  ]);
  console.log(JSON.stringify(Object.fromEntries(kinds)));
  process.exit(0);
`;

async function registrations({ name, folder }: BuiltService): Promise<Record<string, string>> {
  const env = appSettings(name, readUserSettings({}, outDir), {
    serviceBusConnection:
      'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true;',
    cosmosEndpoint: 'http://127.0.0.1:1/',
    cosmosKey: 'a2V5',
    cosmosConnection: 'AccountEndpoint=http://127.0.0.1:1/;AccountKey=a2V5;',
    eventGridEndpoint: 'http://127.0.0.1:1/api/events',
    sendGridEndpoint: 'http://127.0.0.1:1',
    githubUrl: 'http://127.0.0.1:1/graphql',
  });
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', LOADER, folder],
    { env },
  );
  return JSON.parse(stdout) as Record<string, string>;
}

test('each bundle registers the functions of its app, with the settings that its app is given', async () => {
  const found: Record<string, Record<string, string>> = {};
  for (const service of built) found[service.name] = await registrations(service);
  expect(found).toEqual({
    fetcher: { fetch: 'serviceBusTrigger' },
    reporter: {
      fold: 'cosmosDBTrigger',
      sweep: 'timerTrigger',
      page: 'httpTrigger',
      asset: 'httpTrigger',
    },
    resolver: { resolve: 'serviceBusTrigger' },
    scheduler: {
      schedule: 'timerTrigger',
      sweep: 'timerTrigger',
      createRun: 'httpTrigger',
      listRuns: 'httpTrigger',
      getRun: 'httpTrigger',
      rerun: 'httpTrigger',
      discardDeadLetter: 'httpTrigger',
      getSources: 'httpTrigger',
      listDeadLetters: 'httpTrigger',
      resubmitDeadLetters: 'httpTrigger',
      putSources: 'httpTrigger',
    },
    writer: { write: 'serviceBusTrigger' },
  });
});
