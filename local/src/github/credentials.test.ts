import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { createAppAuth } from '@octokit/auth-app';
import { request } from '@octokit/request';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installationToken } from './app-token.ts';
import { Credentials } from './credentials.ts';
import { startGithub, type Github } from './server.ts';

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const keys = pair();
const app = {
  appId: 12,
  publicKey: keys.publicKey,
  installations: [
    { id: 501, owner: 'acme', pointsPerHour: 3 },
    { id: 502, owner: 'initech' },
  ],
};
const NOT_DECODED = { message: 'A JSON web token could not be decoded' };

let github: Github;
beforeAll(async () => {
  github = await startGithub({
    world: {
      seed: 5,
      repositories: 60,
      owners: [{ login: 'acme' }, { login: 'initech' }],
      individual: ['acme/secret', 'initech/secret', 'acme/open'],
    },
    orders: {
      credentials: [
        { name: 'any', token: 'ghp_any' },
        { name: 'narrow', token: 'ghp_narrow', owners: ['ACME'], pointsPerHour: 4 },
        { name: 'late', token: 'ghp_late', revoked: true },
      ],
      apps: [app],
      events: [
        { event: 'make-private', repository: 'acme/secret' },
        { event: 'make-private', repository: 'initech/secret' },
      ],
      faults: [],
    },
  });
});
afterAll(() => github.close());

