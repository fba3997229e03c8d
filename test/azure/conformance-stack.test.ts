/** The program that test:azure runs: what it makes, who may do what there, and that it runs by the SDK's own entry point. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFORMANCE_QUEUES } from '@github-repo-stats/local/service-bus/conformance-queues';
import { readConfig } from '@github-repo-stats/local/service-bus/config';
import { CONTAINERS, QUEUES } from '@github-repo-stats/shared/topology';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runProgram, type EngineRun } from '../../infra/src/engine.fixture.ts';
import { PROJECT, record, valueOf, type Registration } from '../../infra/src/registrations.fixture.ts';
import { COSMOS_ROLES, ROLES } from '../../infra/src/roles.ts';
import { defineConformance } from './conformance-stack.ts';

const { registrations, result } = await record(() => defineConformance('ServicePrincipal'));
const ofType = (type: string): Registration[] =>
  registrations.filter((r) => r.type === `azure-native:${type}`);
const one = (type: string): Registration => {
  const [only, ...others] = ofType(type);
  expect(others).toEqual([]);
  return only!;
};
const outputs = async () => ({
  resourceGroup: await valueOf(result.resourceGroup),
  namespace: await valueOf(result.namespace),
  endpoint: await valueOf(result.endpoint),
  account: await valueOf(result.account),
});

describe('what the suites run against', () => {
  it('is in a group of its own, and nothing of it is protected from going', () => {
    const { name, inputs } = one('resources:ResourceGroup');
    expect(name).toBe('github-repo-stats-conformance');
    expect(inputs['tags']).toMatchObject({ purpose: 'conformance' });
    expect(registrations.filter((r) => r.protect).map((r) => r.name)).toEqual([]);
  });

  it('is a namespace and an account as the stack makes them: no keys, and nothing to pay for at rest but the namespace', () => {
    expect(one('servicebus:Namespace').inputs).toMatchObject({
      disableLocalAuth: true,
      sku: { name: 'Standard' },
    });
    expect(one('cosmosdb:DatabaseAccount').inputs).toMatchObject({
      disableLocalAuth: true,
      capabilities: [{ name: 'EnableServerless' }],
    });
    expect(
      ofType('cosmosdb:SqlResourceSqlContainer')
        .map((r) => r.inputs['containerName'] as string)
        .sort(),
    ).toEqual(
      Object.values(CONTAINERS)
        .map((c) => c.defaultName)
        .sort(),
    );
  });

  it('has the queues of the stack, and those of the suites, as the embedded broker reads them', () => {
    const queues = ofType('servicebus:Queue').map(({ inputs }) => inputs);
    const own = Object.values(QUEUES).map(({ name }) => name);
    const names = CONFORMANCE_QUEUES.map(({ Name }) => Name);
    expect(queues.map((q) => q['queueName'] as string).sort()).toEqual([...own, ...names].sort());
    const embedded = (definitions: unknown[]) =>
      readConfig({ UserConfig: { Namespaces: [{ Name: 'n', Queues: definitions }] } });
    // What Azure gets, said in the words of Config.json again.
    const azure = names.map((name) => {
      const q = queues.find((each) => each['queueName'] === name)!;
      return {
        Name: name,
        Properties: {
          LockDuration: q['lockDuration'],
          MaxDeliveryCount: q['maxDeliveryCount'],
          RequiresSession: q['requiresSession'],
          RequiresDuplicateDetection: q['requiresDuplicateDetection'],
          DeadLetteringOnMessageExpiration: q['deadLetteringOnMessageExpiration'],
          ...('defaultMessageTimeToLive' in q && { DefaultMessageTimeToLive: q['defaultMessageTimeToLive'] }),
        },
      };
    });
    expect(embedded(azure)).toEqual(embedded(CONFORMANCE_QUEUES));
  });
});

describe('who runs the suites', () => {
  it('may send and receive in that namespace, write documents in that account, and nothing else', async () => {
    const roles = Object.entries(ROLES);
    const grants = ofType('authorization:RoleAssignment').map(({ inputs: given }) => ({
      role: roles.find(([, id]) => (given['roleDefinitionId'] as string).endsWith(id))?.[0],
      scope: given['scope'],
      principalId: given['principalId'],
      principalType: given['principalType'],
    }));
    const who = { principalId: 'deployer', principalType: 'ServicePrincipal' };
    const scope = expect.stringMatching(/\/namespaces\/messages0123abcd$/);
    expect(grants).toHaveLength(2);
    expect(grants).toContainEqual({ role: 'Azure Service Bus Data Sender', scope, ...who });
    expect(grants).toContainEqual({ role: 'Azure Service Bus Data Receiver', scope, ...who });
    const { inputs } = one('cosmosdb:SqlResourceSqlRoleAssignment');
    expect(inputs).toMatchObject({ principalId: 'deployer' });
    expect(inputs['roleDefinitionId']).toBe(
      `${inputs['scope'] as string}/sqlRoleDefinitions/${COSMOS_ROLES.write}`,
    );
    expect(inputs['scope']).toBe((await outputs()).account);
  });

  it('is told where everything is', async () => {
    expect(await outputs()).toEqual({
      resourceGroup: 'github-repo-stats-conformance0123abcd',
      namespace: 'messages0123abcd.servicebus.windows.net',
      endpoint: 'https://store0123abcd.documents.azure.com:443/',
      account: expect.stringMatching(/\/Microsoft\.DocumentDB\/databaseAccounts\/store0123abcd$/),
    });
  });
});

describe('the program', () => {
  const { main } = parse(readFileSync(join(import.meta.dirname, 'Pulumi.yaml'), 'utf8')) as { main: string };
  let update: EngineRun;
  beforeAll(async () => {
    update = await runProgram({
      preview: false,
      config: { 'azure-native:location': 'westeurope', [`${PROJECT}:signedInAs`]: 'ServicePrincipal' },
      encrypted: [],
      program: { folder: import.meta.dirname, main },
    });
  });

  it('runs to its end and registers just that', async () => {
    expect(update.shown).toBe('');
    expect(update.exitCode).toBe(0);
    const named = (all: readonly Registration[]) => all.map((r) => `${r.type} ${r.name}`).sort();
    expect(named(update.registrations)).toEqual(named(registrations));
    expect(update.outputs).toEqual({ values: await outputs(), secrets: [] });
  });
});
