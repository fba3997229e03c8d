/** Every way in which GitHub is known to answer, made by the simulator over HTTP and read by what the services read it with. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startGithub, type Github } from '@github-repo-stats/local/github/server';
import type { Fault } from '@github-repo-stats/local/github/faults';
import type { Failure } from '@github-repo-stats/local/github/failure';
import { githubAt } from '../shared/src/github/call.ts';
import { failureOf, type GithubReply } from '../shared/src/github/reply.ts';

const world = {
  seed: 5,
  repositories: 40,
  owners: [{ login: 'acme' }],
  individual: ['octokit/one', 'octokit/two', 'SAML-Toolkits/ruby-saml'],
};
const BY_ALIAS = `{
  rateLimit { cost }
  r0: repository(owner: "octokit", name: "one") { id issues { totalCount } }
  r1: repository(owner: "octokit", name: "two") { id issues { totalCount } }
}`;
const BY_NODE = 'query($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { nameWithOwner } } }';
const SECONDARY =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID 8D8C:2CAA82.';
const SOMETHING_WRONG =
  'Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include `8D8C:2CAA82` when reporting this issue.';
const NOT_IN_TIME =
  "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists.";

let github: Github;
beforeAll(async () => {
  github = await startGithub({ world });
});
afterEach(() => github.faults.clear());
afterAll(() => github.close());

interface Asking {
  query?: string;
  variables?: Record<string, unknown>;
  token?: string;
  signal?: AbortSignal;
}
const ask = ({ query = BY_ALIAS, variables = {}, token = 'ghp_good', signal }: Asking = {}) =>
  githubAt(github.url, token)(query, variables, signal ?? new AbortController().signal);
const askWith = (fault: Fault, asking?: Asking): Promise<GithubReply> => {
  github.faults.next(fault);
  return ask(asking);
};
const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Fault => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

test('a good answer is data, with its cost', async () => {
  const reply = await ask();
  expect(reply).toMatchObject({ kind: 'data', errors: [], points: 1 });
  expect(reply.kind === 'data' && reply.data).toHaveProperty('r1.issues.totalCount', expect.any(Number));
});

describe('the primary limit', () => {
  test.each(['RATE_LIMIT', 'RATE_LIMITED'] as const)(
    'spelled %s on a 200 waits until a second after its reset',
    async (form) => {
      const before = Date.now();
      const reply = await askWith({ rateLimit: { resetAfter: 1800, form } });
      const took = Date.now() - before;
      expect(reply).toMatchObject({ kind: 'limited', limit: 'primary', points: 0 });
      // The reset is said in whole seconds, rounded up.
      const waitMs = reply.kind === 'limited' ? reply.waitMs : 0;
      expect(waitMs).toBeGreaterThanOrEqual(1_801_000 - took);
      expect(waitMs).toBeLessThanOrEqual(1_802_000);
    },
  );

  test.each([
    ['with some points remaining', 200, '4'],
    ['as 403 in the words of the REST API', 403, '0'],
  ])('is recognised %s', async (_how, status, remaining) => {
    const reset = Math.floor(Date.now() / 1000) - 60;
    const error = { type: 'RATE_LIMIT', message: 'API rate limit already exceeded for user ID 7.' };
    const body = status === 200 ? { errors: [error] } : { message: error.message };
    const headers = { 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': String(reset) };
    expect(await askWith(answer(status, body, headers))).toMatchObject({
      kind: 'limited',
      limit: 'primary',
      waitMs: 1000,
    });
  });

  test('is not told by a good answer that took the last point', async () => {
    const last = await startGithub({ world, limits: 'github', pointsPerHour: 1 });
    try {
      const asks = githubAt(last.url, 'ghp_good');
      const { signal } = new AbortController();
      expect(await asks(BY_ALIAS, {}, signal)).toMatchObject({ kind: 'data', points: 1 });
      expect(await asks(BY_ALIAS, {}, signal)).toMatchObject({ kind: 'limited', limit: 'primary' });
    } finally {
      await last.close();
    }
  });
});

describe('a secondary limit', () => {
  test.each([200, 403, 429] as const)('with %d waits as long as retry-after says', async (status) => {
    expect(await askWith({ secondaryLimit: { retryAfter: 75, status } })).toMatchObject({
      kind: 'limited',
      limit: 'secondary',
      waitMs: 75_000,
    });
  });

  test.each([200, 403, 429] as const)('with %d and no retry-after waits a minute', async (status) => {
    expect(await askWith({ secondaryLimit: { retryAfter: null, status } })).toMatchObject({
      kind: 'limited',
      limit: 'secondary',
      waitMs: 60_000,
    });
  });

  test('without retry-after and without points waits for the reset', async () => {
    const reset = Math.ceil(Date.now() / 1000) + 900;
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) };
    const reply = await askWith(answer(403, { message: SECONDARY }, headers));
    expect(reply).toMatchObject({ kind: 'limited', limit: 'secondary' });
    expect(reply.kind === 'limited' && reply.waitMs).toBeGreaterThan(60_000);
  });
});

describe('a query that took too long', () => {
  test.each<[string, Fault]>([
    ['502 of the proxy in HTML', 'timeout-502'],
    ['504 of the proxy in HTML', answer(504, '<html><center>nginx</center></html>')],
    ['502 of the application in JSON', 'timeout-json'],
    ['504 in JSON', 'timeout-504'],
    ['500 in JSON', answer(500, { message: NOT_IN_TIME })],
    ['500 of few words', answer(500, { message: 'timedout' })],
    ['200 without data', answer(200, { data: null, errors: [{ message: SOMETHING_WRONG }] })],
    ['200 for too long a text', answer(200, { errors: [{ message: 'Timeout on validation of query' }] })],
  ])('as a %s is a timeout: the caller asks for less', async (_how, fault) => {
    expect(await askWith(fault)).toMatchObject({ kind: 'timeout', points: 0 });
  });

  test('and is never answered ends as a timeout when the caller gives up', async () => {
    const abort = new AbortController();
    github.oracle.resetCalls();
    const reply = askWith('hang', { signal: abort.signal });
    while (!Object.values(github.oracle.calls().tokens).some(({ inFlight }) => inFlight.stats === 1))
      await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    expect(await reply).toMatchObject({ kind: 'timeout' });
  });
});

describe('an error of one repository', () => {
  const withFailure = async (failure: Failure, asking?: Asking): Promise<GithubReply & { kind: 'data' }> => {
    github.world.fail('octokit/two', failure);
    try {
      const reply = await ask(asking);
      if (reply.kind !== 'data') throw new Error(`${reply.kind}: ${JSON.stringify(reply)}`);
      return reply;
    } finally {
      github.world.fail('octokit/two', null);
    }
  };

  test.each<[Failure, string, boolean]>([
    ['resource-limits', 'timeout', true],
    ['not-found', 'not-found', false],
    ['saml', 'saml', false],
    ['ip-allow-list', 'ip-allow-list', false],
    ['forbidden', 'forbidden', false],
  ])('%s is its own: %s, asked again: %s', async (failure, reason, again) => {
    const { data, errors } = await withFailure(failure);
    expect(data).toMatchObject({ r0: { id: expect.any(String) }, r1: null });
    expect(errors.map(({ path }) => path)).toEqual([['r1']]);
    expect(errors.map(failureOf)).toEqual([{ reason, again }]);
  });

  test('not found by its node id has the path of its place in the list', async () => {
    const { data } = await withFailure('slow', {
      query: '{ r0: repository(owner:"octokit",name:"one") { id } }',
    });
    const { id } = data['r0'] as { id: string };
    const ids = [id, 'R_kgDOABPHjQ'];
    const reply = await ask({ query: BY_NODE, variables: { ids } });
    expect(reply).toMatchObject({
      kind: 'data',
      data: { nodes: [{ nameWithOwner: 'octokit/one' }, null] },
      errors: [{ path: ['nodes', 1], message: expect.stringContaining('global id') }],
    });
    expect(reply.kind === 'data' && reply.errors.map(failureOf)).toEqual([
      { reason: 'not-found', again: false },
    ]);
  });

  test('null without an error stays null, and no error is invented', async () => {
    const { data, errors } = await withFailure('null');
    expect(data).toMatchObject({ r0: { id: expect.any(String) }, r1: null });
    expect(errors).toEqual([]);
  });

  test('an IP allow list is one, even of an organisation that is called SAML', async () => {
    github.world.fail('SAML-Toolkits', 'ip-allow-list');
    const query = '{ r0: repository(owner: "SAML-Toolkits", name: "ruby-saml") { id } }';
    const reply = await ask({ query });
    github.world.fail('SAML-Toolkits', null);
    expect(reply.kind === 'data' && reply.errors.map(failureOf)).toEqual([
      { reason: 'ip-allow-list', again: false },
    ]);
  });
});

describe('a refusal of the whole request', () => {
  test('of credentials that are bad', async () => {
    const refused = { kind: 'refused', reason: 'credentials' };
    expect(await ask({ token: 'bad-token' })).toMatchObject(refused);
    expect(await askWith('bad-credentials')).toMatchObject(refused);
  });

  test.each<[string, Fault, string]>([
    [
      'a scope, with 403',
      answer(403, { message: 'Resource not accessible by personal access token' }),
      'forbidden',
    ],
    [
      'a scope, with 200',
      answer(200, { errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }] }),
      'forbidden',
    ],
    [
      'scopes that the token was not given',
      answer(200, {
        errors: [
          {
            type: 'INSUFFICIENT_SCOPES',
            message: 'Your token has not been granted the required scopes to execute this query.',
          },
        ],
      }),
      'forbidden',
    ],
    [
      'single sign-on',
      answer(403, { message: 'Resource protected by organization SAML enforcement.' }),
      'saml',
    ],
    [
      'an address that is not allowed',
      answer(403, {
        message:
          'Although you appear to have the correct authorization credentials, the `neondatabase` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.',
      }),
      'ip-allow-list',
    ],
  ])('for %s', async (_why, fault, reason) => {
    expect(await askWith(fault)).toMatchObject({ kind: 'refused', reason });
  });
});

test.each<[string, Fault]>([
  ['a body that was cut', 'cut-body'],
  ['a 200 that is no JSON', 'not-json'],
  ['an empty 200', 'empty'],
  ['a connection that was reset', 'reset'],
  ['JSON that is no object', answer(200, '[]')],
  ['an object without data and errors', answer(200, {})],
])('%s is a failure of transport, and the next answer is good', async (_what, fault) => {
  expect(await askWith(fault)).toMatchObject({ kind: 'transport', points: 0 });
  expect(await ask()).toMatchObject({ kind: 'data' });
});
