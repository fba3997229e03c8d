import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_RULES } from './alert-rules.ts';
import { DEFAULT_QUALITY_RULES } from './quality-rules.ts';
import {
  SECRET_SETTINGS,
  SETTINGS,
  SettingsError,
  needsServiceBus,
  readOrExit,
  readSettings,
  type SettingName,
} from './settings.ts';

type Expected = { value: unknown } | { problem: RegExp };
const is = (value: unknown): Expected => ({ value });
const bad = (problem: RegExp): Expected => ({ problem });

/** For every setting: what unset, empty and blank mean, then texts and what they mean. */
type Row = [unset: Expected, empty: Expected, texts: Record<string, Expected>];

const WHOLE = (from: number, to: number) => bad(new RegExp(`is not a whole number from ${from} to ${to}$`));
const URL_TEXTS = {
  'https://x.example/y': is('https://x.example/y'),
  ' http://127.0.0.1:1 ': is('http://127.0.0.1:1'),
  'ftp://x': bad(/is not an http\(s\) address$/),
  'x.example': bad(/is not an http\(s\) address$/),
  'https://': bad(/is not an http\(s\) address$/),
};
const BOOL_TEXTS = {
  true: is(true),
  ' TRUE ': is(true),
  '1': is(true),
  False: is(false),
  '0': is(false),
  yes: bad(/is not true or false$/),
};
const notSet = bad(/is not set$/);
const empty = bad(/is empty$/);
const required: [Expected, Expected] = [notSet, empty];
const absent = is(undefined);

