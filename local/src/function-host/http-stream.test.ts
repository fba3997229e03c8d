// An app that streams, under the real library: each piece as it is made, and what is left when one of the two goes away.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildApp } from './fixtures/build-app.ts';
import { createLogCollector } from './fixtures/log-collector.ts';
import { startFunctionHost, type FunctionHost } from './host.ts';

const said = createLogCollector();
/** That of the library and that of the host, and when each of their connections is closed. */
const servers: Server[] = [];
const closed: Promise<unknown>[][] = [];
let streaming: FunctionHost;
let appFolder: string;

beforeAll(async () => {
  appFolder = await buildApp({
    source: 'stream-app',
    hostJson: { logging: { logLevel: { default: 'Debug' } } },
  });
  const onListen = (message: unknown): void => {
    const { server } = message as { server: Server };
    const connections: Promise<unknown>[] = [];
    server.on('connection', (socket) => connections.push(once(socket, 'close')));
    servers.push(server);
    closed.push(connections);
  };
  subscribe('tracing:net.server.listen:asyncStart', onListen);
  streaming = await startFunctionHost({ appFolder, settings: {}, onLog: said.onLog });
  unsubscribe('tracing:net.server.listen:asyncStart', onListen);
});

beforeEach(() => void said.records.splice(0));

afterAll(async () => {
  await rm(appFolder, { recursive: true });
});

const ask = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`http://127.0.0.1:${streaming.httpPort}/api/${path}`, init);
const next = (): Promise<Response> => ask('next', { method: 'POST' });
const hasSaid = (message: string): boolean => said.records.some((record) => record.message === message);
const begun = async (
  path: string,
): Promise<{ response: Response; read: () => Promise<string | undefined> }> => {
  const response = await ask(path);
  const reader = response.body!.getReader();
  const read = async (): Promise<string | undefined> => {
    const { value } = await reader.read();
    return value && Buffer.from(value).toString();
  };
  return { response, read };
};

test('a piece arrives before the next is made', async () => {
  const { read } = await begun('pieces/7');
  expect(await read()).toBe('first,');
  expect(hasSaid('ended')).toBe(false);
  expect(hasSaid('Executed')).toBe(false);
  expect(await (await next()).text()).toBe('true');
  expect(await read()).toBe('last');
  expect(await read()).toBeUndefined();
  await said.find((record) => record.message === 'ended');
});

test('status, headers, cookies and parameters are those of the function', async () => {
  const { response, read } = await begun('pieces/7?q=x%20y&code=secret');
  expect(response.status).toBe(203);
  expect(JSON.parse(response.headers.get('x-params')!)).toEqual({ id: '7', q: 'x y' });
  expect(response.headers.getSetCookie()).toEqual(['a=b%20c; HttpOnly']);
  await read();
  await next();
});

test('a request arrives piece by piece too, and no header of its own says whose invocation it is', async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const answer = ask('echo?x=1', {
    method: 'POST',
    body: readable,
    duplex: 'half',
    headers: { 'x-ms-invocation-id': 'mine', 'x-forwarded-host': 'elsewhere' },
  });
  await writer.write(Buffer.from('one,'));
  await said.find((record) => record.message === 'read one,');
  await writer.write(Buffer.from('two'));
  await writer.close();
  const response = await answer;
  expect(response.status).toBe(201);
  expect(response.headers.get('x-url')).toBe(`http://127.0.0.1:${streaming.httpPort}/api/echo?x=1`);
  expect(await response.text()).toBe('one,two');
});

test('a body in one piece, none, and one of a DELETE without a length arrive as they are', async () => {
  expect(await (await ask('echo', { method: 'POST', body: 'whole' })).text()).toBe('whole');
  expect(await (await ask('echo', { method: 'POST' })).text()).toBe('');
  const body = new Blob(['deleted']).stream();
  expect(await (await ask('echo', { method: 'DELETE', body, duplex: 'half' })).text()).toBe('deleted');
});

test('304 and HEAD have no body, nothing returned is 204, an error thrown is 500 without its text', async () => {
  const unchanged = await ask('unchanged');
  expect([unchanged.status, unchanged.headers.get('etag')]).toEqual([304, 'W/"1"']);
  expect(await unchanged.text()).toBe('');
  const head = await ask('large', { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect((await ask('nothing')).status).toBe(204);
  const failed = await ask('fails');
  expect([failed.status, await failed.text()]).toEqual([500, '']);
  await said.find((record) => record['error'] === 'no luck');
  await Promise.all(closed[0]!);
});

test('an unknown path is 404, a wrong method 405', async () => {
  expect((await ask('unknown')).status).toBe(404);
  expect((await ask('next')).status).toBe(405);
});

test('a body that breaks off is no whole answer', async () => {
  const { response, read } = await begun('breaks');
  expect(response.status).toBe(200);
  expect(await read()).toBe('first,');
  await next();
  await expect(read()).rejects.toThrow('terminated');
  await said.find((record) => record['error'] === 'no more rows');
  await Promise.all(closed[0]!);
});

test('a client that goes away ends no function, and the next one is answered', async () => {
  const client = new AbortController();
  const response = await ask('pieces/7', { signal: client.signal });
  const left = response.text();
  await said.find((record) => record.message === 'began');
  client.abort();
  await expect(left).rejects.toThrow('aborted');
  await Promise.all(closed[0]!);
  await next();
  await said.find((record) => record.message === 'Executed' && record.function === 'pieces');
  expect(said.records.filter((record) => record.level === 'error')).toEqual([]);
  expect((await (await ask('large')).arrayBuffer()).byteLength).toBe(256 * 65_536);
});

test('it is open to the loopback alone; once it is stopped, no connection is left, and none is taken', async () => {
  expect(servers.map((server) => (server.address() as AddressInfo).address)).toEqual([
    '127.0.0.1',
    '127.0.0.1',
  ]);
  const { read } = await begun('pieces/7');
  await read();
  await streaming.stop(0);
  await Promise.all(closed.flat());
  await expect(read()).rejects.toThrow('terminated');
  expect(servers.map((server) => server.listening)).toEqual([false, false]);
});
