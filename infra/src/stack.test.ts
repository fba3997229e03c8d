import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  ARCHIVE_QUEUE,
  CONTAINERS,
  containerDefinition,
  QUEUES,
  type ContainerKey,
} from '@github-repo-stats/shared/topology';
import * as pulumi from '@pulumi/pulumi';
import { beforeAll, describe, expect, it } from 'vitest';
import { RANDOM } from './azure.fixture.ts';
import { configured, EVERYTHING, LEAST, noCode, SECRET_VALUES } from './config.fixture.ts';
import { record, valueOf, type Registration } from './registrations.fixture.ts';
import { SERVICES } from './services.ts';
import { defineStack, type StackOutputs } from './stack.ts';

const of = (registrations: readonly Registration[], type: string): Registration[] =>
  registrations.filter((r) => r.type === `azure-native:${type}`);
const one = (registrations: readonly Registration[], type: string, name?: string): Registration => {
  const found = of(registrations, type).filter((r) => name === undefined || r.name === name);
  if (found.length !== 1) throw new Error(`There are ${found.length} of ${type} ${name ?? ''}, not one.`);
  return found[0]!;
};
const define = (values: Record<string, string>, code = noCode()) =>
  record(() => defineStack(configured(values), code));

let all: Registration[];
let outputs: StackOutputs;
beforeAll(async () => {
  ({ registrations: all, result: outputs } = await define(EVERYTHING));
});

