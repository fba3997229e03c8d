import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { credentialsSetting } from './credentials-setting.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const pkcs1 = rsa.export({ type: 'pkcs1', format: 'pem' }).toString();
const pkcs8 = rsa.export({ type: 'pkcs8', format: 'pem' }).toString();
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const app = (more: object = {}) => ({
  name: 'stats',
  appId: 17,
  privateKey: pkcs1,
  installations: [{ id: 1, owner: 'Octokit' }],
  ...more,
});
const read = (entries: unknown) => credentialsSetting.parse(JSON.stringify(entries));
const problemsOf = (entries: unknown): string[] => {
  const parsed = credentialsSetting.safeParse(
    typeof entries === 'string' ? entries : JSON.stringify(entries),
  );
  return parsed.success ? [] : parsed.error.issues.map((issue) => issue.message);
};

describe('credentials as JSON', () => {
  it('may be tokens, for some owners or all', () => {
    expect(
      read([
        { name: 'a', token: ' t1 ' },
        { name: 'B-2', token: 't2', owners: ['Octokit', 'azure'] },
      ]),
    ).toEqual([
      { name: 'a', auth: { kind: 'token', token: 't1' } },
      { name: 'B-2', owners: ['octokit', 'azure'], auth: { kind: 'token', token: 't2' } },
    ]);
  });

  it('may be installations of an app, each one by itself for its own owner', () => {
    const installations = [
      { id: 1, owner: 'Octokit' },
      { id: '22', owner: 'azure' },
    ];
    const auth = { kind: 'app', appId: '17', privateKey: pkcs8 };
    expect(read([app({ installations })])).toEqual([
      { name: 'stats-octokit', owners: ['octokit'], auth: { ...auth, installationId: 1 } },
      { name: 'stats-azure', owners: ['azure'], auth: { ...auth, installationId: 22 } },
    ]);
  });

  it.each([
    ['PKCS #1', pkcs1],
    ['PKCS #8', pkcs8],
    ['escaped newlines', pkcs1.replaceAll('\n', '\\n')],
  ])('take a private key in %s', (_, privateKey) => {
    const [credential] = read([app({ privateKey })]);
    const auth = credential?.auth;
    if (auth?.kind !== 'app') throw new Error('no app');
    expect(createPrivateKey(auth.privateKey).equals(rsa)).toBe(true);
  });

  const token = (more: object) => ({ name: 'a', token: 's3cret', ...more });
  it.each<[unknown, string[]]>([
    ['ghp_s3cret', ['is not JSON']],
    ['"s3cret"', ['is not a JSON array of credentials']],
    ['{"name": "a", "token": "s3cret"}', ['is not a JSON array of credentials']],
    [[], ['is not a JSON array of credentials']],
    [['s3cret'], ['entry 1: is not an object']],
    [
      [token({}), {}],
      ['entry 2: name is missing', 'entry 2: token is missing'],
    ],
    [[token({ token: 5 })], ['entry 1: token is not a text']],
    [[token({ token: 's3cret\ns3cret' })], ['entry 1: token holds characters that no token has']],
    [[token({ name: 's3cret_' })], ['entry 1: name is not 1 to 39 letters, digits and hyphens']],
    [[token({ owners: [] })], ['entry 1: owners is empty']],
    [[token({ owners: 's3cret' })], ['entry 1: owners is not a list']],
    [
      [token({ owners: ['a', 's3cret/b'] })],
      ['entry 1: owners.2 is not the login of an organisation or user'],
    ],
    [[token({ s3cret: 1 })], ['entry 1: holds a field that is not known']],
    [[token({ name: 'A' }), token({ token: 's3cret2' })], ['entry 2: has a name that entry 1 has, too']],
    [[token({}), token({ name: 'b' })], ['entry 2: has the token of entry 1']],
    [[app({ privateKey: 's3cret' })], ['entry 1: privateKey is not an RSA private key in PEM']],
    [[app({ privateKey: ec })], ['entry 1: privateKey is not an RSA private key in PEM']],
    [[app({ appId: 's3cret!' })], ['entry 1: appId is not the id of an app']],
    [[app({ installations: [] })], ['entry 1: installations is empty']],
    [
      [app({ installations: [{ id: 's3cret', owner: 'a' }, { id: 2 }, 's3cret'] })],
      [
        'entry 1: installations.1.id is not the id of an installation',
        'entry 1: installations.2.owner is missing',
        'entry 1: installations.3 is not an object',
      ],
    ],
    [
      [app({ installations: [{ id: 1, owner: 'a', s3cret: 1 }] })],
      ['entry 1: installations.1 holds a field that is not known'],
    ],
    [[app(), app({ name: 'b' })], ['entry 2: has the installation of entry 1']],
    [[app(), token({ name: 'stats-octokit' })], ['entry 2: has a name that entry 1 has, too']],
  ])('that cannot be used are told by entry and field, never by value (%#)', (entries, problems) => {
    expect(problemsOf(entries)).toEqual(problems);
    expect(problems.join()).not.toMatch(/s3cret|PRIVATE/);
  });
});
