/** What is off by default: the queue for events, the private network, the locks. */
import * as pulumi from '@pulumi/pulumi';
import { RUN_COMPLETED } from '@github-repo-stats/shared/topology';
import { beforeAll, describe, expect, it } from 'vitest';
import { TENANT } from './azure-kinds.fixture.ts';
import { RANDOM } from './azure.fixture.ts';
import { configured, EVERYTHING, FULLEST, LEAST, noCode } from './config.fixture.ts';
import { EVENT_QUEUE } from './names.ts';
import { record, type Registration } from './registrations.fixture.ts';
import { ROLES } from './roles.ts';
import { SERVICES } from './services.ts';
import { defineStack } from './stack.ts';

const define = async (values: Record<string, string>): Promise<Registration[]> =>
  (await record(() => defineStack(configured(values), noCode()))).registrations;
const of = (registrations: readonly Registration[], type: string): Registration[] =>
  registrations.filter((r) => r.type === `azure-native:${type}`);
const inputsOf = (registrations: readonly Registration[], type: string): Registration['inputs'][] =>
  of(registrations, type).map((r) => r.inputs);
/** The last two parts of an id, without random digits. */
const short = (id: unknown): string => String(id).split('/').slice(-2).join('/').replaceAll(RANDOM, '');

let usual: Registration[];
let fullest: Registration[];
beforeAll(async () => {
  usual = await define(EVERYTHING);
  fullest = await define(FULLEST);
});

describe('with everything that can be switched on', () => {
  it('the stack holds exactly these resources beyond the usual ones', async () => {
    const graph = (of: readonly Registration[]): string[] =>
      of.map((r) => `${r.parent} > ${r.type.replace('azure-native:', '')} ${r.name}`);
    const known = new Set(graph(usual));
    const more = graph(fullest).filter((line) => !known.has(line));
    await expect(more.sort().join('\n')).toMatchFileSnapshot('golden/graph-options.txt');
    expect(graph(fullest).filter((line) => known.has(line))).toHaveLength(known.size);
  });

  it('can be previewed, when nothing has been made yet', async () => {
    const preview = await record(() => defineStack(configured(FULLEST), noCode()), { preview: true });
    expect(preview.registrations.map((r) => r.urn).sort()).toEqual(fullest.map((r) => r.urn).sort());
  });
});

describe('the queue for events', () => {
  it('takes what Event Grid delivers: without sessions, kept as long as other messages', () => {
    const queue = inputsOf(fullest, 'servicebus:Queue').find((i) => i['queueName'] === EVENT_QUEUE);
    expect(queue).toMatchObject({
      requiresSession: false,
      requiresDuplicateDetection: false,
      deadLetteringOnMessageExpiration: true,
      maxDeliveryCount: 10,
      defaultMessageTimeToLive: 'P14D',
    });
    expect(inputsOf(usual, 'servicebus:Queue').map((i) => i['queueName'])).not.toContain(EVENT_QUEUE);
  });

  it('gets the events of completed runs, under the topic’s own identity, after its role', () => {
    const subscription = of(fullest, 'eventgrid:EventSubscription').find((r) => r.name === 'events-to-queue');
    expect(subscription!.inputs).toMatchObject({
      deliveryWithResourceIdentity: {
        identity: { type: 'SystemAssigned' },
        destination: { endpointType: 'ServiceBusQueue' },
      },
      eventDeliverySchema: 'CloudEventSchemaV1_0',
      filter: { includedEventTypes: [RUN_COMPLETED] },
      retryPolicy: { eventTimeToLiveInMinutes: 1440, maxDeliveryAttempts: 30 },
    });
    const { destination } = subscription!.inputs['deliveryWithResourceIdentity'] as {
      destination: { resourceId: string };
    };
    expect([short(subscription!.inputs['scope']), short(destination.resourceId)]).toEqual([
      'topics/runs',
      `queues/${EVENT_QUEUE}`,
    ]);
    expect(subscription!.dependsOn).toEqual(
      expect.arrayContaining(['topic-sends-events', 'event-grid-may-enter']),
    );
    expect(subscription!.onError).toEqual(['while-roles-spread']);
  });

  it('is, with that of the archive, the one thing that the topic may send to', async () => {
    const roles = inputsOf(fullest, 'authorization:RoleAssignment').filter(
      (i) => i['principalId'] === `principal-of-runs${RANDOM}`,
    );
    const given = roles.map((i) => `${short(i['scope'])} ${String(i['roleDefinitionId']).split('/').at(-1)}`);
    const sender = ROLES['Azure Service Bus Data Sender'];
    expect(given.toSorted()).toEqual([`queues/archive ${sender}`, `queues/${EVENT_QUEUE} ${sender}`]);
    const [topic] = inputsOf(fullest, 'eventgrid:Topic');
    expect(topic).toMatchObject({ identity: { type: 'SystemAssigned' } });
    const alone = await define({ ...LEAST, archive: 'false' });
    expect(inputsOf(alone, 'eventgrid:Topic')[0]).not.toHaveProperty('identity');
  });

  it('needs no way in while the namespace is public', async () => {
    const open = await define({ ...LEAST, eventQueue: 'true' });
    expect(of(open, 'servicebus:NamespaceNetworkRuleSet')).toEqual([]);
    expect(inputsOf(fullest, 'servicebus:NamespaceNetworkRuleSet')).toEqual([
      expect.objectContaining({
        publicNetworkAccess: 'Disabled',
        defaultAction: 'Deny',
        trustedServiceAccessEnabled: true,
      }),
    ]);
  });

  it('is named by an output', async () => {
    const { result } = await record(() => defineStack(configured(FULLEST), noCode()));
    expect(await new Promise((done) => void pulumi.output(result.eventQueue).apply(done))).toBe(EVENT_QUEUE);
  });
});

