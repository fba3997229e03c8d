/** Runs are archived, by their event or found by the sweep, whatever dies; old ones are forgotten by the database, and come back. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CosmosClient } from '@azure/cosmos';
import { startCosmos } from '@github-repo-stats/local/cosmos/server';
import { withoutSystem, type Archived } from '@github-repo-stats/shared/archive/columns';
import type { RepoStats } from '@github-repo-stats/shared/documents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArchiveSite, query, restore, SOURCES } from './archive-site.ts';
import { atCosmos } from './crash-point.ts';

const DAY = 86_400;

/** The statistics of a run in a data folder that nobody uses. */
async function statsIn(folder: string, runId: string): Promise<Archived[]> {
  const server = await startCosmos({ dataFile: join(folder, 'cosmos.sqlite') });
  const client = new CosmosClient({ endpoint: server.endpoint, key: server.key });
  const container = client.database('github-repo-stats').container('repo-stats');
  const { resources } = await container.items.readAll<Archived>().fetchAll();
  client.dispose();
  await server.close();
  return resources.filter((d) => d.runId === runId).sort((a, b) => (a.repo < b.repo ? -1 : 1));
}

describe('a run', () => {
  let site: ArchiveSite;
  let runId: string;
  beforeAll(async () => {
    site = await ArchiveSite.open({ settings: { NumberOfReposToQueryPerCall: '40' } });
    runId = await site.pipeline.run(SOURCES);
  });
  afterAll(() => site.close());

  it('is archived when its event comes, and every document is the one that is stored', async () => {
    const mark = await site.archived(runId);
    const { manifest, documents } = await site.documents(runId);
    const stored = await site.stored(runId);
    expect(documents).toHaveLength(150);
    expect(documents).toEqual(stored);
    const sum = (of: 'stars' | 'totalPRs') => stored.reduce((n, d) => n + Number(d[of]), 0);
    expect(manifest).toMatchObject({ runId, revision: 1, rows: 150 });
    expect(manifest.sums).toMatchObject({ stars: sum('stars'), totalPRs: sum('totalPRs') });
    expect(mark).toMatchObject({ rows: 150, open: 1 });
  });

  it('has the same bytes when it is archived again', async () => {
    const before = await site.digests(runId);
    expect(Object.keys(before)).toHaveLength(2);
    await site.unarchive(runId);
    await site.rung('sweep', site.archived(runId));
    expect(await site.digests(runId)).toEqual(before);
  });

  it.each([
    ['before its part is written', 'before', /part-1/],
    ['after its part was written', 'after', /part-1/],
    ['before the manifest is written', 'before', /manifest/],
  ] as const)('has them when the archiver dies %s', async (_where, when, path) => {
    const before = await site.digests(runId);
    await site.unarchive(runId);
    site.dies({ path, when });
    const died = once(site.pipeline.supervisor, 'died');
    await site.rung('sweep', died);
    expect(await site.mark(runId)).toBeUndefined();
    await site.rung('sweep', site.archived(runId));
    expect(await site.digests(runId)).toEqual(before);
  });

  it.each([
    [
      'while it reads',
      atCosmos('archiver', 'before', { operation: 'read', container: 'repo-stats', nth: 70 }),
      false,
    ],
    ['before its mark', atCosmos('archiver', 'before', { operation: 'create', id: 'archive.1' }), false],
    ['after its mark', atCosmos('archiver', 'after', { operation: 'create', id: 'archive.1' }), true],
  ] as const)('has them when the archiver dies %s', async (_where, place, isMarked) => {
    const before = await site.digests(runId);
    await site.unarchive(runId);
    const died = once(site.pipeline.supervisor, 'died');
    await site.pipeline.supervisor.faults.order('cosmos', [place.at as never]);
    await site.rung('sweep', died);
    if (!isMarked) await site.rung('sweep', site.archived(runId));
    expect(await site.mark(runId)).toMatchObject({ rows: 150 });
    expect(await site.digests(runId)).toEqual(before);
  });

  it('is still there when Blob Storage was killed, which is waited for', async () => {
    const { supervisor } = site.pipeline;
    const before = await site.digests(runId);
    const back = once(supervisor, 'back');
    supervisor.kill('azurite', 'SIGKILL');
    await back;
    expect(await site.digests(runId)).toEqual(before);
  });

  it('is archived anew, in the same place, when it was rerun', async () => {
    const before = await site.digests(runId);
    const body = JSON.stringify({ batches: ['b-s00001-00001-1'] });
    const response = await site.pipeline.api(`runs/${runId}/rerun`, { method: 'POST', body });
    expect(response.status).toBe(202);
    await site.rung('sweep', site.archived(runId, 2));
    const { manifest, documents } = await site.documents(runId);
    expect(manifest).toMatchObject({ revision: 2, rows: 150 });
    expect(documents).toEqual(await site.stored(runId));
    const after = await site.digests(runId);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(after).not.toEqual(before);
  });

  it('has a repository that is renamed on the way once, under the name that its document has', async () => {
    const { pipeline } = site;
    const [early = '', late = ''] = (await pipeline.truth()).map(({ repo }) => repo);
    const renamed = async (repository: string, to: string): Promise<string> => {
      await pipeline.happens({ event: 'rename', repository, to });
      return `acme/${to}`;
    };
    const entryOf = async (run: string, name: string) =>
      (await pipeline.outcomes(run)).find((o) => o.entries[name])!;
    // After it was planned, and before GitHub is asked for its numbers.
    pipeline.supervisor.kill('fetcher', 'SIGSTOP');
    const run = await pipeline.run(SOURCES);
    await pipeline.logged((r) => r.message === 'page planned' && r.runId === run && r['last'] === 'true');
    const afterPlan = await renamed(early, 'renamed-after-its-plan');
    pipeline.supervisor.kill('fetcher', 'SIGCONT');
    await site.archived(run);
    const { entries } = await entryOf(run, early);
    expect(entries[early]).toMatchObject({ state: 'created', as: afterPlan });
    const first = (await site.documents(run)).documents;
    expect(first).toEqual(await site.stored(run));
    expect(first.map(({ repo }) => repo)).toContain(afterPlan);
    expect(first.map(({ repo }) => repo)).not.toContain(early);

    // After it was stored: what is there keeps its name, and the numbers of that time.
    const afterStored = await renamed(late, 'renamed-after-it-was-stored');
    const batches = [(await entryOf(run, early)).batchId, (await entryOf(run, late)).batchId];
    const body = JSON.stringify({ batches: [...new Set(batches)] });
    expect((await pipeline.api(`runs/${run}/rerun`, { method: 'POST', body })).status).toBe(202);
    await site.rung('sweep', site.archived(run, 2));
    const { entries: again } = await entryOf(run, late);
    expect(again[late]).toMatchObject({ state: 'created', detail: `its name is ${afterStored} by now` });
    const { manifest, documents } = await site.documents(run);
    expect(manifest).toMatchObject({ revision: 2, rows: 150 });
    expect(documents).toEqual(await site.stored(run));
    const of = (all: typeof documents, name: string) => all.find(({ repo }) => repo === name);
    expect(of(documents, late)).toEqual(of(first, late));
    expect([of(documents, afterStored), of(documents, early)]).toEqual([undefined, undefined]);
    expect(of(documents, afterPlan)).toBeDefined();
  });
});

