import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { UserError } from '../platform/user-error.ts';
import { ApiProblem, schedulerApi } from './scheduler-api.ts';

const KEY = 'key-that-nobody-may-see';
let server: Server;
let asked: IncomingMessage[] = [];

/** Something that answers every request alike. */
async function answering(status: number, body = '', headers: Record<string, string> = {}): Promise<string> {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const closed = (): Promise<void> =>
  new Promise((resolve) => void (server?.listening ? server.close(() => resolve()) : resolve()));
afterEach(closed);

const errorOf = async (work: () => unknown): Promise<Error> => {
  try {
    await work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was not refused');
};

test.each(['', '/', '/api', '/api/'])(
  'an address that ends in "%s" leads to the API, with the key',
  async (end) => {
    const at = await answering(200, '{"queues": []}');
    expect(await schedulerApi(`${at}${end}`, KEY)('GET', 'deadletters')).toEqual({ queues: [] });
    expect(asked.map((r) => [r.url, r.headers['x-functions-key']])).toEqual([['/api/deadletters', KEY]]);
  },
);

test('without a key none is sent; without a body nothing is read', async () => {
  const at = await answering(204);
  expect(await schedulerApi(at, undefined)('DELETE', 'deadletters/fetch/7')).toBeUndefined();
  expect(asked[0]?.headers).not.toHaveProperty('x-functions-key');
});

test.each([
  [401, undefined, /wants a key \(401\): set GITHUB_REPO_STATS_KEY/],
  [403, KEY, /refuses the key of GITHUB_REPO_STATS_KEY \(403\)/],
  [404, KEY, /knows no dead letters \(404\)/],
  [302, KEY, /leads elsewhere \(302\)/],
])('%d is told in words for whoever asked, without the key', async (status, key, words) => {
  const at = await answering(status, '', { location: 'http://127.0.0.1:9/' });
  const error = await errorOf(() => schedulerApi(at, key)('GET', 'deadletters'));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toMatch(words);
  expect(error.message).not.toContain(KEY);
});

test('the key follows no redirection', async () => {
  const there = await answering(200, '{}');
  const elsewhere = server;
  const seen = asked;
  const at = await answering(307, '', { location: `${there}/api/deadletters` });
  const error = await errorOf(() => schedulerApi(at, KEY)('GET', 'deadletters'));
  expect(error.message).toMatch(/leads elsewhere/);
  expect(seen).toEqual([]);
  await new Promise((resolve) => elsewhere.close(resolve));
});

test('a problem of the API keeps its words', async () => {
  const at = await answering(503, '{"detail": "Cosmos DB or Service Bus is away; try again later"}');
  const error = await errorOf(() => schedulerApi(at, undefined)('GET', 'deadletters'));
  expect(error).toBeInstanceOf(ApiProblem);
  expect(error.message).toContain('is away');
});

test('another page than the scheduler, and nothing at all, are told', async () => {
  const at = await answering(200, '<html>');
  expect((await errorOf(() => schedulerApi(at, undefined)('GET', 'x'))).message).toMatch(
    /is not the scheduler/,
  );
  await closed();
  expect((await errorOf(() => schedulerApi(at, undefined)('GET', 'x'))).message).toBe(
    `Nothing listens at ${at}. Start it with \`npm run serve\`, or name another one with --api.`,
  );
});

test.each([
  ['nonsense', undefined, '--api nonsense: is not an http(s) address'],
  ['ftp://x', undefined, '--api ftp://x: is not an http(s) address'],
  ['https://u:p@x', KEY, '--api: holds a user or a password'],
  ['http://example.org', KEY, '--api http://example.org: would send the key'],
  ['https://example.org', 'a\nb', 'GITHUB_REPO_STATS_KEY: holds characters'],
])('%s is refused before anything is sent', async (address, key, words) => {
  const error = await errorOf(() => schedulerApi(address, key));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toContain(words);
});
