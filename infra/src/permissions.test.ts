/** Which identity may do what: the whole table, and that the code asks for no more and no less. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_QUEUES } from '@github-repo-stats/shared/topology';
import { beforeAll, describe, expect, it } from 'vitest';
import { RANDOM } from './azure.fixture.ts';
import { configured, EVERYTHING, LEAST, noCode } from './config.fixture.ts';
import { PERMISSIONS } from './permissions.ts';
import { record } from './registrations.fixture.ts';
import { COSMOS_ROLES, guidOf, ROLES } from './roles.ts';
import { SERVICES } from './services.ts';
import { defineStack } from './stack.ts';

/** `who: role on what`, of every role assignment in the stack. */
let assigned: string[];
/** The stack's own roles: their actions. */
let defined: unknown[];
beforeAll(async () => {
  ({ assigned, defined } = await rolesIn(EVERYTHING));
});

async function rolesIn(values: Record<string, string>): Promise<{ assigned: string[]; defined: unknown[] }> {
  const { registrations } = await record(() => defineStack(configured(values), noCode()));
  const definitions = registrations.filter((r) => r.type.endsWith('RoleDefinition'));
  const actions = definitions.map(({ name, inputs }) => [name, inputs['permissions'], inputs['type']]);
  const ownRoles = Object.fromEntries(definitions.map((r) => [r.name, r.inputs['roleDefinitionId']]));
  const all = registrations
    .filter((r) => r.type.endsWith('RoleAssignment'))
    .map(({ inputs }) => {
      const [principalId, roleId, scope] = ['principalId', 'roleDefinitionId', 'scope'].map((key) =>
        String(inputs[key]),
      );
      const names = {
        ...ROLES,
        ...Object.fromEntries(Object.entries(COSMOS_ROLES).map(([k, v]) => [`documents: ${k}`, v])),
        ...ownRoles,
      };
      const role = Object.entries(names).find(([, id]) => roleId!.endsWith(`/${id}`))?.[0];
      const who = principalId!.replace('principal-of-', '').replace(`-identity${RANDOM}`, '');
      return `${who}: ${role} on ${scope!.split('/').slice(-2).join('/').replaceAll(RANDOM, '')}`;
    });
  return { assigned: all, defined: actions };
}

