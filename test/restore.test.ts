/** An archived run is put back whole, or not begun; once and again; and what is there stays. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient, type Container } from '@azure/cosmos';
import { restoreRun, type RestoreDeps } from '@github-repo-stats/local/command/restore-run';
import { startCosmos } from '@github-repo-stats/local/cosmos/server';
import { withoutSystem, type Archived } from '@github-repo-stats/shared/archive/columns';
import { folderOf, manifestPath } from '@github-repo-stats/shared/archive/manifest';
import { unpaced } from '@github-repo-stats/shared/cosmos/request-units';
import { RUN_ID } from '@github-repo-stats/shared/run.fixture';
import { containerDefinition } from '@github-repo-stats/shared/topology';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { archivedWorld } from '../services/archiver/src/archive.fixture.ts';
import { archiveRun } from '../services/archiver/src/archive-run.ts';

const REPOS = ['octokit/a', 'octokit/b', 'octokit/c', 'octokit/d', 'octokit/e', 'octokit/f'];

let folder: string;
let repoStats: Container;
let close: () => Promise<void>;
let world: ReturnType<typeof archivedWorld>;
let deps: RestoreDeps;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restore-'));
  const server = await startCosmos({ dataFile: join(folder, 'cosmos.sqlite') });
  const client = new CosmosClient({ endpoint: server.endpoint, key: server.key });
  const { database } = await client.databases.create({ id: 'github-repo-stats' });
  repoStats = (await database.containers.create(containerDefinition('repoStats', 'repo-stats'))).container;
  close = async () => {
    client.dispose();
    await server.close();
    await rm(folder, { recursive: true });
  };
  world = archivedWorld(REPOS);
  await archiveRun(RUN_ID, world.deps);
  deps = { blobs: world.blobs, repoStats, pacer: unpaced(), sleep: () => Promise.resolve() };
});
afterEach(() => close());

const inDatabase = async (): Promise<Archived[]> =>
  (await repoStats.items.readAll<Archived>().fetchAll()).resources.sort((a, b) => (a.repo < b.repo ? -1 : 1));
const pathOf = (name: string): string => folderOf(RUN_ID) + name;

it('brings every document back as it was', async () => {
  expect(await restoreRun(RUN_ID, deps)).toMatchObject({ rows: 6, there: 0 });
  expect((await inDatabase()).map(withoutSystem)).toEqual(REPOS.map((repo) => world.stats.get(repo)));
});

it('leaves what is there as it is, but lets it stay; so a second time changes nothing', async () => {
  const there = { ...world.stats.get('octokit/b')!, stars: 99, ttl: 1000 };
  await repoStats.items.create(there);
  expect(await restoreRun(RUN_ID, deps)).toMatchObject({ rows: 6, there: 1 });
  const found = await inDatabase();
  expect(found[1]).toMatchObject({ repo: 'octokit/b', stars: 99, ttl: -1 });
  expect(await restoreRun(RUN_ID, deps)).toMatchObject({ rows: 6, there: 6 });
  expect((await inDatabase()).map(withoutSystem)).toEqual(found.map(withoutSystem));
});

it.each([
  [
    'has no such run',
    manifestPath(RUN_ID),
    undefined,
    /^Run 1611127298 is not archived: there is no stats\//,
  ],
  [
    'has a manifest that is none',
    manifestPath(RUN_ID),
    '{',
    /is damaged, and nothing was restored: its manifest: all of it/,
  ],
  [
    'is of a later schema',
    manifestPath(RUN_ID),
    '{"schema":2}',
    /nothing was restored: its manifest: schema: /,
  ],
  [
    'lacks a part',
    pathOf('part-2.parquet'),
    undefined,
    /nothing was restored: part-2.parquet is not there\.$/,
  ],
  ['has another part', pathOf('part-2.parquet'), 'other', /part-2.parquet is not what its manifest says\.$/],
] as const)(
  'writes nothing when the archive %s, and says so in one message',
  async (_what, path, text, said) => {
    const { kept } = world;
    if (text === undefined) kept.delete(path);
    else kept.set(path, { ...kept.get(path)!, bytes: Buffer.from(text) });
    await expect(restoreRun(RUN_ID, deps)).rejects.toThrow(said);
    expect(await inDatabase()).toEqual([]);
  },
);

it('writes nothing when the parts do not add up to what the manifest sums', async () => {
  const { kept } = world;
  const manifest = kept.get(manifestPath(RUN_ID))!;
  const text = Buffer.from(manifest.bytes).toString().replace('"stars": 15', '"stars": 16');
  kept.set(manifestPath(RUN_ID), { ...manifest, bytes: Buffer.from(text) });
  await expect(restoreRun(RUN_ID, deps)).rejects.toThrow('its sums of stars differ');
});
