import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configured, ENCRYPTED, EVERYTHING, LEAST, named, SECRET_VALUES } from './config.fixture.ts';
import { CONFIG, ConfigError, readConfig, SECRET_KEYS, throughputOf } from './config.ts';
import { PROJECT } from './registrations.fixture.ts';

function problemsOf(
  values: Record<string, string>,
  encrypted: readonly string[] = ENCRYPTED,
): readonly string[] {
  try {
    readConfig(named(values), encrypted, PROJECT);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('needs an address for alerts and one way to read GitHub, nothing else', () => {
    expect(configured(LEAST)).toMatchObject({
      alertEmail: ['owner@example.org'],
      runSchedule: '0 0 */6 * * *',
      reposPerBatch: 65,
      cosmosMode: 'serverless',
      publishEvents: true,
      authMode: 'keys',
      eventQueue: false,
      privateNetwork: false,
      lock: false,
      protect: false,
      secrets: { Github_Token: SECRET_VALUES.githubToken },
    });
    const { githubToken: _, ...others } = EVERYTHING;
    expect(Object.keys(configured(others).secrets).sort()).toEqual([
      'Github_Credentials',
      'SendGrid_API_Key',
    ]);
  });

  it('tells everything that is wrong at once', () => {
    expect(
      problemsOf({
        alertEmail: 'owner@example.org, nobody',
        reposPerBatch: '101',
        runSchedule: 'hourly',
        cosmosMode: 'free',
        protect: 'yes',
        logRetentionDays: '5',
        sendGridFrom: 'stats@example.org',
        gitHubToken: 'x',
      }),
    ).toEqual([
      'alertEmail: entry 2 is not an e-mail address',
      'reposPerBatch: is not a whole number from 1 to 100',
      'cosmosMode: is not one of serverless, dedicated, shared',
      'logRetentionDays: is not a whole number from 30 to 730',
      'protect: is not true or false',
      'gitHubToken: is not known',
      expect.stringContaining('runSchedule: is not an NCRONTAB expression'),
      'githubToken: is not set, nor is githubCredentials',
      'sendGridApiKey, sendGridTo: not set; mails need sendGridApiKey, sendGridFrom and sendGridTo, or none of them',
    ]);
  });

  it.each([
    [{}, ['alertEmail: is not set', 'githubToken: is not set, nor is githubCredentials']],
    [
      { alertEmail: '', githubToken: ' ' },
      ['alertEmail: holds no e-mail address', 'githubToken: is not set, nor is githubCredentials'],
    ],
  ])('takes blank for not set: %j', (values, problems) => {
    expect(problemsOf(values)).toEqual(problems);
  });

  it('finds and checks the file of sources, from infra/ on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sources-'));
    try {
      const good = join(folder, 'good.json');
      await writeFile(good, '{"individualRepos": ["octokit/octokit.rb"]}');
      expect(configured({ ...LEAST, sourcesFile: good }).sourcesFile).toBe(good);
      expect(configured(LEAST).sourcesFile).toBe(join(import.meta.dirname, '../../sources.json'));
      const bad = join(folder, 'bad.json');
      await writeFile(bad, '{\n"fullOrgs": [{"orgName": "no spaces"}],\n"individualRepos": ["half"]}');
      expect(problemsOf({ ...LEAST, sourcesFile: bad })).toEqual([
        `sourcesFile: ${bad}, line 2: fullOrgs[0].orgName is not the name of a GitHub organisation or user`,
        `sourcesFile: ${bad}, line 3: individualRepos[0] is not owner/name`,
      ]);
      expect(problemsOf({ ...LEAST, sourcesFile: 'mine.json' })).toEqual([
        'sourcesFile: mine.json cannot be read: ENOENT; the path starts at infra/',
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('needs a location', () => {
    const { 'azure-native:location': _, ...rest } = named(LEAST);
    expect(() => readConfig(rest, ENCRYPTED, PROJECT)).toThrow('azure-native:location: is not set');
  });

  it('refuses a secret in plain text, and never repeats one', () => {
    expect(problemsOf(LEAST, [])).toEqual([
      'githubToken: is a secret in plain text; revoke it, and set a new one with --secret',
    ]);
    const wrong = {
      ...EVERYTHING,
      githubCredentials: `not json ${SECRET_VALUES.githubToken}`,
      sendGridTo: SECRET_VALUES.sendGridApiKey,
    };
    const told = problemsOf(wrong, []).join('\n');
    expect(told).toContain('githubCredentials: is not JSON');
    expect(told).toContain('sendGridTo: entry 1 is not an e-mail address');
    for (const secret of Object.values(SECRET_VALUES)) expect(told).not.toContain(secret);
  });

  it.each([
    [
      { cosmosThroughput: '1000' },
      'cosmosThroughput, writeThroughput: have no meaning while cosmosMode is serverless',
    ],
    [
      { cosmosFreeTier: 'true' },
      'cosmosFreeTier: is for provisioned throughput; set cosmosMode to shared or dedicated',
    ],
    [
      { eventQueue: 'true', publishEvents: 'false' },
      'eventQueue: would stay empty, since publishEvents is false',
    ],
    [{ authMode: 'open' }, 'authMode: is not keys or entra'],
    [{ authMode: 'entra' }, 'entraClientId: is not set, but authMode is entra'],
    [{ authMode: 'entra', entraClientId: 'stats' }, 'entraClientId: is not a GUID'],
    [
      { entraClientId: '01234567-89ab-4def-8123-456789abcdef' },
      'entraClientId: has no meaning while authMode is keys',
    ],
    [{ analysisPrincipalId: 'analyse' }, 'analysisPrincipalId: is not a GUID'],
    [
      { analysisPrincipalId: '89abcdef-0123-4567-8123-456789abcdef', archive: 'false' },
      'analysisPrincipalId: has no meaning while archive is false',
    ],
    [{ eventQueue: 'yes' }, 'eventQueue: is not true or false'],
    [{ privateNetwork: 'on' }, 'privateNetwork: is not true or false'],
    [{ lock: '1' }, 'lock: is not true or false'],
    [
      { cosmosMode: 'dedicated', writeThroughput: '401' },
      'writeThroughput: 401 RU/s is more than the 400 RU/s that there are',
    ],
  ])('refuses %j', (values, problem) => {
    expect(problemsOf({ ...LEAST, ...values })).toEqual([problem]);
  });

  it('gives writing a container’s own throughput whole, and leaves the others their part of a shared one', () => {
    expect(throughputOf({ cosmosMode: 'dedicated', cosmosThroughput: 2000 })).toEqual({
      throughput: 2000,
      writing: 2000,
    });
    expect(throughputOf({ cosmosMode: 'shared' })).toEqual({ throughput: 1000, writing: 600 });
    expect(throughputOf({ cosmosMode: 'shared', writeThroughput: 300 })).toEqual({
      throughput: 1000,
      writing: 300,
    });
  });
});

describe('docs/deploy.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/deploy.md'), 'utf8');
  const [, section = ''] = page.split('\n## Configuration\n');
  const rows = new Map(
    [...section.split('\n## ')[0]!.matchAll(/^\| `([\w:-]+)`\s*\|(.*)\|$/gm)].map(
      ([, key, rest]) => [key!, rest!] as const,
    ),
  );

  it('explains every key of the configuration, and no other', () => {
    expect([...rows.keys()].sort()).toEqual([...Object.keys(CONFIG), 'azure-native:location'].sort());
  });

  it('says of each secret that it is one', () => {
    const secrets = [...rows].filter(([, rest]) => /\bsecret\b/i.test(rest)).map(([key]) => key);
    expect(secrets.sort()).toEqual(Object.keys(SECRET_KEYS).sort());
  });
});
