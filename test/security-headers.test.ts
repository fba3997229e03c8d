/** Every answer that the reporter itself makes, whatever was asked, tells browsers to run, frame, guess and pass on nothing. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Pipeline } from './pipeline.ts';

/** Stands for what Azure's authentication tells of who signed in. */
const signedIn = (...roles: string[]): Record<string, string> => ({
  'x-ms-client-principal': Buffer.from(
    JSON.stringify({ claims: roles.map((val) => ({ typ: 'roles', val })) }),
  ).toString('base64'),
});

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await Pipeline.start({
    world: { repositories: 20, owners: [{ login: 'acme' }] },
    durationScale: 0.05,
  });
  await pipeline.ended(await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] }));
});
afterAll(() => pipeline.stop());

/** @returns its status; what is missing is told with the request. */
async function guarded(path: string, init?: RequestInit): Promise<number> {
  const response = await pipeline.reporter(path, init);
  await response.arrayBuffer();
  const { headers } = response;
  expect({
    asked: `${init?.method ?? 'GET'} ${path}`,
    policy: headers.get('content-security-policy')?.split('; '),
    guess: headers.get('x-content-type-options'),
    referrer: headers.get('referrer-policy'),
    transport: headers.get('strict-transport-security'),
    resource: headers.get('cross-origin-resource-policy'),
    allowed: headers.get('access-control-allow-origin'),
  }).toEqual({
    asked: `${init?.method ?? 'GET'} ${path}`,
    policy: expect.arrayContaining([
      "default-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]) as unknown,
    guess: 'nosniff',
    referrer: 'no-referrer',
    transport: expect.stringMatching(/^max-age=31536000/) as unknown,
    resource: 'same-origin',
    allowed: null,
  });
  return response.status;
}

const post = (body: string, more: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'x-requested-by': 'test', 'content-type': 'application/json', ...more },
  body,
});
const etagOf = async (path: string): Promise<string> =>
  (await pipeline.reporter(path)).headers.get('etag') ?? '';
const known = async (path: string): Promise<RequestInit> => ({
  headers: { 'if-none-match': await etagOf(path) },
});

it('of the page and its assets', async () => {
  const asset = /assets\/[\w.-]+\.js/.exec(await (await pipeline.reporter('')).text())![0];
  expect(await guarded('')).toBe(200);
  expect(await guarded('', await known(''))).toBe(304);
  expect(await guarded('?code=secret')).toBe(400);
  expect(await guarded(asset)).toBe(200);
  expect(await guarded(asset, await known(asset))).toBe(304);
  expect(await guarded('assets/nothing.js')).toBe(404);
});

it('of each route that is read, in each form', async () => {
  const { paths } = (await (await pipeline.reporter('api/openapi.json')).json()) as {
    paths: Record<string, object>;
  };
  const VALUES: Record<string, string> = {
    runId: 'latest',
    owner: 'acme',
    name: 'nothing',
    id: randomUUID(),
  };
  expect(Object.keys(paths).length).toBeGreaterThan(4);
  expect(await guarded('api/runs/1000000000/repositories?format=csv')).toBe(404);
  for (const template of Object.keys(paths)) {
    const path = template.slice(1).replaceAll(/\{(\w+)\}/g, (_all, name: string) => VALUES[name]!);
    expect([200, 404]).toContain(await guarded(path));
    expect([200, 400, 404]).toContain(await guarded(`${path}?format=csv`));
    expect(await guarded(`${path}?code=secret`)).toBe(400);
    expect(await guarded(`${path}?nothing=1`)).toBe(400);
  }
  expect(await guarded('api/runs/latest', await known('api/runs/latest'))).toBe(304);
  expect(await guarded('api/runs/latest/repositories?format=ndjson')).toBe(200);
  expect(await guarded('api/nothing')).toBe(404);
  expect(await guarded('api/runs/%E0')).toBeGreaterThanOrEqual(400);
});

it('of orders, taken and refused', async () => {
  const path = `api/orders/${randomUUID()}`;
  const order = JSON.stringify({ kind: 'rerun', run: '1000000000' });
  expect(await guarded(path, post(order))).toBe(202);
  expect(await guarded(path, post(order))).toBe(200);
  expect(await guarded(path, post(order.replace('1000', '2000')))).toBe(409);
  expect(await guarded(path)).toBe(200);
  expect(await guarded(path, post('{'))).toBe(400);
  expect(await guarded(`${path}?code=secret`, post(order))).toBe(400);
  expect(await guarded(path, post(order, { 'x-requested-by': '' }))).toBe(403);
  expect(await guarded(path, post(order, { 'sec-fetch-site': 'cross-site' }))).toBe(403);
  expect(await guarded('api/nothing', post(order))).toBe(404);
  expect(await guarded(path, post(order.padEnd(65_537)))).toBe(413);
  expect(await guarded(path, post(order, { 'content-type': 'text/plain' }))).toBe(415);
});

describe('where people sign in', () => {
  const order = JSON.stringify({ kind: 'rerun', run: '1000000000' });
  const entra = (more: Record<string, string>) =>
    Pipeline.start({
      world: { repositories: 1, owners: [{ login: 'acme' }] },
      extra: { reporter: { Auth_Mode: 'entra', ...more } },
    });
  let usual: Pipeline;
  beforeEach(() => void (usual = pipeline));
  afterEach(async () => {
    if (pipeline !== usual) await pipeline.stop();
    pipeline = usual;
  });

  it('of what is read and ordered, by role', async () => {
    pipeline = await entra({ WEBSITE_AUTH_ENABLED: 'True' });
    const as = (...roles: string[]) => ({ headers: signedIn(...roles) });
    const ordering = (...roles: string[]) => post(order, signedIn(...roles));
    const path = `api/orders/${randomUUID()}`;
    expect(await guarded('')).toBe(200);
    expect(await guarded('api/runs')).toBe(401);
    expect(await guarded('api/runs', as())).toBe(403);
    expect(await guarded('api/runs', as('reader'))).toBe(200);
    expect(await guarded('api/runs', as('operator'))).toBe(200);
    expect(await guarded(path, post(order))).toBe(401);
    expect(await guarded(path, ordering('reader'))).toBe(403);
    expect(await guarded(path, ordering('operator'))).toBe(202);
    expect(await guarded(path, as('reader'))).toBe(200);
  });

  it('of all that would be answered to whoever claims to be somebody', async () => {
    pipeline = await entra({});
    expect(await guarded('')).toBe(200);
    expect(await guarded('api/runs', { headers: signedIn('operator') })).toBe(503);
    expect(await guarded(`api/orders/${randomUUID()}`, post(order, signedIn('operator')))).toBe(503);
  });
});