describe('role assignments', () => {
  it('are these and no other', () => {
    expect(assigned.toSorted()).toEqual(
      [
        'archiver: Azure Service Bus Data Receiver on queues/archive',
        'archiver: Monitoring Metrics Publisher on components/insights',
        'archiver: Storage Blob Data Contributor on containers/archive',
        'archiver: Storage Blob Data Owner on storageAccounts/hostarchiver',
        'archiver: documents: write on colls/repo-stats',
        'archiver: documents: write on colls/run-info',
        'fetcher: Azure Service Bus Data Receiver on queues/fetch',
        'fetcher: Azure Service Bus Data Sender on queues/fetch',
        'fetcher: Azure Service Bus Data Sender on queues/write',
        'fetcher: Key Vault Secrets User on secrets/github-credentials',
        'fetcher: Key Vault Secrets User on secrets/github-token',
        'fetcher: Monitoring Metrics Publisher on components/insights',
        'fetcher: Storage Blob Data Owner on storageAccounts/hostfetcher',
        'fetcher: documents: write on colls/pace',
        'fetcher: documents: write on colls/run-info',
        'reporter: EventGrid Data Sender on topics/runs',
        'reporter: Key Vault Secrets User on secrets/sendgrid-api-key',
        'reporter: Monitoring Metrics Publisher on components/insights',
        'reporter: Storage Blob Data Owner on storageAccounts/hostreporter',
        'reporter: documents: read on colls/pace',
        'reporter: documents: read on colls/repo-stats',
        'reporter: documents: write on colls/leases',
        'reporter: documents: write on colls/repos',
        'reporter: documents: write on colls/run-info',
        'reporter: metadata-reader on dbs/github-repo-stats',
        'resolver: Azure Service Bus Data Receiver on queues/resolve',
        'resolver: Azure Service Bus Data Sender on queues/fetch',
        'resolver: Azure Service Bus Data Sender on queues/resolve',
        'resolver: Key Vault Secrets User on secrets/github-credentials',
        'resolver: Key Vault Secrets User on secrets/github-token',
        'resolver: Monitoring Metrics Publisher on components/insights',
        'resolver: Storage Blob Data Owner on storageAccounts/hostresolver',
        'resolver: documents: write on colls/pace',
        'resolver: documents: write on colls/run-info',
        'scheduler: Azure Service Bus Data Receiver on queues/archive',
        'scheduler: Azure Service Bus Data Receiver on queues/fetch',
        'scheduler: Azure Service Bus Data Receiver on queues/resolve',
        'scheduler: Azure Service Bus Data Receiver on queues/write',
        'scheduler: Azure Service Bus Data Sender on queues/archive',
        'scheduler: Azure Service Bus Data Sender on queues/fetch',
        'scheduler: Azure Service Bus Data Sender on queues/resolve',
        'scheduler: Azure Service Bus Data Sender on queues/write',
        'scheduler: Key Vault Secrets User on secrets/github-credentials',
        'scheduler: Key Vault Secrets User on secrets/github-token',
        'scheduler: Monitoring Metrics Publisher on components/insights',
        'scheduler: Storage Blob Data Owner on storageAccounts/hostscheduler',
        'scheduler: documents: write on colls/pace',
        'scheduler: documents: write on colls/run-info',
        `runs${RANDOM}: Azure Service Bus Data Sender on queues/archive`,
        'writer: Azure Service Bus Data Receiver on queues/write',
        'writer: Azure Service Bus Data Sender on queues/write',
        'writer: Monitoring Metrics Publisher on components/insights',
        'writer: Storage Blob Data Owner on storageAccounts/hostwriter',
        'writer: documents: write on colls/repo-stats',
        'writer: documents: write on colls/repos',
        'writer: documents: write on colls/run-info',
      ].sort(),
    );
  });

  it('of who analyses from outside are what that takes, on what the results are written to, and no other', async () => {
    const analysisPrincipalId = '89abcdef-0123-4567-8123-456789abcdef';
    const beyond = async (values: Record<string, string>): Promise<string[]> => {
      const usual = new Set((await rolesIn(values)).assigned);
      const { assigned: all } = await rolesIn({ ...values, analysisPrincipalId });
      expect(all.filter((role) => usual.has(role))).toHaveLength(usual.size);
      return all.filter((role) => !usual.has(role)).toSorted();
    };
    const withoutEvents = [
      `${analysisPrincipalId}: Storage Blob Data Contributor on containers/archive`,
      `${analysisPrincipalId}: documents: read on colls/repo-stats`,
      `${analysisPrincipalId}: documents: write on colls/run-info`,
    ];
    expect(await beyond(EVERYTHING)).toEqual([
      `${analysisPrincipalId}: EventGrid Data Sender on topics/runs`,
      ...withoutEvents,
    ]);
    expect(await beyond({ ...LEAST, publishEvents: 'false' })).toEqual(withoutEvents);
  });

  it('of our own give no document', () => {
    expect(defined).toEqual([
      [
        'metadata-reader',
        [{ dataActions: ['Microsoft.DocumentDB/databaseAccounts/readMetadata'] }],
        'CustomRole',
      ],
    ]);
  });

  it('of Cosmos DB are named by a GUID that stays the same', () => {
    expect(guidOf('a')).toBe(guidOf('a'));
    expect(guidOf('a')).not.toBe(guidOf('b'));
    expect(guidOf('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe.each(SERVICES)('the code of the %s', (service) => {
  const main = readFileSync(join(import.meta.dirname, `../../services/${service}/src/main.ts`), 'utf8');
  const keysIn = (pattern: RegExp): string[] =>
    [...new Set([...main.matchAll(pattern)].map(([, key]) => key!))].sort();
  const { send, receive, containers, publish, archive = false } = PERMISSIONS[service];

  it('opens the queues that it may send to', () => {
    const opened = keysIn(/serviceBus\.queue\(QUEUES\.(\w+)\.name\)/g);
    if (/serviceBus\.queue<\w+>\(ARCHIVE_QUEUE\.name\)/.test(main)) opened.push('archive');
    expect(opened.sort()).toEqual(send.toSorted());
  });

  it('receives from the queues that it may receive from', () => {
    // The scheduler consumes none: it looks after the dead letters of all.
    const peeks = main.includes('letterBox(serviceBus)');
    const consumed = keysIn(/queueName: QUEUES\.(\w+)\.name/g);
    if (main.includes('queueName: ARCHIVE_QUEUE.name')) consumed.push('archive');
    expect(peeks ? Object.keys(ALL_QUEUES).sort() : consumed).toEqual(receive.toSorted());
  });

  it('opens the containers whose documents it may touch', () => {
    const unpacked = [...main.matchAll(/const \{([^}]*)\} = openCosmos\(/g)].flatMap(([, names]) =>
      names!.split(',').map((name) => name.trim()),
    );
    const opened = new Set([...unpacked, ...keysIn(/\bcontainers\.(\w+)/g)]);
    if (main.includes('CONTAINERS.leases')) opened.add('leases');
    expect([...opened].sort()).toEqual(Object.keys(containers).sort());
  });

  it('asks GitHub only if it may write the grant for that', () => {
    expect(/\bopen(Gate|Lanes)\(/.test(main)).toBe(containers.pace === 'write');
  });

  it('keeps the archive if it may', () => {
    expect(main.includes('openBlobs(')).toBe(archive);
  });

  it('publishes events if it may', () => {
    expect(main.includes('eventPublisher(')).toBe(publish);
  });
});
