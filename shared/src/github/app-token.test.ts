import { createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { restBase } from './app-token.ts';
import { githubAs } from './call.ts';

const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const publicKey = createPublicKey(privateKey);

/** Reads a token that the app signed, as GitHub does; undefined when it is not the app's. */
function readJwt(authorization: string | undefined): { iss: string; exp: number; iat: number } | undefined {
  const [head = '', payload = '', signature = ''] = (authorization ?? '').replace(/^bearer /i, '').split('.');
  const verified = createVerify('RSA-SHA256')
    .update(`${head}.${payload}`)
    .verify(publicKey, signature, 'base64url');
  return verified
    ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss: string; exp: number; iat: number })
    : undefined;
}

type Answer = { status: number; body: unknown; headers?: Record<string, string> };
const UNKNOWN_KEY: Answer = { status: 401, body: { message: 'A JSON web token could not be decoded' } };
let server: Server;
let url: string;
/** Tokens asked for, and tokens that GraphQL calls came with. */
let asked: { path: string | undefined; iss: string | undefined }[];
let used: (string | undefined)[];
/** Answers instead of a token. */
let trouble: Answer[];
let revoked: Set<string>;
let installationId = 0;

beforeEach(async () => {
  asked = [];
  used = [];
  trouble = [];
  revoked = new Set();
  // The library shares what is asked for at the same time by installation, in the whole process.
  installationId++;
  server = createServer((request, response) => {
    const answer = ({ status, body, headers }: Answer): void =>
      void response
        .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
        .end(JSON.stringify(body));
    const { authorization } = request.headers;
    request.resume();
    if (request.url?.endsWith('/graphql')) {
      const token = authorization?.replace('bearer ', '') ?? '';
      used.push(token);
      return revoked.has(token)
        ? answer({ status: 401, body: { message: 'Bad credentials' } })
        : answer({ status: 200, body: { data: { viewer: null } } });
    }
    asked.push({ path: request.url, iss: readJwt(authorization)?.iss });
    const instead = trouble.shift();
    if (instead) return answer(instead);
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    return answer({
      status: 201,
      body: { token: `ghs_${asked.length}`, expires_at, permissions: {}, repository_selection: 'all' },
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const client = (at = url) => githubAs(at, { auth: { kind: 'app', appId: '17', privateKey, installationId } });
const ask = (github: ReturnType<typeof client>) =>
  github.ask('query Q { viewer { login } }', {}, new AbortController().signal);

describe('an installation of an app', () => {
  it('gets a token with a signed key before the first call, and keeps it', async () => {
    const github = client();
    expect(await github.prepare()).toBeUndefined();
    expect(asked).toEqual([{ path: `/app/installations/${installationId}/access_tokens`, iss: '17' }]);
    expect(await ask(github)).toMatchObject({ kind: 'data' });
    expect(await github.prepare()).toBeUndefined();
    expect(await ask(github)).toMatchObject({ kind: 'data' });
    expect(used).toEqual(['ghs_1', 'ghs_1']);
    expect(asked).toHaveLength(1);
  });

  it('asks where the REST API of its server is', async () => {
    await client(url.replace('/graphql', '/api/graphql')).prepare();
    expect(asked[0]?.path).toBe(`/api/v3/app/installations/${installationId}/access_tokens`);
  });

  it('that was not prepared is prepared by its first call', async () => {
    expect(await ask(client())).toMatchObject({ kind: 'data' });
    trouble = [UNKNOWN_KEY];
    installationId++;
    expect(await ask(client())).toMatchObject({ kind: 'refused', reason: 'credentials' });
    expect(used).toHaveLength(1);
  });

  it('has another token ready when GitHub refused one that should hold', async () => {
    const github = client();
    await github.prepare();
    revoked.add('ghs_1');
    expect(await ask(github)).toMatchObject({ kind: 'refused', reason: 'credentials' });
    expect(asked).toHaveLength(2);
    expect(await ask(github)).toMatchObject({ kind: 'data' });
    expect(used).toEqual(['ghs_1', 'ghs_2']);
  });

  it.each<[string, Answer]>([
    ['its key is unknown', UNKNOWN_KEY],
    ['it is suspended', { status: 403, body: { message: 'This installation has been suspended' } }],
    ['it is not installed', { status: 404, body: { message: 'Not Found' } }],
  ])('is refused when %s, and not asked for again at once', async (_, answer) => {
    trouble = [answer];
    const github = client();
    const reply = await github.prepare();
    expect(reply).toMatchObject({
      kind: 'refused',
      reason: 'credentials',
      detail: expect.stringContaining(`HTTP ${answer.status}`),
    });
    expect(await github.prepare()).toEqual(reply);
    expect(asked).toHaveLength(1);
    expect(JSON.stringify(reply)).not.toMatch(/PRIVATE|eyJ/);
  });

  it('waits while GitHub limits', async () => {
    const body = { message: 'You have exceeded a secondary rate limit.' };
    trouble = [{ status: 403, body, headers: { 'retry-after': '30' } }];
    const github = client();
    expect(await github.prepare()).toMatchObject({ kind: 'limited', limit: 'secondary', waitMs: 30_000 });
    const again = await github.prepare();
    expect(again).toMatchObject({ kind: 'limited' });
    expect(again?.kind === 'limited' && again.waitMs).toBeLessThanOrEqual(30_000);
    expect(asked).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    ['fails', { status: 502, body: {} }],
    ['gives no token', { status: 201, body: {} }],
  ])('tries again when GitHub %s', async (_, answer) => {
    trouble = [answer];
    const github = client();
    expect(await github.prepare()).toMatchObject({ kind: 'transport' });
    expect(await github.prepare()).toBeUndefined();
    expect(await ask(github)).toMatchObject({ kind: 'data' });
    expect(used).toEqual(['ghs_2']);
  });

  it('says so when the server is not there', async () => {
    const github = client('http://127.0.0.1:1/graphql');
    expect(await github.prepare()).toMatchObject({ kind: 'transport' });
  });
});

describe('a plain token', () => {
  it('needs no preparation', async () => {
    const github = githubAs(url, { auth: { kind: 'token', token: 't' } });
    expect(await github.prepare()).toBeUndefined();
    expect(await ask(github)).toMatchObject({ kind: 'data' });
    expect([asked, used]).toEqual([[], ['t']]);
  });
});

it.each([
  ['https://api.github.com/graphql', 'https://api.github.com'],
  ['https://ghe.example/api/graphql', 'https://ghe.example/api/v3'],
  ['http://127.0.0.1:4000/graphql', 'http://127.0.0.1:4000'],
  ['https://api.acme.ghe.com/graphql', 'https://api.acme.ghe.com'],
])('the REST API beside %s is at %s', (graphql, rest) => {
  expect(restBase(graphql)).toBe(rest);
});
