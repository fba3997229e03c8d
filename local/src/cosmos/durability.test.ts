/** What survives: kill -9 under load, a restart, a second process at the same file. */
import { CosmosClient } from '@azure/cosmos';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startCosmos } from './server.ts';

let folder: string;
let dataFile: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cosmos-durability-'));
  dataFile = join(folder, 'cosmos.db');
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

async function startChild(): Promise<{ child: ChildProcess; endpoint: string }> {
  const fixture = join(import.meta.dirname, 'durability.fixture.ts');
  const child = spawn(process.execPath, [fixture, dataFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, endpoint: `http://127.0.0.1:${Number(String(line))}/` };
}

const key = 'a2V5';

test('every write that was acknowledged before kill -9 is there after a restart, and etags go on', async () => {
  const { child, endpoint } = await startChild();
  const client = new CosmosClient({
    endpoint,
    key,
    connectionPolicy: { enableBackgroundEndpointRefreshing: false },
  });
  const { database } = await client.databases.create({ id: 'd' });
  const { container } = await database.containers.create({
    id: 'c',
    partitionKey: { paths: ['/pk'] },
    throughput: 100_000,
  });
  const acknowledged = new Map<string, string>();
  const ended = once(child, 'exit');
  const stop = new AbortController();
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let n = 0; !stop.signal.aborted; n++) {
      // Two thirds are creates, the rest replace the one before, so that both kinds of write are in flight.
      const id = `${writer}-${n - (n % 3 === 2 ? 1 : 0)}`;
      try {
        const { etag } = await container.items.upsert(
          { id, pk: `p${n % 5}`, n },
          { abortSignal: stop.signal },
        );
        acknowledged.set(`${id}|p${n % 5}`, etag);
      } catch {
        return;
      }
      if (acknowledged.size === 600) child.kill('SIGKILL');
    }
  });
  await ended;
  stop.abort();
  await Promise.all(writers);
  client.dispose();

  const server = await startCosmos({ dataFile });
  const again = new CosmosClient({ endpoint: server.endpoint, key });
  try {
    const after = again.database('d').container('c');
    expect((await after.readOffer()).resource?.content?.offerThroughput).toBe(100_000);
    const stored = await after.items
      .readAll<{ id: string; pk: string; _etag: string }>({ maxItemCount: 1000 })
      .fetchAll();
    const etags = new Map(stored.resources.map((item) => [`${item.id}|${item.pk}`, item._etag]));
    expect(acknowledged.size).toBeGreaterThanOrEqual(600);
    // A write whose answer was lost may have come after an acknowledged one: its etag is then newer, never older.
    const lost = [...acknowledged].filter(([item, etag]) => !((etags.get(item) ?? '') >= etag));
    expect(lost).toEqual([]);
    const { etag } = await after.items.create({ id: 'next', pk: 'p' });
    expect([...etags.values()].every((earlier) => earlier < etag)).toBe(true);
  } finally {
    again.dispose();
    await server.close();
  }
});

test('a second process is told that the file is in use; after a close it may have it', async () => {
  const { child } = await startChild();
  await expect(startCosmos({ dataFile })).rejects.toThrow(
    `The Cosmos DB data file ${dataFile} is in use by another process.`,
  );
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  const server = await startCosmos({ dataFile });
  await server.close();
  await (await startCosmos({ dataFile })).close();
});

test('deleted items do not let etags or change feed positions be used again', async () => {
  const etags: string[] = [];
  for (let round = 0; round < 3; round++) {
    const server = await startCosmos({ dataFile });
    const client = new CosmosClient({ endpoint: server.endpoint, key });
    const { database } = await client.databases.createIfNotExists({ id: 'd' });
    const { container } = await database.containers.createIfNotExists({
      id: 'c',
      partitionKey: { paths: ['/pk'] },
    });
    etags.push((await container.items.create({ id: '1', pk: 'a' })).etag);
    await container.item('1', 'a').delete();
    client.dispose();
    await server.close();
  }
  expect(etags.toSorted()).toEqual(etags);
  expect(new Set(etags).size).toBe(3);
});