describe('the private network', () => {
  const HOSTS = SERVICES.map((service) => `host${service}`);
  /** Everything that an app speaks to, with the part of it and the zone: Azure's own list (learn.microsoft.com/azure/private-link/private-endpoint-dns). */
  const REACHED = [
    'namespaces/messages namespace privatelink.servicebus.windows.net',
    'databaseAccounts/store Sql privatelink.documents.azure.com',
    'vaults/secrets vault privatelink.vaultcore.azure.net',
    'topics/runs topic privatelink.eventgrid.azure.net',
    'storageAccounts/archive blob privatelink.blob.core.windows.net',
    ...HOSTS.map((name) => `storageAccounts/${name} blob privatelink.blob.core.windows.net`),
  ];

  it('reaches all that an app speaks to by an endpoint and a name of its own, and nothing else', () => {
    const groups = new Map(
      inputsOf(fullest, 'network:PrivateDnsZoneGroup').map((i) => [
        i['privateEndpointName'],
        (i['privateDnsZoneConfigs'] as { privateDnsZoneId: string }[]).map((c) => c.privateDnsZoneId),
      ]),
    );
    const found = of(fullest, 'network:PrivateEndpoint').map(({ name, inputs }) => {
      const [connection] = inputs['privateLinkServiceConnections'] as {
        privateLinkServiceId: string;
        groupIds: string[];
      }[];
      const zones = groups.get(`${name}${RANDOM}`) ?? [];
      return [
        short(connection!.privateLinkServiceId),
        ...connection!.groupIds,
        ...zones.map((id) => id.split('/').at(-1)),
      ].join(' ');
    });
    expect(found.sort()).toEqual(REACHED.toSorted());
  });

  it('knows each zone', () => {
    const zones = inputsOf(fullest, 'privatedns:PrivateZone').map((i) => String(i['privateZoneName']));
    expect(zones.sort()).toEqual([...new Set(REACHED.map((reached) => reached.split(' ')[2]!))].sort());
    const links = inputsOf(fullest, 'privatedns:VirtualNetworkLink').map((i) => [
      i['privateZoneName'],
      short((i['virtualNetwork'] as { id: string }).id),
    ]);
    expect(Object.fromEntries(links)).toEqual(
      Object.fromEntries(zones.map((zone) => [zone, 'virtualNetworks/network'])),
    );
  });

  /** What an app can be given a role on: what holds data, keys, messages or events. */
  const HOLDERS = [
    'servicebus:Namespace',
    'cosmosdb:DatabaseAccount',
    'eventgrid:Topic',
    'storage:StorageAccount',
    'keyvault:Vault',
  ];
  const publicOf = (registrations: readonly Registration[]): string[] =>
    HOLDERS.flatMap((type) => of(registrations, type))
      .filter(({ inputs }) => {
        const { publicNetworkAccess } = (inputs['properties'] ?? inputs) as { publicNetworkAccess?: string };
        return publicNetworkAccess !== 'Disabled';
      })
      .map((r) => r.name);

  it('leaves nothing with data public: of all accounts, that for packages alone', () => {
    expect(publicOf(fullest)).toEqual(['packages']);
    expect(publicOf(usual).sort()).toEqual(
      ['archive', 'messages', 'packages', 'runs', 'secrets', 'store', ...HOSTS].sort(),
    );
    const rules = of(fullest, 'storage:StorageAccount').map((r) => [r.name, r.inputs['networkRuleSet']]);
    expect(Object.fromEntries(rules)).toEqual({
      packages: undefined,
      ...Object.fromEntries(
        ['archive', ...HOSTS].map((name) => [name, { bypass: 'None', defaultAction: 'Deny' }]),
      ),
    });
  });

  it('has a subnet for each app, that Flex Consumption may have, none overlapping another', () => {
    const [{ addressSpace, subnets }] = inputsOf(fullest, 'network:VirtualNetwork') as unknown as [
      {
        addressSpace: { addressPrefixes: string[] };
        subnets: { name: string; addressPrefix: string; delegations?: { serviceName: string }[] }[];
      },
    ];
    const rangeOf = (prefix: string): [number, number] => {
      const [address = '', bits] = prefix.split('/');
      const first = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
      const size = 2 ** (32 - Number(bits));
      expect(first % size).toBe(0);
      return [first, first + size];
    };
    const [spaceFirst, spaceEnd] = rangeOf(addressSpace.addressPrefixes[0]!);
    const ranges = subnets.map((s) => rangeOf(s.addressPrefix)).sort(([a], [b]) => a - b);
    expect(ranges[0]![0]).toBeGreaterThanOrEqual(spaceFirst);
    expect(ranges.at(-1)![1]).toBeLessThanOrEqual(spaceEnd);
    const overlapping = ranges.filter(([first], i) => i > 0 && first < ranges[i - 1]![1]);
    expect(overlapping).toEqual([]);

    const delegated = subnets.filter((s) => s.delegations?.[0]?.serviceName === 'Microsoft.App/environments');
    // Flex Consumption refuses underscores.
    expect(delegated.map((s) => s.name)).toEqual(SERVICES.map((service) => `app-${service}`));
    for (const { addressPrefix } of delegated) {
      const [first, end] = rangeOf(addressPrefix);
      expect(end - first - 5).toBeGreaterThanOrEqual(40);
    }
    expect(of(fullest, 'web:WebApp').map((r) => [r.name, short(r.inputs['virtualNetworkSubnetId'])])).toEqual(
      SERVICES.map((service) => [`stats-${service}`, `subnets/app-${service}`]),
    );
    expect(of(usual, 'web:WebApp').filter((r) => r.inputs['virtualNetworkSubnetId'])).toEqual([]);
  });

  it('stands before any app and its code do', () => {
    const shared = ['messages', 'store', 'secrets', 'events'];
    for (const service of SERVICES)
      for (const [type, name] of [
        ['web:WebApp', `stats-${service}`],
        ['resources:Deployment', `${service}-code`],
      ] as const) {
        const { dependsOn } = of(fullest, type).find((r) => r.name === name)!;
        for (const what of [...shared, `host-${service}`])
          expect(dependsOn).toEqual(expect.arrayContaining([`endpoint-${what}`, `names-${what}`]));
      }
  });

  it('takes the one tier of Service Bus that has endpoints, as another namespace', () => {
    const sku = (registrations: readonly Registration[]) =>
      inputsOf(registrations, 'servicebus:Namespace')[0]!['sku'];
    expect(sku(fullest)).toEqual({ name: 'Premium', tier: 'Premium', capacity: 1 });
    expect(sku(usual)).toEqual({ name: 'Standard', tier: 'Standard' });
    expect(of(usual, 'servicebus:Namespace')[0]!.replaceOnChanges).toEqual(['sku']);
  });
});

