// What keeps an app from starting, said all at once and by name.
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { buildApp, type FixtureApp } from './fixtures/build-app.ts';
import { startFunctionHost } from './host.ts';
import { HostStartError } from './problems.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function build(app: FixtureApp): Promise<string> {
  const folder = await buildApp(app);
  folders.push(folder);
  return folder;
}

async function problemsOf(
  appFolder: string,
  settings: Record<string, string> = {},
): Promise<readonly string[]> {
  const error: unknown = await startFunctionHost({ appFolder, settings }).then(
    async (host) => {
      await host.stop();
      return undefined;
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof HostStartError))
    throw new Error(`expected a HostStartError, found ${String(error)}`);
  return error.problems;
}

test('everything that is missing or not supported is named, function by function', async () => {
  const folder = await build({ source: 'unsupported-app' });
  const settings = {
    PlainBus: 'Endpoint=sb://x',
    IdentityBus__fullyQualifiedNamespace: 'x.servicebus.windows.net',
  };
  expect(await problemsOf(folder, settings)).toEqual([
    "function 'missing': '%NoSuchSetting%' does not resolve to a value: set the app setting 'NoSuchSetting'.",
    "function 'missing': the connection 'Bus' is missing: set the app setting 'Bus' to a connection string.",
    "function 'identity': the connection 'IdentityBus' uses an identity ('IdentityBus__fullyQualifiedNamespace'), which is " +
      "not available locally: set 'IdentityBus' to a connection string.",
    "function 'many': the Service Bus trigger does not support cardinality 'many' locally.",
    "function 'topic': the Service Bus trigger does not support topics and subscriptions locally.",
    "function 'storage': the trigger 'queueTrigger' is not supported by the local Functions host.",
    "function 'output': the output binding 'serviceBus' is not supported by the local Functions host.",
    "function 'schedule': the timer trigger cannot be used: the schedule '0 0 L * * *' is no NCRONTAB expression.",
    "function 'route': the route 'a/{b:uncommon}' cannot be used: the route constraint ':uncommon' is not supported.",
    "function 'feed': the connection 'Cosmos' is missing: set the app setting 'Cosmos' to a connection string.",
    "function 'feed': the trigger's 'maxItemsPerInvocation' must be a number from 1, found '0'.",
  ]);
});

test('a function that is switched off may be wrong', async () => {
  const folder = await build({ source: 'unsupported-app' });
  const names = ['missing', 'identity', 'many', 'topic', 'storage', 'output', 'schedule', 'route', 'feed'];
  const off = Object.fromEntries(names.map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']));
  const host = await startFunctionHost({ appFolder: folder, settings: off });
  expect(host.functions.map(({ disabled }) => disabled)).toEqual(names.map(() => true));
  expect(host.httpPort).toBeUndefined();
  await host.stop();
});

test('a bundle that throws, and one that registers nothing, do not start', async () => {
  expect(await problemsOf(await build({ source: 'throwing-app' }))).toEqual([
    'throwing-app failed while loading: GITHUB is not configured',
  ]);
  expect(await problemsOf(await build({ source: 'silent-app' }))).toEqual([
    expect.stringContaining('silent-app registered no function'),
  ]);
});

test('a failed start leaves the process as it was', async () => {
  const { log } = console;
  await problemsOf(await build({ source: 'throwing-app' }), { LEFT_OVER: 'x' });
  expect(console.log).toBe(log);
  expect(process.env['LEFT_OVER']).toBeUndefined();
});

test('package.json main must be an existing CommonJS file', async () => {
  const none = await build({ source: 'silent-app', packageJson: { main: 'dist/main.cjs' } });
  expect(await problemsOf(none)).toEqual([expect.stringContaining('there is no file')]);
  const pattern = await build({ source: 'silent-app', packageJson: { main: '*.cjs' } });
  expect(await problemsOf(pattern)).toEqual([expect.stringContaining('is a pattern')]);
  await writeFile(path.join(none, 'host.json'), '{');
  expect(await problemsOf(none)).toEqual([expect.stringContaining('host.json cannot be read')]);
});

test('host.json problems come with those of the functions', async () => {
  const folder = await build({
    source: 'timer-app',
    hostJson: { extensions: { serviceBus: { prefetchCount: 10 } } },
  });
  expect(await problemsOf(folder)).toEqual([
    'host.json extensions.serviceBus.prefetchCount above 0 is not supported by the local Functions host.',
    "function 'hourly': '%HourlySchedule%' does not resolve to a value: set the app setting 'HourlySchedule'.",
    "function 'hourly': the timer trigger cannot be used: the schedule '%HourlySchedule%' has 1 fields: NCRONTAB has six, " +
      'seconds first.',
  ]);
});
