/** `pulumi preview` and `pulumi up`, as far as they go without the CLI and a cloud: the real entry point, a stand-in engine. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { RANDOM } from './azure.fixture.ts';
import {
  configured,
  ENCRYPTED,
  EVERYTHING,
  FULLEST,
  LEAST,
  named,
  noCode,
  SECRET_VALUES,
} from './config.fixture.ts';
import { PROGRAM, runProgram, type EngineRun } from './engine.fixture.ts';
import { PROJECT, record } from './registrations.fixture.ts';
import { SERVICES } from './services.ts';
import { defineStack } from './stack.ts';

const everything = { config: named(EVERYTHING), encrypted: ENCRYPTED };
const urns = ({ registrations }: Pick<EngineRun, 'registrations'>): string[] =>
  registrations.map((r) => r.urn).sort();

let update: EngineRun;
beforeAll(async () => {
  update = await runProgram({ ...everything, preview: false });
});

describe('an update', () => {
  it('runs to its end', () => {
    expect(update.shown).toBe('');
    expect(update.exitCode).toBe(0);
  });

  it('registers what the stack defines, each with the provider’s version', async () => {
    const { registrations } = await record(() => defineStack(configured(EVERYTHING), noCode()));
    expect(update.registrations.map((r) => `${r.type} ${r.name}`).sort()).toEqual(
      registrations.map((r) => `${r.type} ${r.name}`).sort(),
    );
    const manifest = JSON.parse(readFileSync(join(PROGRAM, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const versions = update.registrations.filter((r) => r.custom).map((r) => r.version);
    expect([...new Set(versions)]).toEqual([manifest.dependencies['@pulumi/azure-native']]);
  });

  it('ships the bundle of each app under the hash of its content', () => {
    const blobs = update.registrations.filter((r) => r.type === 'azure-native:storage:Blob');
    expect(blobs).toHaveLength(SERVICES.length);
    for (const { inputs } of blobs) {
      expect(inputs['blobName']).toMatch(/^\w+\/[0-9a-f]{64}\/released-package\.zip$/);
      const { assets } = inputs['source'] as { assets: Record<string, { path: string }> };
      const { 'sources.json': sources, 'page.json': page, ...code } = assets;
      expect(Object.keys(code).sort()).toEqual(['host.json', 'main.cjs', 'package.json']);
      for (const { path } of Object.values(code)) expect(path).toMatch(/^\.\.\/services\/\w+\/dist\//);
      const isScheduler = String(inputs['blobName']).startsWith('scheduler/');
      expect(sources?.path).toBe(isScheduler ? '../sources.json' : undefined);
      const isReporter = String(inputs['blobName']).startsWith('reporter/');
      expect(page?.path).toBe(isReporter ? '../services/reporter/dist/page.json' : undefined);
    }
  });

  it('prints its outputs, none of them secret', () => {
    expect(update.outputs.secrets).toEqual([]);
    expect(update.outputs.values).toMatchObject({
      resourceGroup: `${PROJECT}${RANDOM}`,
      api: `https://stats-scheduler${RANDOM}.azurewebsites.net/api`,
      apps: Object.fromEntries(SERVICES.map((service) => [service, `stats-${service}${RANDOM}`])),
    });
    for (const secret of Object.values(SECRET_VALUES))
      expect(JSON.stringify(update.outputs)).not.toContain(JSON.stringify(secret).slice(1, -1));
  });

  it('marks secrets on the wire', () => {
    const marked = update.registrations.filter((r) => r.secrets.length > 0).map((r) => r.name);
    expect(marked.sort()).toEqual([
      'secret-github-credentials',
      'secret-github-token',
      'secret-sendgrid-api-key',
    ]);
  });

  it('changes nothing the second time', async () => {
    const second = await runProgram({ ...everything, preview: false });
    expect(second.exitCode).toBe(0);
    const texts = (run: EngineRun): string[] => run.registrations.map((r) => JSON.stringify(r)).sort();
    expect(texts(second)).toEqual(texts(update));
  });

  it('asks whether to try again when the code of an app is refused, and stops if not', async () => {
    const refused = await runProgram({
      ...everything,
      preview: false,
      refusals: { 'writer-code': 'InvalidTemplate: something else is wrong' },
    });
    expect(refused.retries).toEqual({ 'writer-code': false });
    expect(refused.exitCode).not.toBe(0);
    expect(refused.shown).toContain('InvalidTemplate');
  });
});

describe('a preview', () => {
  it('shows the same resources, when none has been made', async () => {
    const preview = await runProgram({ ...everything, preview: true });
    expect(preview.shown).toBe('');
    expect(preview.exitCode).toBe(0);
    expect(urns(preview)).toEqual(urns(update));
  });
});

describe('an update with as much, and with as little, as there can be', () => {
  it.each([
    ['all options', FULLEST, { eventQueue: 'run-completed' }],
    ['as little as possible', { ...LEAST, publishEvents: 'false' }, { eventTopic: null, eventQueue: null }],
  ])('%s: runs to its end', async (_what, values, outputs) => {
    const encrypted = Object.keys(SECRET_VALUES).filter((key) => key in values);
    const run = await runProgram({
      config: named(values),
      encrypted: encrypted.map((key) => `${PROJECT}:${key}`),
      preview: false,
    });
    expect(run.shown).toBe('');
    expect(run.exitCode).toBe(0);
    expect(run.outputs.values).toMatchObject(outputs);
  });
});

describe('a configuration that cannot be used', () => {
  it('stops the program with one message, before anything is registered', async () => {
    const { githubToken: _, ...rest } = LEAST;
    const run = await runProgram({
      preview: true,
      config: named({ ...rest, cosmosMode: 'free' }),
      encrypted: [],
    });
    expect(run.exitCode).not.toBe(0);
    expect(run.shown).toContain('  - cosmosMode: is not one of serverless, dedicated, shared\n');
    expect(run.shown).toContain('  - githubToken: is not set, nor is githubCredentials\n');
    expect(run.shown).not.toMatch(/^\s+at /m);
    expect(run.registrations.filter((r) => r.custom)).toEqual([]);
  });
});

describe('the SDK', () => {
  it('is there once: the provider’s resources and ours are of the same classes', () => {
    const from = (file: string): string => createRequire(file).resolve('@pulumi/pulumi');
    const provider = createRequire(join(PROGRAM, 'package.json')).resolve('@pulumi/azure-native');
    expect(from(provider)).toBe(from(join(PROGRAM, 'package.json')));
  });
});
