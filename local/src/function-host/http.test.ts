// An app with http functions under the real library: routes, bodies, hooks, logs, admin calls.
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from './fixtures/build-app.ts';
import { createLogCollector } from './fixtures/log-collector.ts';
import { startFunctionHost, type FunctionHost } from './host.ts';

const logs = createLogCollector();
let folder: string;
let host: FunctionHost;

beforeAll(async () => {
  folder = await buildApp({ source: 'http-app' });
  host = await startFunctionHost({
    appFolder: folder,
    settings: { SOME_SETTING: 'as given' },
    onLog: logs.onLog,
  });
});

afterAll(async () => {
  await host.stop();
  await rm(folder, { recursive: true });
});

function call(path: string, init?: RequestInit): Promise<Response> {
  return fetch(`http://127.0.0.1:${host.httpPort}${path}`, init);
}

test('a free port is taken when a function needs http and none was given', () => {
  expect(host.httpPort).toBeGreaterThan(0);
  expect(host.functions).toContainEqual({ name: 'echo', trigger: 'http', disabled: false });
});

test('bytes in come back as bytes out, with status, headers and cookies', async () => {
  const body = new Uint8Array([0, 255, 1, 254]);
  const response = await call('/api/runs/7/a/b?q=x%20y', { method: 'POST', body });
  expect(response.status).toBe(201);
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(body);
  expect(response.headers.get('x-query')).toBe('x y');
  expect(response.headers.getSetCookie()).toEqual(['a=b%20c; path=/; httponly']);
});

test('two functions share a route and part by method', async () => {
  const response = await call('/api/runs/7/a/b?q=1');
  expect(await response.json()).toEqual({
    params: { id: '7', rest: 'a/b' },
    url: `http://127.0.0.1:${host.httpPort}/api/runs/7/a/b?q=1`,
  });
});

test('the literal route wins over the parameter', async () => {
  expect(await (await call('/api/runs/latest')).text()).toBe('latest');
});

test('HEAD runs the function and sends no body', async () => {
  const response = await call('/api/runs/7', { method: 'HEAD' });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('');
});

test('an unknown path is 404, a constraint that fails is 404, a wrong method is 405', async () => {
  expect((await call('/api/unknown')).status).toBe(404);
  expect((await call('/runs/7')).status).toBe(404);
  expect((await call('/api/runs/seven/x')).status).toBe(404);
  expect((await call('/api/runs/7', { method: 'DELETE' })).status).toBe(405);
});

test('nothing returned is 204, an error thrown is 500 without its text', async () => {
  expect((await call('/api/nothing')).status).toBe(204);
  const failed = await call('/api/fails');
  expect(failed.status).toBe(500);
  expect(await failed.text()).toBe('');
  expect(await logs.find((record) => record['error'] === 'no luck')).toMatchObject({
    level: 'error',
    category: 'host',
    function: 'fails',
  });
});

test('hooks run in the order of the worker and may change handler, error and result', async () => {
  const response = await call('/api/hooked');
  expect(await response.json()).toEqual([
    'appStart',
    'pre',
    'wrapped',
    'handler',
    'post Error: cleared by the hook',
  ]);
});

test('logs are flat records: text as the library prints it, one JSON object as fields', async () => {
  expect(await (await call('/api/logs')).text()).toBe('as given');
  const plain = await logs.find((record) => record.message === 'plain { a: 1 }');
  expect(plain).toMatchObject({ level: 'information', category: 'user', app: 'http-app', function: 'logs' });
  expect(plain.invocationId).toMatch(/^[0-9a-f-]{36}$/);
  const structured = await logs.find((record) => record.message === 'structured');
  expect(structured).toMatchObject({ level: 'warning', batchId: 'b1', fields: { level: 'mine' } });
  await logs.find((record) => record.message === 'replaced by the log hook');
  expect(await logs.find((record) => record.message === 'from the console')).toMatchObject({
    level: 'error',
    category: 'console',
  });
  expect(logs.records.some((record) => record.message === 'too quiet')).toBe(false);
});

test('the admin calls say that the host runs and refuse to run what is no timer', async () => {
  expect(await (await call('/admin/host/status')).json()).toEqual({ state: 'Running' });
  expect((await call('/admin/functions/echo', { method: 'POST', body: '{}' })).status).toBe(404);
});

test('without keys nobody is asked for one; with them each function is opened by its own, or by that of the host', async () => {
  expect((await call('/api/runs/7/a', { method: 'PUT', body: 'x' })).status).toBe(201);
  const copy = await buildApp({ source: 'http-app' });
  const keys = { echo: 'of-echo', nothing: 'of-another', '*': 'of-the-host' };
  const asking = await startFunctionHost({
    appFolder: copy,
    settings: { LOCAL_FUNCTION_KEYS: JSON.stringify(keys) },
  });
  try {
    const status = async (method: string, key?: string, path = '/api/runs/7/a'): Promise<number> => {
      const headers = new Headers(key === undefined ? {} : { 'x-functions-key': key });
      const response = await fetch(`http://127.0.0.1:${asking.httpPort}${path}`, { method, headers });
      expect(response.status === 401 ? await response.text() : '').toBe('');
      return response.status;
    };
    expect(await status('POST')).toBe(401);
    expect(await status('POST', 'of-another')).toBe(401);
    expect(await status('POST', 'of-echo')).toBe(201);
    expect(await status('POST', 'of-the-host')).toBe(201);
    expect(await status('POST', undefined, '/api/runs/7/a?code=of-echo')).toBe(201);
    // The other function of that route is open to everybody.
    expect(await status('GET')).toBe(200);
  } finally {
    await asking.stop();
    await rm(copy, { recursive: true });
  }
});
