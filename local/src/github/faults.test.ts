import { once } from 'node:events';
import { connect } from 'node:net';
import { graphql } from '@octokit/graphql';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { tokenLabel } from './call-log.ts';
import type { Fault } from './faults.ts';
import { startGithub, type Github } from './server.ts';
import type { Failure } from './failure.ts';

const world = {
  seed: 5,
  repositories: 300,
  owners: [{ login: 'acme' }],
  individual: ['octokit/one', 'octokit/two'],
};
const statsQuery =
  '{ a: repository(owner: "octokit", name: "one") { name issues { totalCount } } b: repository(owner: "octokit", name: "two") { name issues { totalCount } } }';
const listQuery = '{ organization(login: "acme") { repositories(first: 5) { nodes { name } } } }';

let github: Github;
beforeAll(async () => {
  github = await startGithub({ world });
});
afterEach(() => {
  github.faults.clear();
  github.oracle.resetCalls();
});
afterAll(() => github.close());

function post(
  query: string,
  { server = github, token = 'good', signal }: { server?: Github; token?: string; signal?: AbortSignal } = {},
) {
  const init = {
    method: 'POST',
    headers: { authorization: `bearer ${token}` },
    body: JSON.stringify({ query }),
  };
  return fetch(server.url, signal ? { ...init, signal } : init);
}
interface Answer {
  data?: Record<string, unknown>;
  errors?: { type?: string; path?: unknown; message: string; extensions?: unknown }[];
}
const answer = async (query: string, options = {}) => (await (await post(query, options)).json()) as Answer;

describe('a repository that fails', () => {
  const cases: [Failure, object][] = [
    [
      'not-found',
      { type: 'NOT_FOUND', message: "Could not resolve to a Repository with the name 'octokit/one'." },
    ],
    ['forbidden', { type: 'FORBIDDEN', message: 'Resource not accessible by integration' }],
    [
      'saml',
      {
        type: 'FORBIDDEN',
        extensions: { saml_failure: true },
        message: expect.stringContaining('SAML enforcement'),
      },
    ],
    [
      'ip-allow-list',
      {
        type: 'FORBIDDEN',
        extensions: { saml_failure: false },
        message: expect.stringContaining('the `octokit` organization has an IP allow list'),
      },
    ],
    [
      'resource-limits',
      { type: 'RESOURCE_LIMITS_EXCEEDED', message: 'Resource limits for this query exceeded.' },
    ],
  ];
  test.each(cases)('with %s costs only itself, until it is mended', async (failure, error) => {
    github.world.fail('octokit/one', failure);
    const { data, errors } = await answer(statsQuery);
    expect(data).toMatchObject({ a: null, b: { name: 'two' } });
    expect(errors).toEqual([{ path: ['a'], locations: [{ line: 1, column: 3 }], ...error }]);
    github.world.fail('octokit/one', null);
    expect(await answer(statsQuery)).not.toHaveProperty('errors');
  });

  test('with null is null without an error', async () => {
    github.world.fail('octokit/one', 'null');
    expect(await answer(statsQuery)).toMatchObject({ data: { a: null, b: { name: 'two' } } });
    expect(await answer(statsQuery)).not.toHaveProperty('errors');
    github.world.fail('octokit/one', null);
  });

  test('by SAML is told in a header', async () => {
    github.world.fail('octokit/one', 'saml');
    expect((await post(statsQuery)).headers.get('x-github-sso')).toContain(
      'required; url=https://github.com/orgs/octokit/sso',
    );
    github.world.fail('octokit/one', null);
  });

  test('by being slow takes the whole request with it as long as its counts are asked for', async () => {
    github.world.fail('octokit/one', 'slow');
    const response = await post(statsQuery);
    expect([502, 504]).toContain(response.status);
    expect((await post(statsQuery.replaceAll('issues { totalCount }', ''))).status).toBe(200);
    const { timeouts, points } = github.oracle.calls().tokens[tokenLabel('good')] ?? {};
    expect({ timeouts, points }).toEqual({ timeouts: 1, points: 12 });
    github.world.fail('octokit/one', null);
  });

  test('is still listed; only its counts are refused there', async () => {
    const [row] = [...github.oracle.truth()].filter(({ repo }) => repo.startsWith('acme/'));
    github.world.fail(row?.repo ?? '', 'forbidden');
    const nodes = await answer(
      '{ organization(login: "acme") { repositories(first: 2) { nodes { nameWithOwner } } } }',
    );
    expect(nodes).toMatchObject({
      data: { organization: { repositories: { nodes: [{ nameWithOwner: row?.repo }, {}] } } },
    });
    const counts = await answer(
      '{ organization(login: "acme") { repositories(first: 2) { nodes { name issues { totalCount } } } } }',
    );
    expect(counts.data).toMatchObject({ organization: { repositories: { nodes: [null, {}] } } });
    expect(counts.errors).toMatchObject([{ path: ['organization', 'repositories', 'nodes', 0, 'issues'] }]);
    github.world.fail(row?.repo ?? '', null);
  });

  test('with its owner fails in listings too', async () => {
    github.world.fail('acme', 'saml');
    expect(await answer(listQuery)).toMatchObject({
      data: { organization: null },
      errors: [{ type: 'FORBIDDEN', path: ['organization'] }],
    });
    github.world.fail('acme', 'not-found');
    expect(await answer(listQuery)).toMatchObject({ errors: [{ type: 'NOT_FOUND' }] });
    github.world.fail('acme', null);
    expect(await answer(listQuery)).not.toHaveProperty('errors');
  });
});