const ROWS: Record<SettingName, Row> = {
  Github_Token: [
    absent,
    absent,
    { ' ghp_1 ': is('ghp_1'), 'ghp 1': bad(/holds characters that no token has$/) },
  ],
  Github_Credentials: [
    absent,
    absent,
    {
      '[{"name": "a", "token": "t"}]': is([{ name: 'a', auth: { kind: 'token', token: 't' } }]),
      '[{"name": "a"}]': bad(/entry 1: token is missing$/),
      '[': bad(/is not JSON$/),
    },
  ],
  Github_GraphqlUrl: [is('https://api.github.com/graphql'), is('https://api.github.com/graphql'), URL_TEXTS],
  NumberOfReposToQueryPerCall: [
    is(65),
    is(65),
    {
      '1': is(1),
      ' 100 ': is(100),
      '0': WHOLE(1, 100),
      '101': WHOLE(1, 100),
      '6.5': WHOLE(1, 100),
      many: WHOLE(1, 100),
      NaN: WHOLE(1, 100),
      Infinity: WHOLE(1, 100),
    },
  ],
  CosmosDB_Endpoint: [...required, URL_TEXTS],
  CosmosDB_PrimaryKey: [absent, absent, { k: is('k') }],
  CosmosDB_DBName: [is('github-repo-stats'), is('github-repo-stats'), { db: is('db') }],
  CosmosDB_DataContainerName: [is('repo-stats'), is('repo-stats'), { c: is('c') }],
  CosmosDB_RunInfoContainerName: [is('run-info'), is('run-info'), { c: is('c') }],
  CosmosDB_ServerlessMode: [is(true), is(true), BOOL_TEXTS],
  CosmosDB_ProvisionedThroughput: [
    is(400),
    is(400),
    { '100': is(100), '99': WHOLE(100, 10_000_000), '4e2': is(400), lots: WHOLE(100, 10_000_000) },
  ],
  CosmosDB_RU_NeededForEachWrite: [
    is(6),
    is(6),
    {
      '5.71': is(5.71),
      '0.5': bad(/is not a number from 1 to 1000$/),
      six: bad(/is not a number from 1 to 1000$/),
    },
  ],
  CosmosDB_RetentionDays: [
    is(40),
    is(40),
    { '0': is(0), '365': is(365), '-1': WHOLE(0, 24_855), '1.5': WHOLE(0, 24_855), week: WHOLE(0, 24_855) },
  ],
  Archive_Url: [absent, absent, URL_TEXTS],
  Archive_Key: [absent, absent, { k: is('k') }],
  SendEmailNotifications: [is(false), is(false), BOOL_TEXTS],
  SendGrid_API_Key: [absent, absent, { k: is('k') }],
  SendGrid_VerifiedFromSenderEmail: [
    absent,
    absent,
    { 'a@b.c': is('a@b.c'), 'a.b.c': bad(/is not an e-mail address$/) },
  ],
  SendGrid_ToEmail: [
    absent,
    absent,
    {
      'a@b.c': is(['a@b.c']),
      ' a@b.c, d@e.f ,': is(['a@b.c', 'd@e.f']),
      'a@b.c,nobody': bad(/entry 2 is not an e-mail address$/),
      ', ,': bad(/holds no e-mail address$/),
    },
  ],
  SendGrid_Endpoint: [is('https://api.sendgrid.com'), is('https://api.sendgrid.com'), URL_TEXTS],
  SendGrid_Mails: [
    is(['started', 'completed', 'failed', 'stalled']),
    is(['started', 'completed', 'failed', 'stalled']),
    {
      ' Stalled,failed , failed': is(['failed', 'stalled']),
      'failed,ended': bad(/entry 2 is not one of started, completed, failed, stalled$/),
      ', ,': bad(/names none of started, completed, failed, stalled$/),
    },
  ],
  Alert_Rules: [
    is(DEFAULT_ALERT_RULES),
    is(DEFAULT_ALERT_RULES),
    {
      '[]': is([]),
      '[{"event": "gone"}]': is([{ event: 'gone' }]),
      '[{"event": "went"}]': bad(/entry 1: event is not one of .*$/),
      gone: bad(/is not JSON$/),
    },
  ],
  Quality_Rules: [
    is(DEFAULT_QUALITY_RULES),
    is(DEFAULT_QUALITY_RULES),
    {
      '[{"check": "outliers", "off": true}]': is({ ...DEFAULT_QUALITY_RULES, outliers: 'off' }),
      '[{"check": "outlier", "off": true}]': bad(/entry 1: check is not one of .*$/),
      off: bad(/is not JSON$/),
    },
  ],
  Quality_Holds_Event: [is(false), is(false), BOOL_TEXTS],
  Dashboard_Url: [absent, absent, URL_TEXTS],
  Auth_Mode: [
    is('keys'),
    is('keys'),
    { keys: is('keys'), entra: is('entra'), anonymous: bad(/is not keys or entra$/) },
  ],
  PublishToEventGrid: [is(false), is(false), BOOL_TEXTS],
  EventGridEndpoint: [absent, absent, URL_TEXTS],
  EventGridKey: [absent, absent, { k: is('k') }],
  RunSchedule: [is('0 0 */6 * * *'), is('0 0 */6 * * *'), { '0 30 * * * *': is('0 30 * * * *') }],
  ServiceBusConnection: [absent, absent, { 'Endpoint=sb://x': is('Endpoint=sb://x') }],
  ServiceBusConnection__fullyQualifiedNamespace: [
    absent,
    absent,
    { 'x.servicebus.windows.net': is('x.servicebus.windows.net') },
  ],
  APPLICATIONINSIGHTS_CONNECTION_STRING: [
    absent,
    absent,
    {
      'InstrumentationKey=01234567-89ab-cdef-0123-456789abcdef;IngestionEndpoint=https://x.example/': is(
        'InstrumentationKey=01234567-89ab-cdef-0123-456789abcdef;IngestionEndpoint=https://x.example/',
      ),
      'IngestionEndpoint=https://x.example/': bad(/has no InstrumentationKey$/),
      'InstrumentationKey=other': bad(/has no InstrumentationKey$/),
    },
  ],
  DurationScale: [
    is(1),
    is(1),
    {
      '0.01': is(0.01),
      '0': bad(/is not a number from 0.001 to 10$/),
      slow: bad(/is not a number from 0.001 to 10$/),
    },
  ],
};