interface Answer {
  status: number;
  data?: Record<string, { nameWithOwner: string } | null> & {
    organization?: { repositories: { totalCount: number; nodes: { nameWithOwner: string }[] } };
  };
  errors?: { type: string }[];
}
async function ask(token: string, query: string): Promise<Answer> {
  const headers = { authorization: `bearer ${token}` };
  const response = await fetch(github.url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return { ...((await response.json()) as object), status: response.status };
}
const secrets =
  '{ a: repository(owner: "acme", name: "secret") { nameWithOwner } i: repository(owner: "initech", name: "secret") { nameWithOwner } }';
const listing = (login: string, filter = '') =>
  `{ organization(login: "${login}") { repositories(first: 100${filter}) { totalCount nodes { nameWithOwner } } } }`;
async function listed(token: string, login: string, filter?: string): Promise<string[]> {
  const { data } = await ask(token, listing(login, filter));
  const { totalCount, nodes } = data!.organization!.repositories;
  expect(nodes).toHaveLength(totalCount);
  return nodes.map(({ nameWithOwner }) => nameWithOwner);
}
const order = (...events: object[]) =>
  fetch(new URL('/_simulator/events', github.url), { method: 'POST', body: JSON.stringify(events) });

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);
function jwt(claims: object = {}, { key = keys.privateKey, alg = 'RS256' } = {}): string {
  const text = `${part({ alg, typ: 'JWT' })}.${part({ iat: now() - 30, exp: now() + 500, iss: 12, ...claims })}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), createPrivateKey(key)).toString('base64url')}`;
}
async function mint(id: number, assertion: string, { prefix = '', body = '' } = {}) {
  const response = await fetch(new URL(`${prefix}/app/installations/${id}/access_tokens`, github.url), {
    method: 'POST',
    headers: { authorization: `bearer ${assertion}` },
    ...(body && { body }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

test('once there are credentials no other token is good', async () => {
  expect((await ask('ghp_any', secrets)).status).toBe(200);
  for (const token of ['good', 'simulated', 'ghs_1_1_012345678901234567890123'])
    expect(await ask(token, secrets)).toMatchObject({ status: 401, message: 'Bad credentials' });
});

test('private repositories are seen by whoever has their owner', async () => {
  expect((await ask('ghp_any', secrets)).data).toEqual({
    a: { nameWithOwner: 'acme/secret' },
    i: { nameWithOwner: 'initech/secret' },
  });
  expect(await ask('ghp_narrow', secrets)).toMatchObject({
    data: { a: { nameWithOwner: 'acme/secret' }, i: null },
    errors: [{ type: 'NOT_FOUND' }],
  });
  // Public ones of other owners are anybody's.
  expect(await listed('ghp_narrow', 'initech')).toEqual(
    (await listed('ghp_any', 'initech')).filter((name) => name !== 'initech/secret'),
  );
  expect(await listed('ghp_any', 'initech', ', visibility: PRIVATE')).toEqual(['initech/secret']);
  expect(await listed('ghp_any', 'initech', ', privacy: PUBLIC')).not.toContain('initech/secret');
});

test('each has a budget of its own, also where nothing else is limited, and goes by its name', async () => {
  const statuses = async (token: string) => {
    const answers: (string | undefined)[] = [];
    for (let i = 0; i < 6; i++) answers.push((await ask(token, '{ viewer { login } }')).errors?.[0]?.type);
    return answers;
  };
  expect((await statuses('ghp_any')).every((type) => type === undefined)).toBe(true);
  expect((await statuses('ghp_narrow')).at(-1)).toMatch(/^RATE_LIMIT/);
  const { tokens } = github.oracle.calls();
  expect(tokens.narrow?.points).toBe(4);
  expect(tokens.narrow?.callsWhileLimited).toBeGreaterThan(0);
  expect(JSON.stringify(tokens)).not.toContain('ghp_');
});

test('a token that is revoked is refused and counted, until it is restored', async () => {
  const { status } = await ask('ghp_late', secrets);
  expect(status).toBe(401);
  expect(github.oracle.calls().tokens.late).toMatchObject({ calls: { stats: 1 }, replies: { 401: 1 } });
  await order({ event: 'restore', credential: 'late' }, { event: 'revoke', credential: 'any' });
  expect((await ask('ghp_late', secrets)).status).toBe(200);
  expect((await ask('ghp_any', secrets)).status).toBe(401);
  await order({ event: 'restore', credential: 'any' });
  expect((await ask('ghp_any', secrets)).status).toBe(200);
  const unknown = await order({ event: 'revoke', credential: 'nobody' });
  expect([unknown.status, await unknown.json()]).toEqual([409, { message: 'there is no credential nobody' }]);
});

test('@octokit/auth-app gets a token of an installation, here and as on GitHub Enterprise Server', async () => {
  for (const prefix of ['', '/api/v3']) {
    const baseUrl = new URL(github.url).origin + prefix;
    const auth = createAppAuth({
      appId: 12,
      privateKey: keys.privateKey,
      installationId: 501,
      request: request.defaults({ baseUrl }),
    });
    const { token, expiresAt, permissions, repositorySelection } = await auth({ type: 'installation' });
    expect(token).toMatch(/^ghs_/);
    const left = Date.parse(expiresAt) - Date.now();
    expect(left).toBeGreaterThan(3590_000);
    expect(left).toBeLessThanOrEqual(3600_000);
    expect([permissions, repositorySelection]).toEqual([
      expect.objectContaining({ metadata: 'read' }),
      'all',
    ]);
    expect((await ask(token, secrets)).data).toEqual({ a: { nameWithOwner: 'acme/secret' }, i: null });
  }
  expect(github.oracle.calls().tokens['app-501']).toMatchObject({ calls: { stats: 2 }, points: 2 });
});

test('an installation has a budget of its own, and its removal takes its tokens', async () => {
  const { token = '' } = (await mint(502, jwt())).body;
  expect((await ask(token, secrets)).data).toEqual({ a: null, i: { nameWithOwner: 'initech/secret' } });
  await order({ event: 'revoke', credential: 'app-502' });
  expect((await ask(token, secrets)).status).toBe(401);
  expect(await mint(502, jwt())).toMatchObject({ status: 404, body: { message: 'Not Found' } });
  await order({ event: 'restore', credential: 'app-502' });
  expect((await ask(token, secrets)).status).toBe(200);
  const other = (await mint(501, jwt())).body.token ?? '';
  const types = [];
  for (let i = 0; i < 5; i++) types.push((await ask(other, secrets)).errors?.[0]?.type);
  expect(types.at(-1)).toMatch(/^RATE_LIMIT/);
});

test('an assertion that GitHub would not take is refused in its words', async () => {
  expect(await mint(501, 'nonsense')).toMatchObject({ status: 401, body: NOT_DECODED });
  expect(await mint(501, jwt({}, { key: pair().privateKey }))).toMatchObject({
    status: 401,
    body: NOT_DECODED,
  });
  expect(await mint(501, jwt({}, { alg: 'none' }))).toMatchObject({ status: 401, body: NOT_DECODED });
  expect(await mint(501, jwt({ exp: now() - 1 }))).toMatchObject({ status: 401 });
  expect((await mint(501, jwt({ exp: now() + 660 }))).body.message).toMatch(/is too far in the future$/);
  expect((await mint(501, jwt({ iat: now() + 120 }))).body.message).toMatch(/^'Issued at' claim/);
  expect(await mint(501, jwt({ iss: 13 }))).toMatchObject({
    status: 404,
    body: { message: 'Integration not found' },
  });
  expect(await mint(999, jwt())).toMatchObject({ status: 404, body: { message: 'Not Found' } });
  expect((await mint(501, jwt(), { body: '{"permissions":{"issues":"read"}}' })).body.message).toBe(
    "'permissions' is not supported by the GitHub simulator",
  );
  expect((await mint(501, jwt({ iss: '12' }), { body: '{}' })).status).toBe(201);
});

test('a token of an installation ends after its hour, is known to a simulator that was started again, and cannot be made up', () => {
  const end = 1_800_000_000_000;
  const token = installationToken({ id: 501, expiresAt: end }, keys.publicKey);
  const credentials = new Credentials({ apps: [app] });
  expect(credentials.caller(token, end - 1)?.label).toBe('app-501');
  expect(credentials.caller(token, end)).toBeUndefined();
  const longer = installationToken({ id: 501, expiresAt: end + 1000 }, keys.publicKey);
  const forged = longer.replace(/[^_]*$/, token.split('_').at(-1) ?? '');
  expect(credentials.caller(forged, end - 1)).toBeUndefined();
});