describe('signing in with Entra ID', () => {
  const settingsOf = (registrations: readonly Registration[], name: string) => {
    const { siteConfig } = of(registrations, 'web:WebApp').find((r) => r.name === name)!.inputs as {
      siteConfig: { appSettings: { name: string; value: string }[] };
    };
    return Object.fromEntries(siteConfig.appSettings.map((setting) => [setting.name, setting.value]));
  };

  it('stands before all of the reporter, with no secret, and before no other app', () => {
    const { entraClientId } = FULLEST;
    expect(inputsOf(fullest, 'web:WebAppAuthSettingsV2')).toEqual([
      {
        resourceGroupName: `github-repo-stats${RANDOM}`,
        name: `stats-reporter${RANDOM}`,
        platform: { enabled: true },
        globalValidation: {
          requireAuthentication: true,
          unauthenticatedClientAction: 'RedirectToLoginPage',
          redirectToProvider: 'azureactivedirectory',
        },
        httpSettings: { requireHttps: true },
        identityProviders: {
          azureActiveDirectory: {
            enabled: true,
            registration: {
              clientId: entraClientId,
              clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID',
              openIdIssuer: `https://login.microsoftonline.com/${TENANT}/v2.0`,
            },
            validation: { allowedAudiences: [entraClientId, `api://${entraClientId}`] },
          },
        },
        login: { tokenStore: { enabled: false } },
      },
    ]);
    expect(of(usual, 'web:WebAppAuthSettingsV2')).toEqual([]);
  });

  it('is told to the reporter, with the identity that proves it to be the registered app; with keys nothing is', () => {
    const found = (registrations: readonly Registration[]) =>
      SERVICES.flatMap((service) => {
        const settings = settingsOf(registrations, `stats-${service}`);
        return ['Auth_Mode', 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'].flatMap((name) =>
          settings[name] === undefined ? [] : [[service, name, settings[name]]],
        );
      });
    expect(found(fullest)).toEqual([
      ['reporter', 'Auth_Mode', 'entra'],
      ['reporter', 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID', `client-of-reporter-identity${RANDOM}`],
    ]);
    expect(found(usual)).toEqual([]);
  });
});

describe('locks', () => {
  it('keep the database, the archive and the vault from being deleted, and stand on nothing else', () => {
    const locks = inputsOf(fullest, 'authorization:ManagementLockByScope').map((i) => [
      short(i['scope']),
      i['level'],
    ]);
    expect(Object.fromEntries(locks)).toEqual({
      'sqlDatabases/github-repo-stats': 'CanNotDelete',
      'storageAccounts/archive': 'CanNotDelete',
      'vaults/secrets': 'CanNotDelete',
    });
    expect(of(usual, 'authorization:ManagementLockByScope')).toEqual([]);
  });

  it('leave roles for data, which an update may take away, outside', () => {
    const scopes = inputsOf(fullest, 'authorization:ManagementLockByScope').map((i) => String(i['scope']));
    const roles = inputsOf(fullest, 'cosmosdb:SqlResourceSqlRoleAssignment');
    expect(roles.length).toBeGreaterThan(0);
    // A role for data is a child of the account.
    for (const { accountName } of roles)
      expect(scopes.filter((scope) => scope.endsWith(`/databaseAccounts/${String(accountName)}`))).toEqual(
        [],
      );
  });

  it('are made after all that they cover, and so taken away before it', () => {
    const covered = fullest
      .filter(
        (r) =>
          r.type.endsWith(':SqlResourceSqlContainer') ||
          r.type.endsWith('keyvault:Secret') ||
          (r.type.endsWith(':RoleAssignment') &&
            /\/vaults\/|\/containers\//.test(String(r.inputs['scope']))) ||
          (r.type.endsWith(':DiagnosticSetting') && String(r.inputs['resourceUri']).includes('/vaults/')),
      )
      .map((r) => r.name);
    expect(covered.length).toBeGreaterThan(8);
    for (const lock of of(fullest, 'authorization:ManagementLockByScope'))
      expect(lock.dependsOn).toEqual(expect.arrayContaining(covered));
  });

  it('can only be taken away by who unprotects them first, when the stack is protected', async () => {
    const locked = await define({ ...LEAST, lock: 'true' });
    const protects = (registrations: readonly Registration[]) =>
      of(registrations, 'authorization:ManagementLockByScope').map((r) => r.protect);
    expect(protects(locked)).toEqual([false, false, false]);
    expect(protects(fullest)).toEqual([true, true, true]);
  });
});