const problemsOf = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
};

/** What reading one setting alone comes to, in the form of the expectations. */
function reading(
  name: SettingName,
  text: string | undefined,
): { value: unknown } | { problems: readonly string[] } {
  const read = () => readSettings([name], text === undefined ? {} : { [name]: text })[name];
  const problems = problemsOf(read);
  return problems.length > 0 ? { problems } : { value: read() };
}
const expected = (name: SettingName, e: Expected): unknown =>
  'value' in e ? e : { problems: [expect.stringMatching(new RegExp(`^${name}: ${e.problem.source}`))] };

describe('a setting', () => {
  it('has its expectations here, every one of them', () => {
    expect(Object.keys(ROWS).sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  for (const [name, [unset, whenEmpty, texts]] of Object.entries(ROWS) as [SettingName, Row][]) {
    it(`${name}, unset, empty or blank`, () => {
      expect(reading(name, undefined)).toEqual(expected(name, unset));
      for (const blank of ['', ' ', '\t\n']) expect(reading(name, blank)).toEqual(expected(name, whenEmpty));
    });
    it.each(Object.entries(texts))(`${name} "%s"`, (text, meaning) => {
      expect(reading(name, text)).toEqual(expected(name, meaning));
    });
  }
});

describe('the settings of a service', () => {
  const names = ['CosmosDB_Endpoint', 'NumberOfReposToQueryPerCall', 'ServiceBusConnection'] as const;

  it('report all problems in one error, broken requirements between settings too', () => {
    const env = { CosmosDB_Endpoint: 'nowhere', NumberOfReposToQueryPerCall: 'some' };
    const read = () => readSettings(names, env, [needsServiceBus]);
    expect(problemsOf(read).map((p) => p.split(':')[0])).toEqual([
      'CosmosDB_Endpoint',
      'NumberOfReposToQueryPerCall',
      'ServiceBusConnection',
    ]);
    for (const problem of problemsOf(read)) expect(() => read()).toThrow(problem);
  });

  it('find a way to Service Bus by connection string or by namespace', () => {
    const both = ['ServiceBusConnection', 'ServiceBusConnection__fullyQualifiedNamespace'] as const;
    expect(problemsOf(() => readSettings(both, {}, [needsServiceBus]))).toHaveLength(1);
    for (const name of both)
      expect(problemsOf(() => readSettings(both, { [name]: 'x' }, [needsServiceBus]))).toEqual([]);
  });

  it('call a setting that is set but wrong only that, not missing as well', () => {
    const rule = (s: { SendGrid_ToEmail?: unknown }) => (s.SendGrid_ToEmail ? undefined : 'it is missing');
    expect(
      problemsOf(() => readSettings(['SendGrid_ToEmail'], { SendGrid_ToEmail: 'nobody' }, [rule])),
    ).toEqual(['SendGrid_ToEmail: entry 1 is not an e-mail address']);
  });

  it('are named without any value: a secret may stand in the wrong place', () => {
    const secret = 'ghp_0123456789 secret';
    const all = Object.keys(SETTINGS) as SettingName[];
    const problems = problemsOf(() => readSettings(all, Object.fromEntries(all.map((n) => [n, secret]))));
    expect(problems.length).toBeGreaterThan(8);
    for (const problem of problems) for (const part of secret.split(' ')) expect(problem).not.toContain(part);
  });

  it('know which of them are secret', () => {
    const secretive = Object.keys(SETTINGS).filter((n) => /token|key|credentials|connection$/i.test(n));
    expect([...SECRET_SETTINGS].sort()).toEqual(secretive.sort());
  });

  it('let an error that is none of theirs pass', () => {
    expect(() =>
      readOrExit(() => {
        throw new TypeError('a bug');
      }),
    ).toThrow(TypeError);
    expect(readOrExit(() => 5)).toBe(5);
  });
});
