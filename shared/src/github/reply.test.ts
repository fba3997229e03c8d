import { describe, expect, it } from 'vitest';
import { failureOf, readReply, refusal, type RawAnswer } from './reply.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const inSeconds = (s: number): string => String(NOW / 1000 + s);

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}
const raw = ({ status = 200, headers = {}, body }: Answer): RawAnswer => ({
  status,
  headers,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  seconds: 0.4,
});
const read = (answer: Answer) => readReply(raw(answer), NOW);
const SECONDARY =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID 8D8C:2CAA82.';
const SOMETHING_WRONG =
  'Something went wrong while executing your query on 2026-11-20T12:00:00Z. This may be the result of a timeout, or it could be a GitHub bug. Please include `8D8C:2CAA82:1` when reporting this issue.';
const repo = { nameWithOwner: 'a/b' };

describe('an exhausted budget', () => {
  const RATE_LIMITED = {
    type: 'RATE_LIMITED',
    message: 'API rate limit exceeded for installation ID 9306189.',
  };
  const RATE_LIMIT = {
    type: 'RATE_LIMIT',
    code: 'graphql_rate_limit',
    message: 'API rate limit already exceeded for user ID 7.',
  };

  it.each<[string, Answer]>([
    ['as of 2023', { body: { errors: [RATE_LIMITED] } }],
    ['as of 2026', { body: { errors: [RATE_LIMIT] } }],
    ['with points remaining', { body: { errors: [RATE_LIMIT] }, headers: { 'x-ratelimit-remaining': '4' } }],
    ['in words alone', { status: 403, body: { message: RATE_LIMIT.message } }],
    [
      'with 403 and nothing remaining',
      { status: 403, body: 'no', headers: { 'x-ratelimit-remaining': '0' } },
    ],
  ])('%s waits until a second after its reset', (_form, answer) => {
    const headers = { ...answer.headers, 'x-ratelimit-reset': inSeconds(1800) };
    expect(read({ ...answer, headers })).toMatchObject({
      kind: 'limited',
      limit: 'primary',
      waitMs: 1_801_000,
    });
  });

  it.each([600, -600])('counts the wait by the clock of GitHub where ours is wrong by %i s', (wrong) => {
    const headers = { 'x-ratelimit-reset': inSeconds(1800), date: new Date(NOW).toUTCString() };
    const answer = raw({ headers, body: { errors: [RATE_LIMITED] } });
    expect(readReply(answer, NOW + wrong * 1000)).toMatchObject({ kind: 'limited', waitMs: 1_801_000 });
  });

  it('waits a minute where there is no reset time (GitHub Enterprise Server may send none)', () => {
    expect(read({ body: { errors: [RATE_LIMITED] } })).toMatchObject({ kind: 'limited', waitMs: 60_000 });
  });

  it('waits a second at least, though the reset is past by our clock', () => {
    const headers = { 'x-ratelimit-reset': inSeconds(-30) };
    expect(read({ headers, body: { errors: [RATE_LIMITED] } })).toMatchObject({ waitMs: 1_000 });
  });

  it('is not told by a good answer that took the last points', () => {
    expect(read({ headers: { 'x-ratelimit-remaining': '0' }, body: { data: { repo } } }).kind).toBe('data');
  });
});

