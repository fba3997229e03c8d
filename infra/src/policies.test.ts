/** The policies by themselves: the stack keeps to them in every configuration, and each refuses what it is there for. */
import { beforeAll, describe, expect, it } from 'vitest';
import { POLICIES } from '../policy/policies.ts';
import { SUBSCRIPTION } from './azure-kinds.fixture.ts';
import { configured, EVERYTHING, FULLEST, LEAST, noCode, SECRET_VALUES } from './config.fixture.ts';
import { COSMOS_MODES } from './config.ts';
import { DELIVERED_QUEUES, EVENT_QUEUE } from './names.ts';
import { record, type Registration } from './registrations.fixture.ts';
import { ROLES } from './roles.ts';
import { defineStack } from './stack.ts';

const policy = (name: string) => {
  const found = POLICIES.find((p) => p.name === name);
  if (!found) throw new Error(`There is no policy ${name}.`);
  return found;
};
const define = async (values: Record<string, string>): Promise<Registration[]> =>
  (await record(() => defineStack(configured(values), noCode()))).registrations;
const violations = (resources: readonly Registration[], locations: string[] = []): string[] =>
  POLICIES.flatMap((p) =>
    resources.flatMap(({ type, name, inputs: props }) =>
      p.violations({ type, name, props }, locations).map((v) => `${p.name}: ${name} ${v}`),
    ),
  );

/** The usual stack, and signing in, which there is a policy for. */
const SIGNING_IN = { ...EVERYTHING, authMode: 'entra', entraClientId: FULLEST['entraClientId']! };
let usual: Registration[];
beforeAll(async () => {
  usual = await define(SIGNING_IN);
});

describe('the stack', () => {
  it.each([
    ['usual', EVERYTHING],
    ['least', { ...LEAST, publishEvents: 'false' }],
    ['fullest', FULLEST],
    ...COSMOS_MODES.map((cosmosMode) => [`Cosmos DB ${cosmosMode}`, { ...LEAST, cosmosMode }] as const),
    ['queue for events alone', { ...LEAST, eventQueue: 'true' }],
    ['network alone', { ...LEAST, privateNetwork: 'true' }],
    ['signing in', SIGNING_IN],
    ['locks alone', { ...LEAST, lock: 'true' }],
  ] as const)('keeps to every policy: %s', async (_what, values) => {
    expect(violations(await define(values), ['West Europe'])).toEqual([]);
  });
});