describe('without events, the database', () => {
  let site: ArchiveSite;
  const archived: string[] = [];
  beforeAll(async () => {
    site = await ArchiveSite.open({
      settings: { PublishToEventGrid: 'false', CosmosDB_RetentionDays: '40' },
    });
  });
  afterAll(async () => {
    await rm(site.pipeline.folder, { recursive: true, force: true });
  });

  it('is swept for runs that are not archived', async () => {
    const old = await site.pipeline.run(SOURCES);
    await site.pipeline.ended(old);
    // The later one is younger than what is kept by then.
    await site.pipeline.supervisor.setClock('scheduler', 41 * DAY * 1000);
    const young = await site.pipeline.run(SOURCES);
    await site.pipeline.ended(young);
    archived.push(old, young);
    await site.rung('sweep', Promise.all(archived.map((runId) => site.archived(runId))));
    for (const runId of archived)
      expect((await site.documents(runId)).documents).toEqual(await site.stored(runId));
  });

  it('forgets those that are archived and older than it keeps them, and no other', async () => {
    const { supervisor } = site.pipeline;
    const [old = '', young = ''] = archived;
    const forgotten = site.pipeline.logged((r) => r.message === 'run forgotten');
    await supervisor.setClock('archiver', 41 * DAY * 1000);
    // It dies on the way, between two of the statistics and between two of the outcomes, and goes on.
    for (const container of ['repo-stats', 'run-info']) {
      const { at } = atCosmos('archiver', 'after', { operation: 'patch', container, nth: 3 });
      const died = once(supervisor, 'died');
      await supervisor.faults.order('cosmos', [at as never]);
      await site.rung('forget', died);
    }
    await site.rung('forget', forgotten);
    const ttls = async (runId: string): Promise<Set<number | undefined>> =>
      new Set((await site.pipeline.stats(runId)).map((d) => (d as { ttl?: number } & RepoStats).ttl));
    expect([await ttls(old), await ttls(young)]).toEqual([new Set([DAY]), new Set([undefined])]);
    const left = async (runId: string): Promise<string[]> => {
      const query = 'SELECT c.type FROM c WHERE NOT IS_DEFINED(c.ttl)';
      const { resources } = await supervisor.containers.runInfo.items
        .query<{ type: string }>(query, { partitionKey: runId })
        .fetchAll();
      return [...new Set(resources.map(({ type }) => type))].toSorted();
    };
    expect(await left(old)).toEqual(['archive', 'run', 'summary']);
    expect(await left(young)).toContain('outcome');
    expect(await site.mark(old)).toMatchObject({ open: 0 });
    expect(await site.pipeline.document('runInfo', old, old)).toMatchObject({
      status: 'completed',
      revision: 1,
      createdList: '',
      createdListTruncated: true,
    });
  });

  it('gets back what it has forgotten, by one command, once and for good', async () => {
    const [old = '', young = ''] = archived;
    const { repoStats } = site.pipeline.supervisor.containers;
    const before = await site.stored(old);
    const gone = before.filter((_, i) => i % 3 > 0);
    await Promise.all(gone.map(({ id, repo }) => repoStats.item(String(id), repo).delete()));
    const damaged = Object.keys(await site.digests(young)).find((path) => path.includes('part-1'))!;
    const { etag } = (await site.blobs.head(damaged))!;
    await site.blobs.write(damaged, Buffer.from('other'), { contentType: 'text/plain' }, etag);
    await site.close(true);
    const data = ['--data', site.pipeline.folder];

    const done = await restore(old, ...data);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toMatch(/^Run \d+ is back: 150 repositories, 50 of them were there; [\d,]+ RU\.\n$/);
    const back = await statsIn(site.pipeline.folder, old);
    expect(back.map(withoutSystem)).toEqual(before);
    expect(new Set(back.map((d) => d['ttl']))).toEqual(new Set([undefined, -1]));
    expect(await restore(young, ...data)).toMatchObject({
      code: 2,
      stderr: `The archive of run ${young} is damaged, and nothing was restored: part-1.parquet is not what its manifest says.\n`,
    });
    expect((await restore('1611127298', ...data)).stderr).toBe(
      'Run 1611127298 is not archived: there is no stats/date=2021-01-20/run=1611127298/manifest.json.\n',
    );
    expect((await restore(old, '--data', '/nowhere')).stderr).toBe('There is no data folder /nowhere.\n');

    // What is whole can be asked, and what is not is named.
    const asked = 'SELECT count(*) AS n, sum(stars) AS stars FROM stats WHERE run = ';
    const stars = before.reduce((sum, document) => sum + Number(document['stars']), 0);
    expect(await query(asked + old, '--format', 'ndjson', ...data)).toEqual({
      code: 0,
      stdout: `{"n":150,"stars":${stars}}\n`,
      stderr: `Run ${young} is left out of the archive: part-1.parquet is not what its manifest says; while a rerun is archived that passes.\n`,
    });
    expect(await query('SELECT sters FROM stats', ...data)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/"sters" not found[\s\S]*LINE 1/),
    });
  });
});