describe('a secondary limit', () => {
  it.each<[string, number, unknown]>([
    [
      'with 403',
      403,
      { message: SECONDARY, documentation_url: 'https://docs.github.com/x#secondary-rate-limits' },
    ],
    ['with 429', 429, { message: SECONDARY }],
    ['with 429 and any text', 429, '<html>Too many requests</html>'],
    ['with 200', 200, { errors: [{ message: SECONDARY }] }],
  ])('%s waits for what retry-after says', (_form, status, body) => {
    expect(
      read({ status, body, headers: { 'retry-after': '75', 'x-ratelimit-remaining': '4000' } }),
    ).toMatchObject({
      kind: 'limited',
      limit: 'secondary',
      waitMs: 75_000,
    });
  });

  it('is any 403 that says retry-after', () => {
    expect(read({ status: 403, body: {}, headers: { 'retry-after': '5' } })).toMatchObject({
      kind: 'limited',
      limit: 'secondary',
      waitMs: 5_000,
    });
  });

  it.each<[string, Record<string, string>, number]>([
    ['a date', { 'retry-after': new Date(NOW + 90_000).toUTCString() }, 90_000],
    [
      'nothing, with points remaining',
      { 'x-ratelimit-remaining': '4000', 'x-ratelimit-reset': inSeconds(1800) },
      60_000,
    ],
    [
      'nothing, with no points remaining',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(1800) },
      1_801_000,
    ],
    ['nothing at all', {}, 60_000],
    ['nonsense', { 'retry-after': 'soon' }, 60_000],
    ['zero', { 'retry-after': '0' }, 1_000],
  ])('waits by retry-after: %s', (_form, headers, waitMs) => {
    expect(read({ status: 403, body: { message: SECONDARY }, headers })).toMatchObject({
      limit: 'secondary',
      waitMs,
    });
  });
});

describe('an answer that came too late', () => {
  const HTML =
    '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>';
  it.each<[string, Answer]>([
    ['502 of the proxy', { status: 502, headers: { 'content-type': 'text/html' }, body: HTML }],
    ['504 of the proxy', { status: 504, body: '' }],
    ['502 of the application', { status: 502, body: { data: null, errors: [{ message: SOMETHING_WRONG }] } }],
    ['the same with 200', { body: { data: null, errors: [{ message: SOMETHING_WRONG }] } }],
    ['the same with 200 and no data', { body: { errors: [{ message: SOMETHING_WRONG }] } }],
    [
      '504 in words',
      { status: 504, body: { message: "We couldn't respond to your request in time. Sorry about that." } },
    ],
    ['500 in words', { status: 500, body: { message: "We couldn't respond to your request in time." } }],
    ['timedout', { body: { errors: [{ message: 'timedout' }] } }],
    ['a timeout of validation', { body: { errors: [{ message: 'Timeout on validation of query' }] } }],
    [
      'out of resources with no data',
      {
        body: {
          data: null,
          errors: [{ type: 'RESOURCE_LIMITS_EXCEEDED', message: 'Resource limits for this query exceeded.' }],
        },
      },
    ],
  ])('%s', (_form, answer) => expect(read(answer).kind).toBe('timeout'));

  it('that we cut off ourselves', () => {
    expect(readReply({ error: 'This operation was aborted', aborted: true, seconds: 15 }, NOW)).toEqual({
      kind: 'timeout',
      detail: 'This operation was aborted',
      points: 0,
      seconds: 15,
    });
  });
});

describe('a refusal', () => {
  it.each<[string, Answer, string]>([
    ['bad credentials', { status: 401, body: { message: 'Bad credentials' } }, 'credentials'],
    [
      'a token without the right',
      { status: 403, body: { message: 'Resource not accessible by integration' } },
      'forbidden',
    ],
    [
      'single sign-on',
      { status: 403, body: { message: 'Resource protected by organization SAML enforcement.' } },
      'saml',
    ],
    [
      'an address that is not allowed',
      { status: 403, body: { message: 'the `x` organization has an IP allow list enabled' } },
      'ip-allow-list',
    ],
    [
      '403 with points remaining',
      { status: 403, body: {}, headers: { 'x-ratelimit-remaining': '17' } },
      'forbidden',
    ],
  ])('for %s', (_why, answer, reason) => expect(read(answer)).toMatchObject({ kind: 'refused', reason }));

  it('says what GitHub said', () => {
    expect(read({ status: 401, body: { message: 'Bad credentials' } })).toMatchObject({
      detail: 'HTTP 401: Bad credentials',
    });
  });
});