describe('the stack', () => {
  it('holds exactly these resources', async () => {
    const graph = all
      .filter((r) => r.type !== 'pulumi:pulumi:Stack')
      .map((r) => `${r.parent} > ${r.type.replace('azure-native:', '')} ${r.name}`);
    await expect(graph.sort().join('\n')).toMatchFileSnapshot('golden/graph.txt');
  });

  it('has one app for each service there is', () => {
    const folders = globSync('services/*/package.json', { cwd: join(import.meta.dirname, '../..') });
    expect(SERVICES.toSorted()).toEqual(folders.map((f) => basename(join(f, '..'))).sort());
    expect(of(all, 'web:WebApp')).toHaveLength(SERVICES.length);
  });

  it('leaves nothing without a parent of its own', () => {
    const orphans = all.filter((r) => r.custom && r.parent.endsWith('-test'));
    expect(orphans.map((r) => r.name)).toEqual(['github-repo-stats']);
  });

  it('can be previewed, when nothing has been made yet', async () => {
    const preview = await record(() => defineStack(configured(EVERYTHING), noCode()), { preview: true });
    expect(preview.registrations.map((r) => r.urn).sort()).toEqual(all.map((r) => r.urn).sort());
  });

  it('prints where the API is and how to start a run, and no secret', async () => {
    const startRun = await valueOf(outputs.startRun);
    expect(startRun).toContain(`https://stats-scheduler${RANDOM}.azurewebsites.net/api/runs`);
    expect(startRun).toContain(`-n stats-scheduler${RANDOM}`);
    const { apps, ...texts } = outputs;
    const printed = [...Object.values(texts), ...Object.values(apps)].filter(
      (output): output is pulumi.Output<never> => output !== null,
    );
    for (const output of printed) {
      expect(await pulumi.isSecret(output)).toBe(false);
      const text = JSON.stringify(await valueOf<unknown>(output));
      for (const secret of Object.values(SECRET_VALUES))
        expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
  });
});

describe('queues', () => {
  it('are those of the topology, with sessions save that of the archive, and without duplicate detection', () => {
    const queues = of(all, 'servicebus:Queue').map(({ inputs: i }) => ({
      name: i['queueName'],
      sessions: i['requiresSession'],
      duplicates: i['requiresDuplicateDetection'],
      expired: i['deadLetteringOnMessageExpiration'],
      lock: i['lockDuration'],
      deliveries: i['maxDeliveryCount'],
      ttl: i['defaultMessageTimeToLive'],
      megabytes: i['maxSizeInMegabytes'],
    }));
    const wanted = [...Object.values(QUEUES), ARCHIVE_QUEUE].map((q) => ({
      name: q.name,
      sessions: q !== ARCHIVE_QUEUE,
      duplicates: false,
      expired: true,
      lock: `PT${q.lockSeconds / 60}M`,
      deliveries: q.maxDeliveryCount,
      ttl: `P${q.ttlDays}D`,
      megabytes: 5120,
    }));
    expect(queues).toEqual(wanted.toSorted((a, b) => a.name.localeCompare(b.name)));
    expect(one(all, 'servicebus:Namespace').inputs['sku']).toEqual({ name: 'Standard', tier: 'Standard' });
  });
});

describe('containers', () => {
  const throughputs = (registrations: readonly Registration[]) =>
    Object.fromEntries(
      [
        ...of(registrations, 'cosmosdb:SqlResourceSqlDatabase'),
        ...of(registrations, 'cosmosdb:SqlResourceSqlContainer'),
      ].map(({ name, inputs }) => [
        name,
        (inputs['options'] as { throughput: number } | undefined)?.throughput,
      ]),
    );

  it('are those of the topology', () => {
    const resources = of(all, 'cosmosdb:SqlResourceSqlContainer').map(({ inputs }) => inputs['resource']);
    const wanted = (Object.keys(CONTAINERS) as ContainerKey[]).map((key) => {
      const { partitionKey, ...rest } = containerDefinition(key, CONTAINERS[key].defaultName);
      return { ...rest, partitionKey: { ...partitionKey, kind: 'Hash' } };
    });
    expect(resources).toEqual(expect.arrayContaining(wanted));
    expect(resources).toHaveLength(wanted.length);
  });

  it('of a serverless account have no throughput', () => {
    expect(one(all, 'cosmosdb:DatabaseAccount').inputs).toMatchObject({
      capabilities: [{ name: 'EnableServerless' }],
      enableFreeTier: false,
    });
    expect(Object.values(throughputs(all)).filter(Boolean)).toEqual([]);
  });

  it('have each their own in dedicated mode', async () => {
    const { registrations } = await define({ ...LEAST, cosmosMode: 'dedicated', cosmosThroughput: '800' });
    expect(one(registrations, 'cosmosdb:DatabaseAccount').inputs['capabilities']).toEqual([]);
    expect(throughputs(registrations)).toEqual({
      database: undefined,
      'container-repo-stats': 800,
      'container-run-info': 400,
      'container-repos': 400,
      'container-leases': 400,
      'container-pace': 400,
    });
  });

  it('share the database’s in shared mode, within the free tier', async () => {
    const { registrations } = await define({ ...LEAST, cosmosMode: 'shared', cosmosFreeTier: 'true' });
    expect(one(registrations, 'cosmosdb:DatabaseAccount').inputs['enableFreeTier']).toBe(true);
    expect(throughputs(registrations)).toMatchObject({ database: 1000, 'container-repo-stats': undefined });
  });

  it('let statistics that are not archived expire by themselves: of run-info only what says so, since it holds what is still needed', async () => {
    const { registrations } = await define({ ...LEAST, archive: 'false', statsRetentionDays: '30' });
    const ttl = of(registrations, 'cosmosdb:SqlResourceSqlContainer').map(({ name, inputs }) => [
      name,
      (inputs['resource'] as { defaultTtl?: number }).defaultTtl,
    ]);
    expect(Object.fromEntries(ttl)).toMatchObject({
      'container-repo-stats': 2_592_000,
      'container-run-info': -1,
      'container-repos': undefined,
    });
  });
});

describe('safety', () => {
  it('no resource that can do without keys has keys', () => {
    const kinds = [
      'servicebus:Namespace',
      'cosmosdb:DatabaseAccount',
      'eventgrid:Topic',
      'applicationinsights:Component',
    ];
    expect(kinds.filter((type) => one(all, type).inputs['disableLocalAuth'] !== true)).toEqual([]);
    expect(one(all, 'operationalinsights:Workspace').inputs['features']).toMatchObject({
      disableLocalAuth: true,
    });
    const withKeys = of(all, 'storage:StorageAccount').filter(
      (r) => r.inputs['allowSharedKeyAccess'] !== false,
    );
    expect(withKeys.map((r) => r.name)).toEqual(['packages']);
    expect(of(all, 'storage:StorageAccount').every((r) => r.inputs['allowBlobPublicAccess'] === false)).toBe(
      true,
    );
  });

  it('nothing is reached without TLS 1.2', () => {
    for (const { inputs } of of(all, 'web:WebApp'))
      expect(inputs).toMatchObject({
        httpsOnly: true,
        siteConfig: { minTlsVersion: '1.2', scmMinTlsVersion: '1.2', ftpsState: 'Disabled' },
      });
    for (const { inputs } of of(all, 'storage:StorageAccount'))
      expect(inputs).toMatchObject({ minimumTlsVersion: 'TLS1_2', enableHttpsTrafficOnly: true });
    expect(one(all, 'servicebus:Namespace').inputs['minimumTlsVersion']).toBe('1.2');
    expect(one(all, 'cosmosdb:DatabaseAccount').inputs['minimalTlsVersion']).toBe('Tls12');
    expect(one(all, 'eventgrid:Topic').inputs['minimumTlsVersionAllowed']).toBe('1.2');
  });

  it('no user name and password opens an app’s deployment site', () => {
    for (const type of ['web:WebAppScmAllowed', 'web:WebAppFtpAllowed'])
      expect(of(all, type).map((r) => [r.inputs['name'], r.inputs['allow']])).toEqual(
        SERVICES.map((service) => [`stats-${service}${RANDOM}`, false]),
      );
  });

  it('a secret travels encrypted, to Key Vault and nowhere else', () => {
    const holders = all.filter(({ inputs }) =>
      Object.values(SECRET_VALUES).some((secret) =>
        JSON.stringify(inputs).includes(JSON.stringify(secret).slice(1, -1)),
      ),
    );
    expect(holders.map((r) => r.name)).toEqual(of(all, 'keyvault:Secret').map((r) => r.name));
    expect(of(all, 'keyvault:Secret').map((r) => [r.name, r.secrets])).toEqual([
      ['secret-github-credentials', ['properties.value']],
      ['secret-github-token', ['properties.value']],
      ['secret-sendgrid-api-key', ['properties.value']],
    ]);
    // Nothing else has anything to hide: the whole of an app's settings may be shown.
    expect(all.filter((r) => r.secrets.length > 0 && !r.type.endsWith(':Secret')).map((r) => r.name)).toEqual(
      [],
    );
  });

  it('only what is asked for is protected', async () => {
    expect(all.filter((r) => r.protect).map((r) => r.name)).toEqual([]);
    const { registrations } = await define({ ...LEAST, protect: 'true' });
    expect(
      registrations
        .filter((r) => r.protect)
        .map((r) => r.name)
        .sort(),
    ).toEqual([
      'archive',
      'archive-container',
      'container-leases',
      'container-pace',
      'container-repo-stats',
      'container-repos',
      'container-run-info',
      'database',
      'secret-github-token',
      'secrets',
      'store',
    ]);
    expect(one(registrations, 'keyvault:Vault').inputs['properties']).toMatchObject({
      enablePurgeProtection: true,
      softDeleteRetentionInDays: 90,
    });
  });

  it('nothing of events or mail is made when they are not wanted', async () => {
    const { registrations } = await define({ ...LEAST, publishEvents: 'false' });
    expect(of(registrations, 'eventgrid:Topic')).toEqual([]);
    expect(registrations.filter((r) => /publishes|sendgrid/.test(r.name))).toEqual([]);
  });
});

describe('function apps', () => {
  it('run on Node 24 in Flex Consumption, each with a plan and a host storage of its own', () => {
    const apps = of(all, 'web:WebApp');
    for (const { inputs } of apps)
      expect(inputs['functionAppConfig']).toMatchObject({
        runtime: { name: 'node', version: '24' },
        scaleAndConcurrency: { instanceMemoryMB: 512, maximumInstanceCount: 40 },
        deployment: { storage: { type: 'blobContainer', authentication: { type: 'UserAssignedIdentity' } } },
      });
    for (const path of [
      (i: Registration['inputs']) => i['serverFarmId'],
      (i: Registration['inputs']) => i['keyVaultReferenceIdentity'],
      (i: Registration['inputs']) => JSON.stringify(i['functionAppConfig']),
    ])
      expect(new Set(apps.map((r) => path(r.inputs))).size).toBe(SERVICES.length);
    expect(of(all, 'web:AppServicePlan').map((r) => r.inputs['sku'])).toEqual(
      SERVICES.map(() => ({ name: 'FC1', tier: 'FlexConsumption' })),
    );
  });

  it.each(SERVICES)('the %s exists, and gets its code, after every role that it needs', (service) => {
    const roles = all
      .filter((r) => r.type.endsWith('RoleAssignment') && r.parent === service)
      .map((r) => r.name);
    expect(roles.length).toBeGreaterThan(2);
    for (const later of [
      one(all, 'web:WebApp', `stats-${service}`),
      one(all, 'resources:Deployment', `${service}-code`),
    ])
      expect(later.dependsOn).toEqual(expect.arrayContaining(roles));
    expect(one(all, 'resources:Deployment', `${service}-code`)).toMatchObject({
      deletedWith: `stats-${service}`,
      dependsOn: expect.arrayContaining([`${service}-package`]),
      onError: ['while-roles-spread'],
    });
  });

  it('a change of the code of one app changes its package and its deployment alone', async () => {
    const code = noCode();
    code.writer = { ...code.writer, hash: 'f'.repeat(64) };
    const { registrations } = await define(EVERYTHING, code);
    const before = new Map(all.map((r) => [r.urn, JSON.stringify(r.inputs)]));
    const changed = registrations.filter((r) => before.get(r.urn) !== JSON.stringify(r.inputs));
    expect(changed.map((r) => r.name).sort()).toEqual(['writer-code', 'writer-package']);
  });

  it('nothing changes when nothing changed', async () => {
    const { registrations } = await define(EVERYTHING);
    const texts = (of: readonly Registration[]): string[] => of.map((r) => JSON.stringify(r)).sort();
    expect(texts(registrations)).toEqual(texts(all));
  });
});
