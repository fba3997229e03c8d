/** The emulated rule for names refuses what Azure refuses: otherwise the stack's tests could not fail for a name. */
import { describe, expect, it } from 'vitest';
import { made, RANDOM } from './azure.fixture.ts';

const inGroup = { resourceGroupName: 'group' };

describe('names', () => {
  it('of resources of their own get random digits, and those of children do not', () => {
    expect(made('azure-native:servicebus:Namespace', 'messages', inGroup).outputs['name']).toBe(
      `messages${RANDOM}`,
    );
    const queue = made('azure-native:servicebus:Queue', 'fetch', { ...inGroup, namespaceName: 'messages' });
    expect(queue.outputs['name']).toBe('fetch');
    expect(queue.id).toMatch(
      /\/resourceGroups\/group\/providers\/Microsoft.ServiceBus\/namespaces\/messages\/queues\/fetch$/,
    );
  });

  it.each([
    [
      'a role of Cosmos DB that is named by its logical name',
      'cosmosdb:SqlResourceSqlRoleAssignment',
      'fetcher-writes-pace',
      { accountName: 'store' },
    ],
    ['a storage account with a hyphen', 'storage:StorageAccount', 'host-fetcher', {}],
    ['a storage account that is too long with its digits', 'storage:StorageAccount', 'hostoftheschedul1', {}],
    ['a vault that is too long with its digits', 'keyvault:Vault', 'github-repo-stats', {}],
    [
      'an app that shares its first 32 characters with others',
      'web:WebApp',
      'github-repo-stats-scheduler-app',
      {},
    ],
    ['a workbook that is named by its logical name', 'applicationinsights:Workbook', 'runs-workbook', {}],
    ['an alert with a question mark', 'monitor:ScheduledQueryRule', 'no-run?', {}],
    ['a budget with a space', 'consumption:Budget', 'monthly costs', { scope: '/group' }],
    ['a DNS zone that is named by its logical name', 'privatedns:PrivateZone', 'zone-blobs', {}],
    [
      'an event subscription with an underscore',
      'eventgrid:EventSubscription',
      'to_queue',
      { scope: '/topics/runs' },
    ],
    ['a lock with a slash', 'authorization:ManagementLockByScope', 'keep/it', { scope: '/vaults/secrets' }],
    ['a network that begins with a hyphen', 'network:VirtualNetwork', '-network', {}],
    ['an endpoint with a space', 'network:PrivateEndpoint', 'endpoint store', {}],
    ['a secret with an underscore', 'keyvault:Secret', 'Github_Token', { vaultName: 'secrets' }],
  ])('%s are refused', (_what, type, name, inputs) => {
    expect(() => made(`azure-native:${type}`, name, { ...inGroup, ...inputs })).toThrow(
      'Azure refuses the name',
    );
  });

  it('of a type that is not known are refused', () => {
    expect(() => made('azure-native:sql:Server', 'x', inGroup)).toThrow('not known here');
  });
});
