/** In which order test:azure calls its tools, and that it removes what it made, whatever happens. The tools are stand-ins on PATH. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountOf } from '@github-repo-stats/local/cosmos/conformance-account';
import { namespaceOf } from '@github-repo-stats/local/service-bus/conformance-namespace';
import { EXIT_CODES, runConformance, type Ending } from './conformance-run.ts';
import { conformanceSuites } from './suites.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const OUTPUTS = {
  resourceGroup: 'group1',
  namespace: 'messages1.servicebus.windows.net',
  endpoint: 'https://store1.documents.azure.com:443/',
  account: '/subscriptions/s/resourceGroups/group1/providers/Microsoft.DocumentDB/databaseAccounts/store1',
};
const SIGNED_IN = { id: 'sub-1', name: 'Trial', user: { name: 'mona@example.org', type: 'user' } };

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'test-azure-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes an executable that notes its arguments, and does `body` after. */
function tool(name: string, body = ''): void {
  const path = join(folder, name);
  // The last argument but for the one flag that every call has tells enough of what was asked.
  writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> '${folder}/calls'\n${body}\n`);
  chmodSync(path, 0o755);
}
const onCall = (pattern: string, action: string): string => `case "$*" in ${pattern}) ${action};; esac`;

/** Everything there, and nothing fails, but for what is given. */
function tools(given: { pulumi?: string; vitest?: string; node?: string; account?: object } = {}): void {
  tool('pulumi', `${given.pulumi ?? ''}\n${onCall('stack\\ output*', `echo '${JSON.stringify(OUTPUTS)}'`)}`);
  tool('az', `echo '${JSON.stringify(given.account ?? SIGNED_IN)}'`);
  tool('node', given.node);
  tool('vitest', `env > '${folder}/env'\n${given.vitest ?? ''}`);
}

const start = (interrupted = new AbortController().signal): Promise<Ending> =>
  runConformance({
    root: ROOT,
    env: { PATH: `${folder}:/usr/bin:/bin`, COSMOS_CONFORMANCE_KEY: 'of another account' },
    location: 'westeurope',
    folder: join(folder, 'state'),
    interrupted,
    say: (line) => said.push(line),
  });

/** What was called, in short: the tool and its first words. */
const calls = (): string[] =>
  readFileSync(join(folder, 'calls'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.replace(/ --?.*/, '').replace(/\S*\/(?=[\w-]+\.ts)/g, ''))
    .filter((line) => !/^(az|pulumi version)/.test(line));

const PREPARED = [
  'pulumi stack select conformance',
  'pulumi config set azure-native:location westeurope',
  'pulumi config set signedInAs User',
];
const TESTED = ['pulumi stack output', 'node await-access.ts', 'vitest run'];
const REMOVED = ['pulumi destroy', 'pulumi stack rm conformance'];

describe('a run', () => {
  it('makes what the suites need, waits for the roles, runs them, and removes everything', async () => {
    tools();
    expect(await start()).toBe('passed');
    expect(calls()).toEqual([...PREPARED, 'pulumi up', ...TESTED, ...REMOVED]);
    expect(said[0]).toContain('in the subscription Trial, as mona@example.org');
  });

  it('points the suites at what was made, by identity, one file after the other', async () => {
    tools();
    await start();
    const lines = readFileSync(join(folder, 'env'), 'utf8').split('\n');
    const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s) as [string, string]));
    expect(namespaceOf(env)).toEqual({ host: OUTPUTS.namespace });
    expect(accountOf(env)).toEqual({ endpoint: OUTPUTS.endpoint, resourceId: OUTPUTS.account });
    const vitest = readFileSync(join(folder, 'calls'), 'utf8')
      .match(/^vitest .*$/m)![0]
      .split(' ');
    expect(vitest).toContain('--no-file-parallelism');
    expect(vitest.filter((word) => word.endsWith('.test.ts'))).toEqual(conformanceSuites(ROOT));
  });

  it('keeps its state where version control does not look, and where the next run finds it', async () => {
    tools({ pulumi: `echo "$PULUMI_BACKEND_URL" >> '${folder}/backend'` });
    await start();
    const urls = readFileSync(join(folder, 'backend'), 'utf8').trim().split('\n').slice(1);
    expect(new Set(urls)).toEqual(new Set([`file://${folder}/state`]));
    expect(existsSync(join(folder, 'state'))).toBe(true);
  });

  it('gives the roles to a workflow as to a person', async () => {
    tools({ account: { ...SIGNED_IN, user: { name: 'app-id', type: 'servicePrincipal' } } });
    await start();
    expect(calls()).toContain('pulumi config set signedInAs ServicePrincipal');
  });
});

describe('a run that fails removes everything:', () => {
  it.each([
    ['a resource cannot be made', { pulumi: onCall('up*', 'exit 255') }, ['pulumi up']],
    ['the roles do not come', { node: 'exit 1' }, ['pulumi up', ...TESTED.slice(0, 2)]],
    ['a suite fails', { vitest: 'exit 1' }, ['pulumi up', ...TESTED]],
    ['a tool dies', { vitest: 'kill -9 $$' }, ['pulumi up', ...TESTED]],
  ])('%s', async (_name, failing, between) => {
    tools(failing);
    expect(await start()).toBe('failed');
    expect(calls()).toEqual([...PREPARED, ...between, ...REMOVED]);
  });

  it('what was made cannot be asked for', async () => {
    tools({ pulumi: onCall('stack\\ output*', 'echo locked >&2; exit 1') });
    await expect(start()).rejects.toThrow('pulumi stack output ended with 1: locked');
    expect(calls()).toEqual([...PREPARED, 'pulumi up', 'pulumi stack output', ...REMOVED]);
  });

  it('and nothing was made when Pulumi could not begin', async () => {
    tools({ pulumi: onCall('config*', 'exit 1') });
    expect(await start()).toBe('failed');
    expect(calls()).toEqual(PREPARED.slice(0, 2));
  });
});

