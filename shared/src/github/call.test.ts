import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { githubAt } from './call.ts';

const TOKEN = 'ghp_secret';
const QUERY = 'query Q($n: Int!) { rateLimit { cost } }';
let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

interface Asked {
  headers: IncomingMessage['headers'];
  url: string | undefined;
  body: unknown;
}

/** Asks a server of our own once and tells what it was asked. */
async function ask(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
  signal?: AbortSignal,
) {
  const asked: Asked[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      asked.push({ headers: request.headers, url: request.url, body });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const github = githubAt(`http://127.0.0.1:${port}/graphql`, TOKEN);
  const reply = await github(QUERY, { n: 1 }, signal ?? new AbortController().signal);
  return { reply, asked, github, port };
}
const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(JSON.stringify(body));
  };

describe('a question to GitHub', () => {
  it('carries query, variables and the token, and brings data, cost and time', async () => {
    const data = { rateLimit: { cost: 2 } };
    const { reply, asked } = await ask(json({ data }));
    expect(asked).toMatchObject([
      {
        url: '/graphql',
        headers: {
          authorization: `bearer ${TOKEN}`,
          'user-agent': expect.stringContaining('github-repo-stats'),
        },
        body: { query: QUERY, variables: { n: 1 } },
      },
    ]);
    expect(reply).toEqual({ kind: 'data', data, errors: [], points: 2, seconds: expect.any(Number) });
    expect(reply.seconds).toBeGreaterThan(0);
  });

  it('keeps what came beside errors', async () => {
    const body = {
      data: { r0: { id: 'R_1' }, r1: null },
      errors: [{ type: 'NOT_FOUND', path: ['r1'], message: 'gone' }],
    };
    const { reply } = await ask(json(body));
    expect(reply).toMatchObject({ kind: 'data', ...body });
  });

  it.each([200, 403, 429])('sees the headers of a limit with %d', async (status) => {
    const body = { errors: [{ message: 'You have exceeded a secondary rate limit.' }] };
    const { reply } = await ask(json(body, status, { 'retry-after': '7' }));
    expect(reply).toMatchObject({ kind: 'limited', limit: 'secondary', waitMs: 7_000 });
  });

  it.each([502, 504])('sees a %d of the proxy as too late', async (status) => {
    const { reply } = await ask((response) =>
      response.writeHead(status, { 'content-type': 'text/html' }).end('<html>'),
    );
    expect(reply).toMatchObject({ kind: 'timeout', detail: `HTTP ${status}` });
  });

  it('never takes a cut answer for a good one', async () => {
    const { reply } = await ask((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"data":{"rateLimit":');
      setImmediate(() => response.destroy());
    });
    expect(reply.kind).toBe('transport');
  });

  it.each(['', '{"data":{"r0":{"id"', 'null', '<html>'])(
    'never takes the text %j for an answer',
    async (text) => {
      const { reply } = await ask((response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(text),
      );
      expect(reply.kind).toBe('transport');
    },
  );

  it('that is aborted before its answer came too late', async () => {
    const abort = new AbortController();
    const { reply } = await ask(() => abort.abort(), abort.signal);
    expect(reply.kind).toBe('timeout');
  });

  it('that is aborted in the midst of its answer came too late', async () => {
    const abort = new AbortController();
    const { reply } = await ask((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"data":', () => setImmediate(() => abort.abort()));
    }, abort.signal);
    expect(reply.kind).toBe('timeout');
  });

  it('to a server that is not there says so, without the token', async () => {
    const { github } = await ask(json({ data: {} }));
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    const reply = await github(QUERY, { n: 1 }, new AbortController().signal);
    expect(reply).toMatchObject({ kind: 'transport', detail: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify(reply)).not.toContain(TOKEN);
  });

  it('is answered without the token, whatever GitHub says', async () => {
    const { reply } = await ask(json({ message: 'Bad credentials' }, 401));
    expect(reply).toMatchObject({ kind: 'refused', reason: 'credentials' });
    expect(JSON.stringify(reply)).not.toContain(TOKEN);
  });
});

describe('the last moment before a question is sent', () => {
  /** Asks a server of our own; what became of it, and all that the server read, in order. */
  async function askIfAllowed(mayStart: (happened: readonly string[]) => boolean) {
    const happened: string[] = [];
    const requests: string[] = [];
    let bytes = 0;
    server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      request.resume().on('end', () => response.end('{"data":{}}'));
    }).on('connection', (socket) => socket.on('data', (chunk: Buffer) => (bytes += chunk.length)));
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const connected = (): void => void happened.push('connected');
    subscribe('undici:client:connected', connected);
    try {
      const ask = githubAt(`http://127.0.0.1:${port}/graphql`, TOKEN);
      const once = () =>
        ask(QUERY, { n: 1 }, new AbortController().signal, () => {
          happened.push(`asked at ${bytes} bytes`);
          return mayStart(happened);
        });
      return { replies: [await once(), await once()], happened, requests };
    } finally {
      unsubscribe('undici:client:connected', connected);
    }
  }

  it('comes when the connection stands and nothing was written yet', async () => {
    const { replies, happened, requests } = await askIfAllowed(() => true);
    expect(happened.slice(0, 2)).toEqual(['connected', 'asked at 0 bytes']);
    expect(requests).toEqual(['POST /graphql', 'POST /graphql']);
    expect(replies.map((r) => r.kind)).toEqual(['data', 'data']);
  });

  it('decides: too late, and nothing of the question is sent', async () => {
    const { replies, happened, requests } = await askIfAllowed(
      (all) => all.filter((what) => what.startsWith('asked')).length > 1,
    );
    expect(replies).toMatchObject([
      { kind: 'transport', detail: expect.stringContaining('Held back') },
      { kind: 'data' },
    ]);
    expect(requests).toEqual(['POST /graphql']);
    expect(happened.slice(0, 2)).toEqual(['connected', 'asked at 0 bytes']);
  });
});
