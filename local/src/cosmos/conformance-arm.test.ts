/** Databases and containers made through a resource manager: its protocol by a stand-in for it, in front of the embedded server. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { CosmosClient } from '@azure/cosmos';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openResourceManager, type ResourceManager } from './conformance-arm.ts';
import { startCosmos, type CosmosServer } from './server.ts';

const ACCOUNT = '/subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/store';
const credential = {
  getToken: () => Promise.resolve({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }),
};

/** How the stand-in answers a request that changes something. */
type Form = 'operation' | 'location' | 'at once' | 'refused' | 'failed';
let form: Form;
let cosmos: CosmosServer;
let arm: Server;
let manager: ResourceManager;
let seen: string[];
/** What an operation does when it ends, and how often it was looked at. */
let under: { way: () => Promise<void>; looks: number };

interface Given {
  properties?: { resource: { id: string }; options: object };
}

/** Does in the embedded server what the path says. */
async function carryOut(method: string, path: string, body: Given): Promise<void> {
  const client = new CosmosClient({ endpoint: cosmos.endpoint, key: cosmos.key });
  const [, database = '', , container] = path.slice(ACCOUNT.length + 1).split('/');
  if (method === 'DELETE') await client.database(database).delete();
  else if (container === undefined) await client.databases.create({ id: database });
  else await client.database(database).containers.create(body.properties!.resource);
  client.dispose();
}

async function answer(request: IncomingMessage, origin: string) {
  const { pathname, searchParams } = new URL(request.url!, origin);
  seen.push(`${request.method} ${pathname.replace(ACCOUNT, '')}`);
  expect(request.headers.authorization).toBe('Bearer token');
  if (pathname === '/operations/1') {
    const ended = ++under.looks > 1;
    if (ended) await under.way();
    if (form === 'location') return { code: ended ? 200 : 202, body: {} };
    const error = { code: 'BadRequest', message: 'The indexing policy is wrong.' };
    if (form === 'failed' && ended) return { code: 200, body: { status: 'Failed', error } };
    return { code: 200, body: { status: ended ? 'Succeeded' : 'Dequeued' } };
  }
  expect(searchParams.get('api-version')).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  const body = await text(request);
  if (form === 'refused') return { code: 403, body: { error: { code: 'AuthorizationFailed' } } };
  const work = async () => {
    if (form !== 'failed')
      await carryOut(request.method!, pathname, body === '' ? {} : (JSON.parse(body) as Given));
  };
  if (form === 'at once') await work();
  under = { way: work, looks: 0 };
  const watch = `${origin}/operations/1`;
  if (form === 'at once') return { code: 200, body: {} };
  if (form === 'location') return { code: 202, headers: { location: watch }, body: {} };
  return { code: 202, headers: { 'azure-asyncoperation': watch, location: `${origin}/elsewhere` }, body: {} };
}

beforeEach(async () => {
  seen = [];
  cosmos = await startCosmos({ dataFile: ':memory:' });
  arm = createServer((request, response) => {
    const origin = `http://127.0.0.1:${(arm.address() as AddressInfo).port}`;
    answer(request, origin).then(
      ({ code, headers, body }) => response.writeHead(code, headers).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => arm.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(arm.address() as AddressInfo).port}`;
  manager = openResourceManager({ resourceId: ACCOUNT, credential, origin, pauseMs: 1 });
});
afterEach(async () => {
  await new Promise((resolve) => arm.close(resolve));
  await cosmos.close();
});

test.each(['operation', 'location', 'at once'] satisfies Form[])(
  'a container made so is as it was asked for, and takes items: %s',
  async (chosen) => {
    form = chosen;
    await manager.createDatabase('d');
    const indexingPolicy = { includedPaths: [{ path: '/n/?' }], excludedPaths: [{ path: '/*' }] };
    await manager.createContainer('d', { id: 'c', partitionKey: { paths: ['/pk'] }, indexingPolicy });
    const client = new CosmosClient({ endpoint: cosmos.endpoint, key: cosmos.key });
    const container = client.database('d').container('c');
    expect((await container.items.create({ id: '1', pk: 'a', n: 1 })).statusCode).toBe(201);
    const { resource } = await container.read();
    expect(resource).toMatchObject({
      partitionKey: { paths: ['/pk'], kind: 'Hash', version: 2 },
      indexingPolicy: { includedPaths: [{ path: '/n/?' }] },
    });
    await manager.deleteDatabase('d');
    expect(
      (await client
        .database('d')
        .read()
        .catch((error: unknown) => error)) as object,
    ).toMatchObject({
      code: 404,
    });
    client.dispose();
    expect(seen.filter((line) => !line.includes('operations'))).toEqual([
      'PUT /sqlDatabases/d',
      'PUT /sqlDatabases/d/containers/c',
      'DELETE /sqlDatabases/d',
    ]);
  },
);

test('what Azure refuses, at once or later, is told in its words', async () => {
  form = 'refused';
  await expect(manager.createDatabase('d')).rejects.toThrow('PUT sqlDatabases/d: 403 {"error":{"code":"Auth');
  form = 'failed';
  await expect(manager.createDatabase('d')).rejects.toThrow(
    'PUT sqlDatabases/d: BadRequest: The indexing policy is wrong.',
  );
});