/** Of a resource of the stack, with something changed that the policy is there to refuse. */
const CASES: readonly [policy: string, resource: string, change: Record<string, unknown>, said: string][] = [
  ['no-local-auth', 'messages', { disableLocalAuth: false }, 'set disableLocalAuth'],
  ['no-local-auth', 'store', { disableLocalAuth: undefined }, 'set disableLocalAuth'],
  ['no-local-auth', 'runs', { disableLocalAuth: false }, 'set disableLocalAuth'],
  ['no-local-auth', 'insights', { disableLocalAuth: false }, 'set disableLocalAuth'],
  ['no-local-auth', 'logs', { features: {} }, 'set disableLocalAuth'],
  ['no-local-auth', 'writer-scm', { allow: true }, 'set allow to false'],
  ['no-local-auth', 'writer-ftp', { allow: true }, 'set allow to false'],
  ['no-shared-keys', 'hostwriter', { allowSharedKeyAccess: true }, 'set allowSharedKeyAccess'],
  ['no-shared-keys', 'hostwriter', { allowSharedKeyAccess: undefined }, 'set allowSharedKeyAccess'],
  ['tls-1-2', 'messages', { minimumTlsVersion: '1.0' }, 'set minimumTlsVersion to 1.2'],
  ['tls-1-2', 'store', { minimalTlsVersion: 'Tls11' }, 'set minimalTlsVersion to Tls12'],
  ['tls-1-2', 'runs', { minimumTlsVersionAllowed: '1.1' }, 'set minimumTlsVersionAllowed to 1.2'],
  ['tls-1-2', 'hostwriter', { minimumTlsVersion: 'TLS1_1' }, 'set minimumTlsVersion to TLS1_2'],
  ['tls-1-2', 'hostwriter', { enableHttpsTrafficOnly: false }, 'set enableHttpsTrafficOnly'],
  ['tls-1-2', 'stats-writer', { httpsOnly: false }, 'set httpsOnly'],
  ['tls-1-2', 'stats-writer', { siteConfig: {} }, 'set scmMinTlsVersion to 1.2'],
  ['tls-1-2', 'stats-writer', { siteConfig: {} }, 'set ftpsState to Disabled'],
  ['no-public-blobs', 'packages', { allowBlobPublicAccess: true }, 'set allowBlobPublicAccess to false'],
  ['no-public-blobs', 'packages-container', { publicAccess: 'Blob' }, 'set publicAccess to None'],
  [
    'secrets-in-key-vault',
    'stats-fetcher',
    { siteConfig: { appSettings: [{ name: 'Github_Token', value: 'of some new form' }] } },
    'has the setting Github_Token in plain text',
  ],
  [
    'secrets-in-key-vault',
    'stats-fetcher',
    { siteConfig: { appSettings: [{ name: 'Other', value: SECRET_VALUES.githubToken }] } },
    'looks like a secret at siteConfig.appSettings.0.value',
  ],
  [
    'secrets-in-key-vault',
    'github-repo-stats',
    { tags: { note: 'Endpoint=sb://x/;SharedAccessKey=abc' } },
    'looks like a secret at tags.note',
  ],
  ['queues-with-sessions', 'queue-fetch', { requiresSession: false }, 'set requiresSession'],
  ['queues-with-sessions', 'queue-fetch', { requiresDuplicateDetection: true }, 'may detect duplicates'],
  [
    'queues-with-sessions',
    'queue-fetch',
    { queueName: EVENT_QUEUE, requiresDuplicateDetection: true },
    'may detect duplicates',
  ],
  [
    'node-24-on-flex',
    'stats-writer',
    { functionAppConfig: { runtime: { name: 'node', version: '22' } } },
    'does not run on node 24',
  ],
  ['node-24-on-flex', 'stats-writer', { functionAppConfig: undefined }, 'does not run on node 24'],
  ['node-24-on-flex', 'plan-writer', { sku: { name: 'EP1' } }, 'is no Flex Consumption plan'],
  ['sign-in-before-all', 'reporter-sign-in', { platform: {} }, 'set platform.enabled'],
  ['sign-in-before-all', 'reporter-sign-in', { globalValidation: {} }, 'set globalValidation.require'],
  [
    'sign-in-before-all',
    'reporter-sign-in',
    { globalValidation: { requireAuthentication: true, excludedPaths: ['/api/*'] } },
    'leaves paths out',
  ],
  ['narrow-scopes', 'writer-sends-write', { scope: `/subscriptions/${SUBSCRIPTION}` }, 'is given on'],
  [
    'narrow-scopes',
    'writer-sends-write',
    { scope: `/subscriptions/${SUBSCRIPTION}/resourceGroups/group` },
    'is given on',
  ],
  [
    'narrow-scopes',
    'writer-sends-write',
    { scope: '/providers/Microsoft.Management/managementGroups/all' },
    'is given on',
  ],
  [
    'narrow-scopes',
    'writer-writes-repoStats',
    { scope: '/x/databaseAccounts/store' },
    'on the whole account',
  ],
  [
    'narrow-roles',
    'writer-sends-write',
    { roleDefinitionId: '/x/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635' },
    'none of the roles in infra/src/roles.ts',
  ],
  [
    'narrow-roles',
    'writer-hosts',
    { scope: '/x/storageAccounts/packages0123abcd' },
    'owns data of what is no host storage',
  ],
  [
    'narrow-roles',
    'writer-sends-write',
    { roleDefinitionId: `/x/roleDefinitions/${ROLES['Storage Blob Data Owner']}` },
    'owns data of what is no host storage',
  ],
  [
    'allowed-locations',
    'messages',
    { location: 'eastus' },
    'is in eastus: allowed is westeurope, northeurope',
  ],
  [
    'allowed-locations',
    'store',
    { locations: [{ locationName: 'eastus' }] },
    'is in eastus: allowed is westeurope, northeurope',
  ],
];

describe('a policy', () => {
  const LOCATIONS = ['westeurope', 'northeurope'];

  it.each(CASES)('%s refuses %s with %j', (name, resource, change, said) => {
    const { type, inputs } = usual.find((r) => r.name === resource && r.custom)!;
    const judge = (props: Registration['inputs']): string[] =>
      policy(name).violations({ type, name: resource, props }, LOCATIONS);
    expect(judge(inputs)).toEqual([]);
    expect(judge({ ...inputs, ...change })).toContainEqual(expect.stringContaining(said));
  });

  it.each(POLICIES.map((p) => p.name))('%s has an example that it refuses', (name) => {
    expect(CASES.map(([of]) => of)).toContain(name);
  });

  it('lets the queues without sessions pass, and the global location', () => {
    const type = 'azure-native:servicebus:Queue';
    for (const queueName of DELIVERED_QUEUES) {
      const queue = { requiresSession: false, requiresDuplicateDetection: false, queueName };
      expect(policy('queues-with-sessions').violations({ type, name: 'q', props: queue }, [])).toEqual([]);
    }
    const zone = { type: 'azure-native:privatedns:PrivateZone', name: 'z', props: { location: 'global' } };
    expect(policy('allowed-locations').violations(zone, LOCATIONS)).toEqual([]);
  });

  it('names no secret in what it says', () => {
    const props = { note: SECRET_VALUES.githubToken };
    const said = policy('secrets-in-key-vault').violations({ type: 'x', name: 'y', props }, []);
    expect(said).toHaveLength(1);
    expect(said.join()).not.toContain(SECRET_VALUES.githubToken);
  });
});
