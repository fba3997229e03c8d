/** The policies: each says what is wrong with one resource, by its inputs. */
import { SECRET_SETTINGS } from '@github-repo-stats/shared/settings';
import { DELIVERED_QUEUES, isHostAccount, PACKAGES_ACCOUNT } from '../src/names.ts';
import { ROLES } from '../src/roles.ts';
import { textsIn } from './texts-in.ts';

export interface Resource {
  /** As `azure-native:web:WebApp`. */
  type: string;
  /** The logical name. */
  name: string;
  props: Readonly<Record<string, unknown>>;
}

export interface Policy {
  name: string;
  description: string;
  /** Whether it is told where resources may be. */
  locations?: true;
  /** What is wrong, to be read after the resource's name; nothing when all is well. */
  violations: (resource: Resource, locations: readonly string[]) => string[];
}

type Props = Readonly<Record<string, unknown>>;
type Check = (props: Props, resource: Resource) => (string | false | undefined)[];

/** Checks by type, without the provider's prefix; other types have nothing to keep to. */
const byType =
  (checks: Readonly<Record<string, Check>>) =>
  (resource: Resource): string[] => {
    const check = checks[resource.type.replace('azure-native:', '')];
    return (check?.(resource.props, resource) ?? []).filter((v) => typeof v === 'string');
  };
const part = (props: Props, name: string): Props => (props[name] ?? {}) as Props;

const localAuth: Check = (p) => [p['disableLocalAuth'] !== true && 'lets keys in: set disableLocalAuth'];
const login: Check = (p) => [p['allow'] !== false && 'lets a user name and password in: set allow to false'];

const tls = (property: string, least: string): Check => {
  return (p) => [p[property] !== least && `speaks older TLS than 1.2: set ${property} to ${least}`];
};

/** What secrets look like, wherever they stand. */
const SECRET_TEXT =
  /AccountKey=|SharedAccessKey=|\bgh[pousr]_\w{20}|\bgithub_pat_|\bSG\.[\w-]{6}|-----BEGIN [A-Z ]*PRIVATE KEY/;
const REFERENCE = /^@Microsoft\.KeyVault\(SecretUri=.+\)$/;

const WIDE_SCOPE =
  /^\/?$|^\/providers\/Microsoft\.Management\/|^\/subscriptions\/[^/]+(\/resourceGroups\/[^/]+)?\/?$/i;
const roleOf = (id: unknown): string | undefined =>
  Object.entries(ROLES).find(([, guid]) => String(id).endsWith(`/${guid}`))?.[0];

const same = (a: string, b: string): boolean =>
  a.replaceAll(' ', '').toLowerCase() === b.replaceAll(' ', '').toLowerCase();

