/** The stack's configuration: read once, and everything that is wrong with it told in one error. */
import { SETTINGS, type SettingName } from '@github-repo-stats/shared/settings';
import { needsCredentials } from '@github-repo-stats/shared/github/credentials';
import { z } from 'zod';
import { scheduleProblem } from '@github-repo-stats/shared/schedule';
import { sourcesFile } from './sources-file.ts';

const blankIsAbsent = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() === '' ? undefined : value;
const optional = <S extends z.ZodType>(schema: S) => z.preprocess(blankIsAbsent, schema.optional());
const withDefault = <S extends z.ZodType>(schema: S, value: z.input<S>) =>
  z.preprocess((given) => blankIsAbsent(given) ?? value, schema);

const flag = z.enum(['true', 'false'], 'is not true or false').transform((value) => value === 'true');
const whole = (min: number, max: number) =>
  z
    .string()
    .refine((value) => /^\d+$/.test(value.trim()) && Number(value) >= min && Number(value) <= max, {
      message: `is not a whole number from ${min} to ${max}`,
    })
    .transform(Number);
const emails = z.string('is not set').transform((value, ctx) => {
  const list = value
    .split(',')
    .map((address) => address.trim())
    .filter(Boolean);
  if (list.length === 0) ctx.addIssue({ code: 'custom', message: 'holds no e-mail address' });
  for (const [i, address] of list.entries())
    if (!/^[^\s@,]+@[^\s@,]+$/.test(address))
      ctx.addIssue({ code: 'custom', message: `entry ${i + 1} is not an e-mail address` });
  return list;
});

/** How Cosmos DB is paid: by request, per container, or one small throughput for all (within the free tier). */
export const COSMOS_MODES = ['serverless', 'dedicated', 'shared'] as const;
export type CosmosMode = (typeof COSMOS_MODES)[number];

/** Every configuration key. Those that are a setting of the apps are read as the apps read them. */
export const CONFIG = {
  alertEmail: emails,
  githubToken: SETTINGS.Github_Token,
  githubCredentials: SETTINGS.Github_Credentials,
  githubGraphqlUrl: SETTINGS.Github_GraphqlUrl,
  runSchedule: SETTINGS.RunSchedule,
  sourcesFile: withDefault(sourcesFile, '../sources.json'),
  reposPerBatch: SETTINGS.NumberOfReposToQueryPerCall,
  cosmosMode: withDefault(z.enum(COSMOS_MODES, `is not one of ${COSMOS_MODES.join(', ')}`), 'serverless'),
  cosmosFreeTier: withDefault(flag, 'false'),
  cosmosThroughput: optional(whole(400, 1_000_000)),
  writeThroughput: optional(whole(100, 1_000_000)),
  statsRetentionDays: optional(whole(0, 24_855)),
  archive: withDefault(flag, 'true'),
  analysisPrincipalId: optional(z.guid('is not a GUID')),
  sendGridApiKey: SETTINGS.SendGrid_API_Key,
  sendGridFrom: SETTINGS.SendGrid_VerifiedFromSenderEmail,
  sendGridTo: SETTINGS.SendGrid_ToEmail,
  sendGridMails: SETTINGS.SendGrid_Mails,
  alertRules: SETTINGS.Alert_Rules,
  qualityRules: SETTINGS.Quality_Rules,
  qualityHoldsEvent: withDefault(flag, 'false'),
  dashboardUrl: SETTINGS.Dashboard_Url,
  authMode: SETTINGS.Auth_Mode,
  entraClientId: optional(z.guid('is not a GUID')),
  publishEvents: withDefault(flag, 'true'),
  eventQueue: withDefault(flag, 'false'),
  instanceMemoryMB: withDefault(
    z.enum(['512', '2048', '4096'], 'is not 512, 2048 or 4096').transform(Number),
    '512',
  ),
  maximumInstances: withDefault(whole(1, 1000), '40'),
  logRetentionDays: withDefault(whole(30, 730), '30'),
  logDailyCapGb: withDefault(whole(1, 1000), '1'),
  monthlyBudget: optional(whole(1, 1_000_000)),
  operationsPage: optional(z.string().regex(/^https:\/\/\S+$/, 'is not an https address')),
  protect: withDefault(flag, 'false'),
  lock: withDefault(flag, 'false'),
  privateNetwork: withDefault(flag, 'false'),
} as const satisfies Record<string, z.ZodType>;

export type ConfigKey = keyof typeof CONFIG;

/** Keys whose values are secrets, with the setting of the apps that each becomes. */
export const SECRET_KEYS = {
  githubToken: 'Github_Token',
  githubCredentials: 'Github_Credentials',
  sendGridApiKey: 'SendGrid_API_Key',
} as const satisfies Partial<Record<ConfigKey, SettingName>>;
export type SecretKey = keyof typeof SECRET_KEYS;
const isSecretKey = (key: string): key is SecretKey => Object.hasOwn(SECRET_KEYS, key);

export type InfraConfig = { [K in ConfigKey]: z.output<(typeof CONFIG)[K]> } & {
  /** The texts of the secrets that are set, by setting. They go to Key Vault and nowhere else. */
  secrets: Partial<Record<SettingName, string>>;
};