describe('an answer that is none', () => {
  it.each<[string, Answer]>([
    ['cut', { body: '{"data":{"repo":{"nameWi' }],
    ['empty', { body: '' }],
    ['not JSON', { body: '<html>hello</html>' }],
    ['JSON, but no object', { body: [1, 2] }],
    ['an object without data or errors', { body: {} }],
    ['data that is no object', { body: { data: 'text' } }],
    ['a query that GitHub cannot read', { body: { errors: [{ message: 'Parse error on "}"' }] } }],
    ['404', { status: 404, body: { message: 'Not Found' } }],
    ['301', { status: 301, body: '' }],
  ])('%s', (_form, answer) => expect(read(answer).kind).toBe('transport'));

  it('and a connection that broke', () => {
    expect(readReply({ error: 'fetch failed ECONNRESET', aborted: false, seconds: 0.1 }, NOW)).toEqual({
      kind: 'transport',
      detail: 'fetch failed ECONNRESET',
      points: 0,
      seconds: 0.1,
    });
  });
});

describe('a good answer', () => {
  it('brings its data, its cost and its time', () => {
    const data = { rateLimit: { cost: 3 }, repo };
    expect(read({ body: { data } })).toEqual({ kind: 'data', data, errors: [], points: 3, seconds: 0.4 });
  });

  it('is kept when some of it failed, with the errors of the rest', () => {
    const errors = [
      { type: 'NOT_FOUND', path: ['r1'], message: "Could not resolve to a Repository with the name 'a/c'." },
      {
        type: 'RESOURCE_LIMITS_EXCEEDED',
        path: ['r2', 'issues'],
        message: 'Resource limits for this query exceeded.',
      },
    ];
    const data = { r0: repo, r1: null, r2: null };
    expect(read({ body: { data, errors } })).toMatchObject({ kind: 'data', data, errors });
  });

  it('takes errors that have no form for errors without words', () => {
    expect(read({ body: { data: {}, errors: ['text', { path: ['r1'] }] } })).toMatchObject({
      errors: [{ path: ['r1'], message: '' }],
    });
  });
});

describe('an error at one repository', () => {
  it.each([
    [
      'gone, private or renamed away',
      { type: 'NOT_FOUND', message: 'Could not resolve to a Repository' },
      'not-found',
      false,
    ],
    [
      'SAML, by its mark',
      { type: 'FORBIDDEN', message: 'x', extensions: { saml_failure: true } },
      'saml',
      false,
    ],
    [
      'SAML, by its words',
      { type: 'FORBIDDEN', message: 'Resource protected by organization SAML enforcement.' },
      'saml',
      false,
    ],
    [
      'an IP allow list',
      {
        type: 'FORBIDDEN',
        message: 'the `neondatabase` organization has an IP allow list enabled',
        extensions: { saml_failure: false },
      },
      'ip-allow-list',
      false,
    ],
    [
      'no right',
      { type: 'FORBIDDEN', message: 'Resource not accessible by personal access token' },
      'forbidden',
      false,
    ],
    [
      'out of resources',
      { type: 'RESOURCE_LIMITS_EXCEEDED', message: 'Resource limits for this query exceeded.' },
      'timeout',
      true,
    ],
    ['too late', { message: SOMETHING_WRONG }, 'timeout', true],
    ['anything else', { type: 'INTERNAL', message: 'Unexpected' }, 'transport', true],
  ] as const)('%s', (_what, error, reason, again) => expect(failureOf(error)).toEqual({ reason, again }));

  it('is refused as forbidden, when it says nothing more', () =>
    expect(refusal({ message: '' })).toBe('forbidden'));
});

describe('a refusal on a 200 without data', () => {
  const forbidden = { type: 'FORBIDDEN', message: 'Resource not accessible by integration' };

  it('is of the whole request when it names no place', () => {
    expect(read({ body: { errors: [forbidden] } })).toMatchObject({ kind: 'refused', reason: 'forbidden' });
  });

  it('is not taken for one of all repositories when it names one', () => {
    const body = { data: null, errors: [{ ...forbidden, path: ['r3'] }] };
    expect(read({ body }).kind).toBe('transport');
  });
});
