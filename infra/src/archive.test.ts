/** The archive: what is made for it, and that nothing is where it is not wanted. */
import { RUN_COMPLETED } from '@github-repo-stats/shared/topology';
import * as pulumi from '@pulumi/pulumi';
import { beforeAll, expect, it } from 'vitest';
import { RANDOM } from './azure.fixture.ts';
import { configured, EVERYTHING, LEAST, noCode } from './config.fixture.ts';
import { record, valueOf, type Registration } from './registrations.fixture.ts';
import { defineStack } from './stack.ts';

const define = (values: Record<string, string>) => record(() => defineStack(configured(values), noCode()));
const of = (registrations: readonly Registration[], type: string): Registration[] =>
  registrations.filter((r) => r.type === `azure-native:${type}`);
const named = (registrations: readonly Registration[], name: string): Registration =>
  registrations.find((r) => r.name === name && r.custom)!;
const settingsOf = (registrations: readonly Registration[], app: string) => {
  const { siteConfig } = named(registrations, `stats-${app}`).inputs as {
    siteConfig: { appSettings: { name: string; value: string }[] };
  };
  return Object.fromEntries(siteConfig.appSettings.map(({ name, value }) => [name, value]));
};

let all: Registration[];
beforeAll(async () => {
  all = (await define(EVERYTHING)).registrations;
});

it('lies in a container of an account without keys, of which archiver and scheduler alone are told', () => {
  expect(named(all, 'archive').inputs).toMatchObject({
    allowSharedKeyAccess: false,
    allowBlobPublicAccess: false,
  });
  const { containerName, publicAccess } = named(all, 'archive-container').inputs;
  expect([containerName, publicAccess]).toEqual(['archive', 'None']);
  for (const app of ['archiver', 'scheduler'])
    expect(settingsOf(all, app)['Archive_Url']).toBe(
      `https://archive${RANDOM}.blob.core.windows.net/archive`,
    );
  expect(settingsOf(all, 'writer')).not.toHaveProperty('Archive_Url');
});

it('costs less after a month, of what is statistics alone, and is never put where reading takes hours', () => {
  const { policy } = named(all, 'archive-lifecycle').inputs as {
    policy: { rules: { definition: unknown }[] };
  };
  expect(policy.rules.map(({ definition }) => definition)).toEqual([
    {
      filters: { blobTypes: ['blockBlob'], prefixMatch: ['archive/stats/'] },
      actions: { baseBlob: { tierToCool: { daysAfterModificationGreaterThan: 30 } } },
    },
  ]);
});

it('is told of completed runs by a queue of its own, under the topic’s identity', async () => {
  const subscription = named(all, 'runs-to-archive-to-queue');
  expect(subscription.inputs['filter']).toMatchObject({ includedEventTypes: [RUN_COMPLETED] });
  expect(JSON.stringify(subscription.inputs['deliveryWithResourceIdentity'])).toMatch(/\/queues\/archive"/);
  expect(subscription.dependsOn).toContain('topic-sends-runs-to-archive');
  const { registrations: silent } = await define({ ...LEAST, publishEvents: 'false' });
  expect(of(silent, 'eventgrid:EventSubscription')).toEqual([]);
  expect(named(silent, 'queue-archive').inputs['requiresSession']).toBe(false);
});

it('takes the days that the database keeps a run from the configuration; else they are the archiver’s own', async () => {
  const { registrations } = await define({ ...LEAST, statsRetentionDays: '90' });
  expect(settingsOf(registrations, 'archiver')['CosmosDB_RetentionDays']).toBe('90');
  const container = named(registrations, 'container-repo-stats').inputs['resource'] as { defaultTtl: number };
  expect(container.defaultTtl).toBe(-1);
  const { registrations: usual } = await define(LEAST);
  expect(settingsOf(usual, 'archiver')).not.toHaveProperty('CosmosDB_RetentionDays');
});

it('is asked by commands that are given, as an output, the settings they read, and no key', async () => {
  const settingsIn = async (values: Record<string, string>) =>
    valueOf((await define(values)).result.commandSettings!);
  const usual = {
    CosmosDB_Endpoint: `https://store${RANDOM}.documents.azure.com:443/`,
    CosmosDB_DBName: 'github-repo-stats',
    CosmosDB_DataContainerName: 'repo-stats',
    CosmosDB_RunInfoContainerName: 'run-info',
    CosmosDB_ServerlessMode: 'true',
    Archive_Url: `https://archive${RANDOM}.blob.core.windows.net/archive`,
    PublishToEventGrid: 'true',
    EventGridEndpoint: expect.stringContaining(`runs${RANDOM}`) as string,
  };
  expect(await settingsIn(EVERYTHING)).toEqual(usual);
  const { EventGridEndpoint: _, ...silent } = usual;
  expect(await settingsIn({ ...LEAST, publishEvents: 'false', cosmosMode: 'shared' })).toEqual({
    ...silent,
    PublishToEventGrid: 'false',
    CosmosDB_ServerlessMode: 'false',
    CosmosDB_ProvisionedThroughput: '600',
  });
});

it('is not made when it is not wanted, and the other apps are as they were', async () => {
  const { registrations, result } = await define({ ...EVERYTHING, archive: 'false' });
  expect(registrations.filter((r) => /archive/.test(r.name)).map((r) => r.name)).toEqual([]);
  expect(of(registrations, 'web:WebApp')).toHaveLength(of(all, 'web:WebApp').length - 1);
  const inputs = (of: readonly Registration[]) => new Map(of.map((r) => [r.urn, JSON.stringify(r.inputs)]));
  const before = inputs(all);
  const others = [...inputs(registrations)]
    .filter(([urn, now]) => before.get(urn) !== now)
    .map(([urn]) => urn.split('::').at(-1));
  // The topic sends to nobody then, and the scheduler looks after the dead letters of three queues.
  expect(others).toEqual(['runs', 'stats-scheduler']);
  expect(settingsOf(registrations, 'scheduler')).not.toHaveProperty('Archive_Url');
  expect(Object.keys(result.apps)).not.toContain('archiver');
  expect(await new Promise((done) => void pulumi.output(result.archive).apply(done))).toBeNull();
  expect(result.commandSettings).toBeNull();
});