/** A requirement between keys. A key that could not be read is given as its plain text: its own problem is named already. */
type Rule = (config: InfraConfig) => string | undefined;

/** What is wrong with a setting, told with the key of the stack's configuration. */
const asKeys = (problem: string | undefined): string | undefined =>
  problem
    ?.replaceAll('Github_Token', 'githubToken')
    .replaceAll('Github_Credentials', 'githubCredentials')
    .replaceAll('RunSchedule', 'runSchedule');

const RULES: readonly Rule[] = [
  (c) => asKeys(scheduleProblem(c.runSchedule)),
  (c) => asKeys(needsCredentials({ Github_Token: c.githubToken, Github_Credentials: c.githubCredentials })),
  (c) => {
    const missing = (['sendGridApiKey', 'sendGridFrom', 'sendGridTo'] as const).filter((key) => !c[key]);
    return missing.length === 0 || missing.length === 3
      ? undefined
      : `${missing.join(', ')}: not set; mails need sendGridApiKey, sendGridFrom and sendGridTo, or none of them`;
  },
  (c) =>
    c.authMode === 'entra' && c.entraClientId === undefined
      ? 'entraClientId: is not set, but authMode is entra'
      : undefined,
  (c) =>
    c.authMode === 'keys' && c.entraClientId !== undefined
      ? 'entraClientId: has no meaning while authMode is keys'
      : undefined,
  (c) =>
    c.analysisPrincipalId !== undefined && c.archive === false
      ? 'analysisPrincipalId: has no meaning while archive is false'
      : undefined,
  (c) =>
    c.eventQueue === true && c.publishEvents === false
      ? 'eventQueue: would stay empty, since publishEvents is false'
      : undefined,
  (c) =>
    c.cosmosMode === 'serverless' && (c.cosmosThroughput ?? c.writeThroughput) !== undefined
      ? 'cosmosThroughput, writeThroughput: have no meaning while cosmosMode is serverless'
      : undefined,
  (c) =>
    c.cosmosMode === 'serverless' && c.cosmosFreeTier
      ? 'cosmosFreeTier: is for provisioned throughput; set cosmosMode to shared or dedicated'
      : undefined,
  (c) => {
    const { throughput, writing } = throughputOf(c);
    return c.cosmosMode !== 'serverless' && writing > throughput
      ? `writeThroughput: ${writing} RU/s is more than the ${throughput} RU/s that there are`
      : undefined;
  },
];

/**
 * RU/s that are provisioned, and the part of them that writing statistics may use: all of a container of its own; of a
 * database that all containers share, what leaves 400 RU/s to the others.
 */
export function throughputOf(config: {
  cosmosMode: CosmosMode;
  cosmosThroughput?: number | undefined;
  writeThroughput?: number | undefined;
}): { throughput: number; writing: number } {
  const shared = config.cosmosMode === 'shared';
  const throughput = config.cosmosThroughput ?? (shared ? 1000 : 400);
  const writing = config.writeThroughput ?? (shared ? Math.max(100, throughput - 400) : throughput);
  return { throughput, writing };
}

/** A configuration that cannot be used; the message names every key and what is wrong, never a value. */
export class ConfigError extends Error {
  readonly code = 'config';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `The stack's configuration cannot be used:\n${problems.map((p) => `  - ${p}`).join('\n')}\n` +
        'Set a value with: pulumi config set <key> <value>. Every key is explained in docs/deploy.md.',
    );
    this.problems = problems;
  }
}

/** The location is the provider's own key, because every resource takes it from there. */
const LOCATION = 'azure-native:location';

/**
 * @param all every key of the stack with its namespace and its value, secrets decrypted.
 * @param encrypted the keys that the stack keeps encrypted.
 * @param project namespace of this program's keys.
 * @throws ConfigError with all problems at once.
 */
export function readConfig(
  all: Readonly<Record<string, string>>,
  encrypted: readonly string[],
  project: string,
): InfraConfig {
  const problems: string[] = [];
  const read: Record<string, unknown> = {};
  const secrets: InfraConfig['secrets'] = {};
  if (!all[LOCATION]?.trim())
    problems.push(`${LOCATION}: is not set (for example: pulumi config set ${LOCATION} westeurope)`);
  for (const [key, schema] of Object.entries(CONFIG)) {
    const name = `${project}:${key}`;
    const value = all[name];
    const parsed = schema.safeParse(value);
    read[key] = parsed.success ? parsed.data : value;
    if (!parsed.success && value === undefined) problems.push(`${key}: is not set`);
    else if (!parsed.success)
      for (const issue of parsed.error.issues) problems.push(`${key}: ${issue.message}`);
    if (!isSecretKey(key) || read[key] === undefined) continue;
    secrets[SECRET_KEYS[key]] = value!;
    if (!encrypted.includes(name))
      problems.push(`${key}: is a secret in plain text; revoke it, and set a new one with --secret`);
  }
  for (const name of Object.keys(all)) {
    const key = name.startsWith(`${project}:`) ? name.slice(project.length + 1) : undefined;
    if (key !== undefined && !Object.hasOwn(CONFIG, key)) problems.push(`${key}: is not known`);
  }
  const config = { ...read, secrets } as InfraConfig;
  for (const rule of RULES) problems.push(...[rule(config) ?? []].flat());
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}