describe('a request that fails', () => {
  const client = () =>
    graphql<object | undefined>(statsQuery, {
      baseUrl: github.url.replace('/graphql', ''),
      headers: { authorization: 'bearer good' },
    });

  const replies: [Fault, number, string, RegExp][] = [
    ['timeout-502', 502, 'text/html', /^<html>\r\n<head><title>502 Bad Gateway/],
    [
      'timeout-json',
      502,
      'application/json; charset=utf-8',
      /^\{"data":null,"errors":\[\{"message":"Something went wrong while executing your query on 20/,
    ],
    [
      'timeout-504',
      504,
      'application/json; charset=utf-8',
      /^\{"message":"We couldn't respond to your request in time/,
    ],
    ['not-json', 200, 'text/html', /^<html>/],
    ['empty', 200, 'application/json; charset=utf-8', /^$/],
    ['bad-credentials', 401, 'application/json; charset=utf-8', /"message":"Bad credentials"/],
    [
      'rate-limit',
      200,
      'application/json; charset=utf-8',
      /^\{"errors":\[\{"type":"RATE_LIMIT","code":"graphql_rate_limit"/,
    ],
    [
      { rateLimit: { resetAfter: 5, form: 'RATE_LIMITED' } },
      200,
      'application/json; charset=utf-8',
      /^\{"errors":\[\{"type":"RATE_LIMITED"/,
    ],
    [
      'secondary-limit',
      403,
      'application/json; charset=utf-8',
      /"message":"You have exceeded a secondary rate limit/,
    ],
    [
      { secondaryLimit: { retryAfter: null, status: 429 } },
      429,
      'application/json; charset=utf-8',
      /secondary rate limit/,
    ],
    [{ status: 500, body: 'oops', headers: { 'content-type': 'text/plain' } }, 500, 'text/plain', /^oops$/],
  ];
  test.each(replies)('by %o says what GitHub says, once', async (fault, status, type, body) => {
    github.faults.next(fault);
    const response = await post(statsQuery);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, type]);
    expect(await response.text()).toMatch(body);
    expect((await post(statsQuery)).status).toBe(200);
  });

  test('by a limit says until when', async () => {
    github.faults.next({ rateLimit: { resetAfter: 100 } });
    const primary = (await post(statsQuery)).headers;
    expect(primary.get('x-ratelimit-remaining')).toBe('0');
    expect(Number(primary.get('x-ratelimit-reset')) - Date.now() / 1000).toBeGreaterThan(90);
    github.faults.next({ secondaryLimit: { retryAfter: 7 } });
    expect((await post(statsQuery)).headers.get('retry-after')).toBe('7');
    github.faults.next({ secondaryLimit: { retryAfter: null } });
    expect((await post(statsQuery)).headers.has('retry-after')).toBe(false);
  });

  test('by a secondary limit without retry-after may say when there are points again', async () => {
    github.faults.next({ secondaryLimit: { retryAfter: null, resetAfter: 100, status: 429 } });
    const { status, headers } = await post(statsQuery);
    expect([status, headers.get('retry-after'), headers.get('x-ratelimit-remaining')]).toEqual([
      429,
      null,
      '0',
    ]);
    expect(Number(headers.get('x-ratelimit-reset')) - Date.now() / 1000).toBeGreaterThan(90);
  });

  test('at the proxy says nothing of the budget, elsewhere it does', async () => {
    github.faults.next('timeout-502');
    expect((await post(statsQuery)).headers.has('x-ratelimit-used')).toBe(false);
    github.faults.next('timeout-json');
    expect((await post(statsQuery)).headers.has('x-ratelimit-used')).toBe(true);
  });

  test('by a broken connection fails the fetch', async () => {
    github.faults.next('reset');
    await expect(post(statsQuery)).rejects.toThrow('fetch failed');
    github.faults.next('cut-body');
    const response = await post(statsQuery);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
    expect(github.oracle.calls().tokens[tokenLabel('good')]?.replies).toEqual({ broken: 2 });
  });

  test('by hanging ends with the patience of the client', async () => {
    github.faults.next('hang');
    await expect(post(statsQuery, { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/);
    expect((await post(statsQuery)).status).toBe(200);
  });

  test('by hanging has ended for a client that hung up before it asks again on another connection', async () => {
    const { port, hostname } = new URL(github.url);
    const body = JSON.stringify({ query: statsQuery });
    const head = `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: bearer good\r\nuser-agent: test\r\n`;
    const request = `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    for (let times = 0; times < 20; times++) {
      const [first, second] = await Promise.all(
        ['first', 'second'].map(async () => {
          const socket = connect(Number(port), hostname);
          await once(socket, 'connect');
          return socket;
        }),
      );
      github.faults.next('hang');
      first!.write(request);
      await expect
        .poll(() => github.oracle.calls().tokens[tokenLabel('good')]?.calls.stats, { timeout: 20_000 })
        .toBe(2 * times + 1);
      first!.destroy();
      second!.write(request);
      await once(second!, 'data');
      second!.destroy();
    }
    expect(github.oracle.calls().tokens[tokenLabel('good')]?.maxInFlight.stats).toBe(1);
  });

  test('reaches @octokit/graphql as it does from GitHub', async () => {
    github.faults.next('cut-body');
    expect(await client()).toBeUndefined();
    github.faults.next('rate-limit');
    await expect(client()).rejects.toMatchObject({
      errors: [{ type: 'RATE_LIMIT' }],
      data: undefined,
      headers: { 'x-ratelimit-remaining': '0' },
    });
    github.faults.next('secondary-limit');
    await expect(client()).rejects.toMatchObject({
      status: 403,
      response: { headers: { 'retry-after': '60' } },
    });
    github.faults.next('timeout-502');
    await expect(client()).rejects.toMatchObject({ status: 502 });
  });

  test('is chosen by times, kind and token', async () => {
    github.faults.next({ status: 599 }, { times: 2, kind: 'listing' });
    github.faults.next({ status: 598 }, { token: tokenLabel('other') });
    const status = async (query: string, token = 'good') => (await post(query, { token })).status;
    expect(await status(statsQuery)).toBe(200);
    expect([await status(listQuery), await status(listQuery), await status(listQuery)]).toEqual([
      599, 599, 200,
    ]);
    expect(github.faults.pending).toBe(1);
    expect(await status(statsQuery, 'other')).toBe(598);
    expect(github.faults.pending).toBe(0);
  });
});

describe('the oracle', () => {
  test('counts calls and points by token and kind, without naming the token', async () => {
    const token = 'patient';
    await post(statsQuery, { token });
    await post(listQuery, { token });
    await post('{ viewer { login } }', { token: 'other' });
    const report = github.oracle.calls();
    expect(JSON.stringify(report)).not.toContain(token);
    expect(report.calls).toBe(3);
    expect(report.tokens[tokenLabel(token)]).toMatchObject({
      calls: { stats: 1, listing: 1, other: 0 },
      maxInFlight: { stats: 1, listing: 1, other: 0, all: 1 },
      replies: { 200: 2 },
      points: 2,
      timeouts: 0,
      callsWhileLimited: 0,
    });
    expect(report.tokens[tokenLabel(token)]?.serverSeconds).toBeGreaterThan(0.3);
    expect(report.tokens[tokenLabel('other')]).toMatchObject({ calls: { other: 1 } });
  });

  test('sees what is in flight at once, until the client gives up', async () => {
    const token = 'parallel';
    const calls = () => github.oracle.calls().tokens[tokenLabel(token)];
    const patience = new AbortController();
    github.faults.next('hang', { times: 3 });
    const pending = [statsQuery, statsQuery, listQuery].map((query) =>
      post(query, { token, signal: patience.signal }).catch((error: unknown) => error),
    );
    await expect.poll(() => calls()?.inFlight).toEqual({ stats: 2, listing: 1, other: 0 });
    patience.abort();
    await Promise.all(pending);
    await expect.poll(() => calls()?.inFlight).toEqual({ stats: 0, listing: 0, other: 0 });
    await post(statsQuery, { token });
    expect(calls()).toMatchObject({
      maxInFlight: { stats: 2, listing: 1, all: 3 },
      replies: { broken: 3, 200: 1 },
    });
  });

  test('counts calls that come before the time a refusal named, also after the counts were forgotten', async () => {
    const token = 'impatient';
    github.faults.next({ secondaryLimit: { retryAfter: 1000 } });
    await post(statsQuery, { token });
    await post(statsQuery, { token });
    github.oracle.resetCalls();
    await post(statsQuery, { token });
    expect(github.oracle.calls().tokens[tokenLabel(token)]).toMatchObject({
      calls: { stats: 1 },
      callsWhileLimited: 1,
    });
  });
});

describe('the control surface', () => {
  const at = (path: string) => new URL(path, github.url);
  const send = async (path: string, body: unknown, method = 'POST') => {
    const order: RequestInit = { method, body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(at(path), order);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  test('takes events, one or many', async () => {
    const events = [
      { event: 'add', owner: 'acme', name: 'controlled', facts: { stars: 5 } },
      { event: 'rename', repository: 'acme/controlled', to: 'led' },
      { event: 'change', repository: 'acme/led', facts: { openIssues: 9 } },
      { event: 'archive', repository: 'acme/led' },
      { event: 'transfer', repository: 'acme/led', to: 'octokit' },
      { event: 'fail', target: 'octokit/led', failure: 'forbidden' },
    ];
    expect(await send('/_simulator/events', events)).toEqual({
      status: 200,
      body: { applied: 6, waiting: 0 },
    });
    const row = [...github.oracle.truth()].find(({ repo }) => repo === 'octokit/led');
    expect(row).toMatchObject({ stars: 5, openIssues: 9, isArchived: true, visibility: 'PUBLIC' });
    expect(await answer('{ repository(owner: "octokit", name: "led") { id } }')).toMatchObject({
      errors: [{ type: 'FORBIDDEN' }],
    });
    await send('/_simulator/events', { event: 'make-private', repository: 'octokit/led' });
    expect([...github.oracle.truth()].at(-1)).toMatchObject({ repo: 'octokit/led', visibility: 'PRIVATE' });
    await send('/_simulator/events', { event: 'delete', repository: 'octokit/led' });
    expect([...github.oracle.truth()].some(({ repo }) => repo === 'octokit/led')).toBe(false);
  });

  test('takes faults, and forgets them', async () => {
    expect(
      await send('/_simulator/faults', [{ fault: { status: 503 }, times: 2 }, { fault: 'reset' }]),
    ).toEqual({ status: 200, body: { pending: 3 } });
    expect((await post(statsQuery)).status).toBe(503);
    expect((await fetch(at('/_simulator/faults'), { method: 'DELETE' })).status).toBe(200);
    expect((await post(statsQuery)).status).toBe(200);
  });

  test('names what is wrong with an order', async () => {
    expect(await send('/_simulator/events', { event: 'explode' })).toMatchObject({ status: 400 });
    expect(await send('/_simulator/events', { event: 'delete', repository: 'x' })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('is not owner/name') },
    });
    expect(await send('/_simulator/events', { event: 'delete', repository: 'x/y' })).toEqual({
      status: 409,
      body: { message: 'there is no repository x/y' },
    });
    expect(await send('/_simulator/faults', { fault: 'earthquake' })).toMatchObject({ status: 400 });
    expect(await send('/_simulator/faults', '{')).toMatchObject({ status: 400 });
    expect(await send('/_simulator/nothing', {})).toMatchObject({ status: 404 });
  });

  test('streams the truth line by line, and reports the calls', async () => {
    const lines = (await (await fetch(at('/_simulator/truth'))).text()).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([...github.oracle.truth()]);
    await post(statsQuery);
    expect(await (await fetch(at('/_simulator/calls'))).json()).toEqual(github.oracle.calls());
    await fetch(at('/_simulator/calls'), { method: 'DELETE' });
    expect(github.oracle.calls()).toEqual({ calls: 0, tokens: {} });
  });
});

describe('GitHub’s own pace', () => {
  const page = (first: number) =>
    `{ organization(login: "acme") { repositories(first: ${first}) { nodes { name a: issues(states: OPEN) { totalCount } b: issues(states: CLOSED) { totalCount } c: pullRequests(states: OPEN) { totalCount } d: pullRequests(states: CLOSED) { totalCount } e: pullRequests(states: MERGED) { totalCount } } } } }`;

  test('small requests succeed and large ones time out', async () => {
    const server = await startGithub({ world, latency: 'github', latencyScale: 0.001 });
    expect((await post(page(20), { server })).status).toBe(200);
    const small = server.oracle.calls().tokens[tokenLabel('good')];
    expect(small?.serverSeconds).toBeGreaterThan(0.5);
    expect(small?.serverSeconds).toBeLessThan(10);
    const query = Array.from({ length: 3 }, (_, i) => `q${i}: ${page(100).slice(1, -1)}`).join(' ');
    const large = await post(`{ ${query} }`, { server });
    expect([502, 504]).toContain(large.status);
    const { timeouts, points } = server.oracle.calls().tokens[tokenLabel('good')] ?? {};
    expect({ timeouts, points }).toEqual({ timeouts: 1, points: 1 + 1 + 10 });
    await server.close();
  });

  test('what one query may ask is limited: later repositories are missing by name, none is half filled', async () => {
    const server = await startGithub({ world, limits: 'github' });
    const { data, errors = [] } = await answer(page(100), { server });
    const { nodes } = (data as { organization: { repositories: { nodes: (object | null)[] } } }).organization
      .repositories;
    const missing = nodes.flatMap((node, i) => (node === null ? [i] : []));
    expect(missing.length).toBeGreaterThan(5);
    expect(missing.length).toBeLessThan(40);
    expect(new Set(errors.map(({ type }) => type))).toEqual(new Set(['RESOURCE_LIMITS_EXCEEDED']));
    expect([...new Set(errors.map(({ path }) => (path as unknown[])[3]))]).toEqual(missing);
    await server.close();
  });

  test('points run out', async () => {
    const server = await startGithub({ world, limits: 'github', pointsPerHour: 2 });
    const bodies = [];
    for (let i = 0; i < 4; i++) bodies.push(await answer(statsQuery, { server }));
    expect(bodies.map(({ data, errors }) => [data !== undefined, errors?.[0]?.type])).toEqual([
      [true, undefined],
      [true, undefined],
      [false, 'RATE_LIMIT'],
      [false, 'RATE_LIMITED'],
    ]);
    expect(server.oracle.calls().tokens[tokenLabel('good')]).toMatchObject({
      points: 2,
      callsWhileLimited: 1,
    });
    await server.close();
  });

  test('closing does not wait for requests that take long', async () => {
    const server = await startGithub({ world });
    server.faults.next({ delay: 1000 });
    const pending = post(statsQuery, { server }).catch((error: unknown) => error);
    // The first request of a server waits for its schema.
    await expect.poll(() => server.oracle.calls().calls, { timeout: 20_000 }).toBe(1);
    await server.close();
    expect(await pending).toBeInstanceOf(Error);
  });
});