describe('what is left', () => {
  it('is told, with what to do, and its state is kept', async () => {
    tools({ pulumi: onCall('destroy*', 'exit 1') });
    expect(await start()).toBe('left');
    expect(calls().at(-1)).toBe('pulumi destroy');
    expect(said.at(-1)).toContain('Run npm run test:azure again');
    expect(said.at(-1)).toContain('az group list --subscription sub-1');
  });
});

describe('an interrupted run', () => {
  it('ends the suites, and removes everything', async () => {
    const interruption = new AbortController();
    tools({ vitest: `: > '${folder}/begun'; exec sleep 60` });
    const ending = start(interruption.signal);
    await expect.poll(() => existsSync(join(folder, 'begun')), { timeout: 60_000 }).toBe(true);
    interruption.abort();
    expect(await ending).toBe('interrupted');
    expect(calls()).toEqual([...PREPARED, 'pulumi up', ...TESTED, ...REMOVED]);
  });

  it('finishes what Pulumi has begun to make, skips the suites, and removes everything', async () => {
    const interruption = new AbortController();
    const waits = `: > '${folder}/begun'; until test -e '${folder}/go'; do sleep 0.05; done; echo made >> '${folder}/calls'`;
    tools({ pulumi: onCall('up*', waits) });
    const ending = start(interruption.signal);
    await expect.poll(() => existsSync(join(folder, 'begun')), { timeout: 60_000 }).toBe(true);
    interruption.abort();
    writeFileSync(join(folder, 'go'), '');
    expect(await ending).toBe('interrupted');
    expect(calls()).toEqual([...PREPARED, 'pulumi up', 'made', ...REMOVED]);
  });
});

describe('what is missing', () => {
  it('is told all at once, with how to get it; nothing else is done', async () => {
    expect(await start()).toBe('skipped');
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('  - the Pulumi CLI: npm ci brings it\n');
    expect(said[0]).toContain(
      '  - the Azure CLI: https://learn.microsoft.com/cli/azure/install-azure-cli, then az login\n',
    );
    expect(existsSync(join(folder, 'state'))).toBe(false);
  });

  it('may be a sign-in, or a CLI that cannot be downloaded', async () => {
    tools({ pulumi: 'echo "pulumi: fetch failed" >&2; exit 1' });
    tool('az', 'echo "Please run az login" >&2; exit 1');
    expect(await start()).toBe('skipped');
    expect(said[0]).toContain('is downloaded when it is first used: pulumi: fetch failed\n');
    expect(said[0]).toContain('  - a subscription of Azure: az login\n');
    expect(calls()).toEqual([]);
  });
});

describe('the command', () => {
  let child: ChildProcess | undefined;
  afterEach(() => child?.kill('SIGKILL'));
  const command = (...args: string[]) => {
    child = spawn(process.execPath, [join(import.meta.dirname, 'run.ts'), ...args], {
      env: { PATH: `${folder}:/usr/bin:/bin` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return Promise.all([once(child, 'close'), text(child.stdout!), text(child.stderr!)]);
  };

  it('ends with a code of its own when it was skipped, so that no script takes it for a success', async () => {
    tool('pulumi', 'exit 1');
    tool('az', 'exit 1');
    const [[code], out] = await command();
    expect(code).toBe(EXIT_CODES.skipped);
    expect(code).not.toBe(EXIT_CODES.passed);
    expect(out).toContain('Not run against Azure. What is missing:');
    expect(out).toContain('Ended: skipped.');
  });

  it('minds Ctrl-C, however often it comes', async () => {
    tools({ vitest: `: > '${folder}/begun'; exec sleep 60`, pulumi: onCall('destroy*', 'sleep 0.5') });
    const ended = command();
    await expect.poll(() => existsSync(join(folder, 'begun')), { timeout: 60_000 }).toBe(true);
    child!.kill('SIGINT');
    child!.kill('SIGINT');
    const [[code], out] = await ended;
    expect(code).toBe(EXIT_CODES.interrupted);
    expect(calls()).toEqual([...PREPARED, 'pulumi up', ...TESTED, ...REMOVED]);
    expect(out).toContain('Interrupted: what Pulumi has begun is finished first');
  });

  it.each([
    ['--region', 'Unknown option'],
    ['--location=West Europe', 'is no region'],
  ])('refuses %s', async (arg, message) => {
    const [[code], , err] = await command(arg);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain('npm run test:azure -- [--location REGION]');
  });
});

describe('the suites', () => {
  it('are found by what they use: every file that can be pointed elsewhere, and no other', () => {
    const suites = conformanceSuites(ROOT);
    for (const known of ['service-bus/conformance-sessions', 'cosmos/items', 'cosmos/query/query'])
      expect(suites).toContain(`local/src/${known}.test.ts`);
    expect(suites).not.toContain('local/src/service-bus/durability.test.ts');
  });
});
