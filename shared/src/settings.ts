/** The settings that users know: one reader per name, so that every service understands a setting alike. */
import * as z from 'zod';
import { alertRulesSetting, DEFAULT_ALERT_RULES } from './alert-rules.ts';
import { credentialsSetting, githubToken } from './github/credentials-setting.ts';
import { MAILS, mailsSetting } from './mails-setting.ts';
import { qualityRulesSetting } from './quality-rules.ts';
import { CONTAINERS } from './topology.ts';

const text = z.string().trim().min(1, 'is empty');
const blankIsAbsent = (v: unknown): unknown => (typeof v === 'string' && v.trim() === '' ? undefined : v);
const optional = <S extends z.ZodType>(s: S) => z.preprocess(blankIsAbsent, s.optional());
const withDefault = <S extends z.ZodType>(s: S, value: z.input<S>) =>
  z.preprocess((v) => blankIsAbsent(v) ?? value, s);

const url = text.refine(
  (v) => v === '' || (/^https?:\/\//.test(v) && URL.canParse(v)),
  'is not an http(s) address',
);
const bool = z.union([z.boolean(), z.string()], 'is not true or false').transform((v, ctx) => {
  const low = String(v).trim().toLowerCase();
  if (low === 'true' || low === '1') return true;
  if (low === 'false' || low === '0') return false;
  ctx.addIssue({ code: 'custom', message: 'is not true or false' });
  return z.NEVER;
});
const number = (min: number, max: number, integer = true) =>
  z.union([z.string(), z.number()], 'is not a number').transform((v, ctx) => {
    const n = Number(v);
    if (Number.isFinite(n) && (!integer || Number.isInteger(n)) && n >= min && n <= max) return n;
    const kind = integer ? 'whole number' : 'number';
    ctx.addIssue({ code: 'custom', message: `is not a ${kind} from ${min} to ${max}` });
    return z.NEVER;
  });
const emailAddress = /^[^\s@,]+@[^\s@,]+$/;
const emails = text.transform((v, ctx) => {
  const list = v
    .split(',')
    .map((s) => s.trim())
    .filter(Boolean);
  // By position: a secret pasted into the wrong setting must not come back in the error.
  if (list.length === 0) ctx.addIssue({ code: 'custom', message: 'holds no e-mail address' });
  for (const [i, address] of list.entries())
    if (!emailAddress.test(address))
      ctx.addIssue({ code: 'custom', message: `entry ${i + 1} is not an e-mail address` });
  return list;
});

/**
 * Every setting by name. Names without a remark are those of the first generation.
 * An absent key means managed identity in Azure.
 */
export const SETTINGS = {
  /** One token for every owner; or Github_Credentials, or both. */
  Github_Token: optional(githubToken),
  /** Added: several tokens and installations of GitHub Apps, as JSON; each is asked with on its own. */
  Github_Credentials: optional(credentialsSetting),
  /** Added: GitHub Enterprise Server or any other GraphQL endpoint. */
  Github_GraphqlUrl: withDefault(url, 'https://api.github.com/graphql'),
  NumberOfReposToQueryPerCall: withDefault(number(1, 100), 65),
  CosmosDB_Endpoint: url,
  CosmosDB_PrimaryKey: optional(text),
  CosmosDB_DBName: withDefault(text, 'github-repo-stats'),
  CosmosDB_DataContainerName: withDefault(text, CONTAINERS.repoStats.defaultName),
  CosmosDB_RunInfoContainerName: withDefault(text, CONTAINERS.runInfo.defaultName),
  CosmosDB_ServerlessMode: withDefault(bool, true),
  CosmosDB_ProvisionedThroughput: withDefault(number(100, 10_000_000), 400),
  CosmosDB_RU_NeededForEachWrite: withDefault(number(1, 1000, false), 6),
  /** Added: days after its start that the database keeps all of an archived run; 0 is for good. Cosmos DB counts seconds in 32 bits. */
  CosmosDB_RetentionDays: withDefault(number(0, 24_855), 40),
  /** Added: address of the container of Blob Storage that runs are archived in; without it none are. */
  Archive_Url: optional(url),
  /** Added: key of its storage account. */
  Archive_Key: optional(text),
  SendEmailNotifications: withDefault(bool, false),
  SendGrid_API_Key: optional(text),
  SendGrid_VerifiedFromSenderEmail: optional(text.regex(emailAddress, 'is not an e-mail address')),
  SendGrid_ToEmail: optional(emails),
  /** Added: where mail is handed over; another address only for an embedded platform or a proxy. */
  SendGrid_Endpoint: withDefault(url, 'https://api.sendgrid.com'),
  /** Added: of which turns of a run mails are sent. */
  SendGrid_Mails: withDefault(mailsSetting, MAILS.join()),
  /** Added: of which changes of repositories people are told. */
  Alert_Rules: withDefault(alertRulesSetting, JSON.stringify(DEFAULT_ALERT_RULES)),
  /** Added: by how much the numbers of a run may be wrong; what is not named keeps its default. */
  Quality_Rules: withDefault(qualityRulesSetting, '[]'),
  /** Added: a run of which a check failed publishes no event until a person releases it. */
  Quality_Holds_Event: withDefault(bool, false),
  /** Added: where people reach the dashboard; mails link it. */
  Dashboard_Url: optional(url),
  /** Added: how people are let to the dashboard's API: by keys of its functions, or by signing in with Entra ID. */
  Auth_Mode: withDefault(z.enum(['keys', 'entra'], 'is not keys or entra'), 'keys'),
  PublishToEventGrid: withDefault(bool, false),
  EventGridEndpoint: optional(url),
  EventGridKey: optional(text),
  /** Added: NCRONTAB with seconds, UTC. */
  RunSchedule: withDefault(text, '0 0 */6 * * *'),
  /** Added: connection string, or ServiceBusConnection__fullyQualifiedNamespace with managed identity. */
  ServiceBusConnection: optional(text),
  ServiceBusConnection__fullyQualifiedNamespace: optional(text),
  /** Added: of Application Insights; without it nothing is told there. Holds an instrumentation key, which is no secret and no log's. */
  APPLICATIONINSIGHTS_CONNECTION_STRING: optional(
    text.regex(/(^|;)\s*InstrumentationKey=[0-9a-f-]{36}\s*(;|$)/i, 'has no InstrumentationKey'),
  ),
  /** Added: multiplies every waiting time of a service (locks and leases are the platform's); for tests. */
  DurationScale: withDefault(number(0.001, 10, false), 1),
} as const;

export type SettingName = keyof typeof SETTINGS;
/** Settings whose values must appear in no log, message, document or error. */
export const SECRET_SETTINGS: readonly SettingName[] = [
  'Github_Token',
  'Github_Credentials',
  'CosmosDB_PrimaryKey',
  'SendGrid_API_Key',
  'EventGridKey',
  'ServiceBusConnection',
  'Archive_Key',
];

/** Settings that cannot be used; the message names every one of them and what is wrong, never a value. */
export class SettingsError extends Error {
  readonly code = 'settings';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`Settings cannot be used:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * A requirement between settings: returns what is wrong, or undefined. A setting that could not be read is given to it as
 * its plain text, since it is set, and its own problem is named already.
 */
export type SettingsRule<T> = (settings: T) => string | undefined;

/**
 * Reads the named settings out of an environment and checks the rules between them.
 * @throws SettingsError with all problems at once.
 */
export function readSettings<const N extends SettingName>(
  names: readonly N[],
  env: Record<string, string | undefined>,
  rules: readonly SettingsRule<{ [K in N]: z.output<(typeof SETTINGS)[K]> }>[] = [],
): { [K in N]: z.output<(typeof SETTINGS)[K]> } {
  const problems: string[] = [];
  const settings: Partial<Record<SettingName, unknown>> = {};
  for (const name of names) {
    const value = env[name];
    const parsed = SETTINGS[name].safeParse(value);
    if (parsed.success) settings[name] = parsed.data;
    else if (value === undefined) problems.push(`${name}: is not set`);
    else {
      settings[name] = value;
      for (const issue of parsed.error.issues) problems.push(`${name}: ${issue.message}`);
    }
  }
  const read = settings as { [K in N]: z.output<(typeof SETTINGS)[K]> };
  for (const rule of rules) problems.push(...[rule(read) ?? []].flat());
  if (problems.length > 0) throw new SettingsError(problems);
  return read;
}

/** Rule: there must be some way to Service Bus. */
export const needsServiceBus: SettingsRule<{
  ServiceBusConnection?: string | undefined;
  ServiceBusConnection__fullyQualifiedNamespace?: string | undefined;
}> = (s) =>
  s.ServiceBusConnection || s.ServiceBusConnection__fullyQualifiedNamespace
    ? undefined
    : 'ServiceBusConnection: is not set (a connection string, or ServiceBusConnection__fullyQualifiedNamespace for managed identity)';

/**
 * Reads settings at the start of an app. A bundle that throws before its first registration fails without a word in the
 * host, so the reason is written to stderr and the process ends.
 */
export function readOrExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