export const POLICIES: readonly Policy[] = [
  {
    name: 'no-local-auth',
    description: 'Services are opened by identities alone, never by keys or passwords.',
    violations: byType({
      'servicebus:Namespace': localAuth,
      'cosmosdb:DatabaseAccount': localAuth,
      'eventgrid:Topic': localAuth,
      'applicationinsights:Component': localAuth,
      'operationalinsights:Workspace': (p, r) => localAuth(part(p, 'features'), r),
      'web:WebAppScmAllowed': login,
      'web:WebAppFtpAllowed': login,
    }),
  },
  {
    name: 'no-shared-keys',
    description:
      'Storage has no keys, save the account for packages, to which the provider uploads with them.',
    violations: byType({
      'storage:StorageAccount': (p, { name }) => [
        p['allowSharedKeyAccess'] !== false &&
          name !== PACKAGES_ACCOUNT &&
          'has keys: set allowSharedKeyAccess to false',
      ],
    }),
  },
  {
    name: 'tls-1-2',
    description: 'Nothing is reached without TLS 1.2.',
    violations: byType({
      'servicebus:Namespace': tls('minimumTlsVersion', '1.2'),
      'cosmosdb:DatabaseAccount': tls('minimalTlsVersion', 'Tls12'),
      'eventgrid:Topic': tls('minimumTlsVersionAllowed', '1.2'),
      'storage:StorageAccount': (p, r) => [
        ...tls('minimumTlsVersion', 'TLS1_2')(p, r),
        p['enableHttpsTrafficOnly'] !== true && 'is reached without TLS: set enableHttpsTrafficOnly',
      ],
      'web:WebApp': (p, r) => [
        p['httpsOnly'] !== true && 'is reached without TLS: set httpsOnly',
        ...tls('minTlsVersion', '1.2')(part(p, 'siteConfig'), r),
        ...tls('scmMinTlsVersion', '1.2')(part(p, 'siteConfig'), r),
        part(p, 'siteConfig')['ftpsState'] !== 'Disabled' && 'takes files by FTP: set ftpsState to Disabled',
      ],
    }),
  },
  {
    name: 'no-public-blobs',
    description: 'No blob can be read without signing in.',
    violations: byType({
      'storage:StorageAccount': (p) => [
        p['allowBlobPublicAccess'] !== false && 'lets blobs be public: set allowBlobPublicAccess to false',
      ],
      'storage:BlobContainer': (p) => [
        !['None', undefined].includes(p['publicAccess'] as string | undefined) &&
          'is public: set publicAccess to None',
      ],
    }),
  },
  {
    name: 'secrets-in-key-vault',
    description: 'Secrets stand in Key Vault and nowhere else; settings refer to them.',
    violations: ({ type, props }) => {
      if (type === 'azure-native:keyvault:Secret') return [];
      const settings = (part(props, 'siteConfig')['appSettings'] ?? []) as { name: string; value: string }[];
      const plain = settings.filter(
        ({ name, value }) => (SECRET_SETTINGS as readonly string[]).includes(name) && !REFERENCE.test(value),
      );
      const found = textsIn(props).filter(({ text }) => SECRET_TEXT.test(text));
      return [
        ...plain.map(({ name }) => `has the setting ${name} in plain text: refer to Key Vault`),
        ...found.map(({ path }) => `holds what looks like a secret at ${path}: put it into Key Vault`),
      ];
    },
  },
  {
    name: 'queues-with-sessions',
    description:
      'Queues have sessions, which make a lane serial, save those to which Event Grid delivers; and no duplicate detection, which swallows copies.',
    violations: byType({
      'servicebus:Queue': (p) => [
        p['requiresSession'] !== true &&
          !DELIVERED_QUEUES.includes(String(p['queueName'])) &&
          'has no sessions: set requiresSession',
        p['requiresDuplicateDetection'] !== false &&
          'may detect duplicates: set requiresDuplicateDetection to false',
      ],
    }),
  },
  {
    name: 'node-24-on-flex',
    description: 'Apps run on Node 24 in Flex Consumption.',
    violations: byType({
      'web:WebApp': (p) => {
        const { name, version } = part(part(p, 'functionAppConfig'), 'runtime');
        return [
          (name !== 'node' || version !== '24') && 'does not run on node 24: set functionAppConfig.runtime',
        ];
      },
      'web:AppServicePlan': (p) => [
        part(p, 'sku')['name'] !== 'FC1' && 'is no Flex Consumption plan: set sku to FC1',
      ],
    }),
  },
  {
    name: 'sign-in-before-all',
    description: 'Where people sign in, nothing of the app is reached without.',
    violations: byType({
      'web:WebAppAuthSettingsV2': (p) => {
        const { requireAuthentication, excludedPaths } = part(p, 'globalValidation');
        return [
          part(p, 'platform')['enabled'] !== true && 'asks nobody to sign in: set platform.enabled',
          requireAuthentication !== true &&
            'lets people through who have not signed in: set globalValidation.requireAuthentication',
          excludedPaths !== undefined &&
            'leaves paths out, on which anybody could claim to be anybody: remove globalValidation.excludedPaths',
        ];
      },
    }),
  },
  {
    name: 'narrow-scopes',
    description: 'Roles are given on single resources, never on a group, a subscription or a whole account.',
    violations: byType({
      'authorization:RoleAssignment': ({ scope }) => [
        WIDE_SCOPE.test(String(scope)) &&
          `is given on ${String(scope)}: give it on the resource that is used`,
      ],
      'cosmosdb:SqlResourceSqlRoleAssignment': ({ scope }) => [
        !/\/dbs\/[^/]+/.test(String(scope)) &&
          'is given on the whole account: give it on a container or database',
      ],
    }),
  },
  {
    name: 'narrow-roles',
    description:
      'Roles are those that this stack knows to be enough; the data of an account is owned in host storage alone.',
    violations: byType({
      'authorization:RoleAssignment': ({ roleDefinitionId, scope }) => {
        const role = roleOf(roleDefinitionId);
        const [, account = ''] = /\/storageAccounts\/([^/]+)$/.exec(String(scope)) ?? [];
        return [
          role === undefined &&
            `gives ${String(roleDefinitionId)}, which is none of the roles in infra/src/roles.ts: take one that lets it do less`,
          role === 'Storage Blob Data Owner' &&
            !isHostAccount(account) &&
            'owns data of what is no host storage',
        ];
      },
    }),
  },
  {
    name: 'allowed-locations',
    description: 'Resources are where they may be; without a list, anywhere.',
    locations: true,
    violations: ({ props }, locations) => {
      const own = [
        props['location'],
        ...((props['locations'] ?? []) as Props[]).map((l) => l['locationName']),
      ];
      const anywhere = locations.length === 0;
      return own
        .filter((l): l is string => typeof l === 'string' && l.toLowerCase() !== 'global')
        .filter((l) => !anywhere && !locations.some((allowed) => same(allowed, l)))
        .map((l) => `is in ${l}: allowed is ${locations.join(', ')}`);
    },
  },
];
