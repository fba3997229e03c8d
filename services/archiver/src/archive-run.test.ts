import { Manifest, manifestPath } from '@github-repo-stats/shared/archive/manifest';
import { documentsIn, readRows } from '@github-repo-stats/shared/archive/read-part';
import { RUN_ID } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { archivedWorld, Died, statsOf } from './archive.fixture.ts';
import { archiveRun } from './archive-run.ts';
import { RunUnderWay } from './read-stats.ts';

const REPOS = ['octokit/e', 'octokit/b', 'octokit/d', 'octokit/a', 'octokit/c', 'Zoo/f', 'zoo/g'];
const FOLDER = `stats/date=2021-01-20/run=${RUN_ID}/`;

type World = ReturnType<typeof archivedWorld>;
const manifestOf = ({ kept }: World) =>
  Manifest.parse(JSON.parse(Buffer.from(kept.get(manifestPath(RUN_ID))!.bytes).toString()));
async function documents(w: World) {
  const parts = manifestOf(w).parts.map(async ({ name }) =>
    documentsIn(await readRows(w.kept.get(FOLDER + name)!.bytes)),
  );
  return (await Promise.all(parts)).flat();
}

describe('the statistics of a run', () => {
  it('are archived: parts of whole batches, then the manifest, then the mark', async () => {
    const w = archivedWorld(REPOS);
    expect(await archiveRun(RUN_ID, w.deps)).toBe('archived');
    expect(w.writes).toEqual([
      `${FOLDER}part-1.parquet`,
      `${FOLDER}part-2.parquet`,
      `${FOLDER}manifest.json`,
    ]);
    expect(manifestOf(w)).toMatchObject({
      schema: 1,
      runId: RUN_ID,
      revision: 1,
      date: '2021-01-20',
      rows: 7,
      sums: { stars: 21, attempt: 14 },
      parts: [
        { name: 'part-1.parquet', rows: 4 },
        { name: 'part-2.parquet', rows: 3 },
      ],
    });
    expect(await documents(w)).toEqual(
      ['octokit/a', 'octokit/b', 'octokit/d', 'octokit/e', 'Zoo/f', 'octokit/c', 'zoo/g'].map((r) =>
        w.stats.get(r),
      ),
    );
    expect([...w.marks.values()]).toMatchObject([{ id: 'archive.1', revision: 1, rows: 7, open: 1 }]);
    expect(w.logged).toEqual(['run archived']);
  });

  it('are found under the names that GitHub gave them, without those that failed or are of another batch', async () => {
    const w = archivedWorld(['octokit/a']);
    w.settle('b-s00001-00001-1', 'octokit/OLD', { as: 'octokit/new' });
    w.settle('b-s00001-00001-1', 'octokit/gone', { state: 'failed', reason: 'not-found' });
    w.settle('b-s00001-00001-1', 'octokit/twice', { state: 'duplicate' });
    w.stats.set('octokit/new', statsOf('octokit/new'));
    w.world.run!.totalCreatedCount = 2;
    expect(await archiveRun(RUN_ID, w.deps)).toBe('archived');
    expect((await documents(w)).map(({ repo }) => repo)).toEqual(['octokit/a', 'octokit/new']);
  });

  it('of a run of which nothing was stored are a manifest that says so', async () => {
    const w = archivedWorld([]);
    expect(await archiveRun(RUN_ID, w.deps)).toBe('archived');
    expect(manifestOf(w)).toMatchObject({ rows: 0, parts: [] });
  });

  it.each([
    ['running', 0],
    ['stalled', 0],
  ] as const)('of a run that is %s are left alone, as those of an unknown one', async (status, revision) => {
    const w = archivedWorld(REPOS);
    Object.assign(w.world.run!, { status, revision });
    expect(await archiveRun(RUN_ID, w.deps)).toBe('unknown');
    w.world.run = undefined;
    expect(await archiveRun(RUN_ID, w.deps)).toBe('unknown');
    expect(w.writes).toEqual([]);
  });

  it('are known once they have the mark of the current revision', async () => {
    const w = archivedWorld(REPOS);
    await archiveRun(RUN_ID, w.deps);
    w.writes.length = 0;
    expect(await archiveRun(RUN_ID, w.deps)).toBe('known');
    expect(w.writes).toEqual([]);
  });

  it('are archived anew after a rerun, in the same place; what the earlier one had more of goes', async () => {
    const w = archivedWorld(REPOS);
    await archiveRun(RUN_ID, w.deps);
    w.world.run = { ...w.world.run!, revision: 2, totalCreatedCount: 4 };
    for (const id of [...w.outcomes.keys()].slice(2)) w.outcomes.delete(id);
    expect(await archiveRun(RUN_ID, w.deps)).toBe('archived');
    expect([...w.kept.keys()].sort()).toEqual([`${FOLDER}manifest.json`, `${FOLDER}part-1.parquet`]);
    expect(manifestOf(w)).toMatchObject({ revision: 2, rows: 4 });
    expect([...w.marks.keys()]).toEqual(['archive.1', 'archive.2']);
  });

  it('are history once the database has begun to forget them: the archive stays as it is', async () => {
    const w = archivedWorld(REPOS);
    await archiveRun(RUN_ID, w.deps);
    w.marks.set('archive.1', {
      ...w.marks.get('archive.1')!,
      forgetting: { since: '2021-03-01T00:00:00.000Z' },
    });
    w.world.run = { ...w.world.run!, revision: 2 };
    w.stats.clear();
    const before = w.digests();
    expect(await archiveRun(RUN_ID, w.deps)).toBe('history');
    expect(w.digests()).toEqual(before);
  });

  it('wait while another run is under way, and keep the parts that are done', async () => {
    const w = archivedWorld(REPOS);
    w.world.beforeRead = () => {
      if (w.world.reads > 0) throw new RunUnderWay();
    };
    expect(await archiveRun(RUN_ID, w.deps)).toBe('later');
    expect(w.marks.size).toBe(0);
    w.world.beforeRead = undefined;
    expect(await archiveRun(RUN_ID, w.deps)).toBe('archived');
    expect(w.world.reads).toBe(REPOS.length);
  });
});

describe('nothing is marked as archived', () => {
  it('when a document is missing, or of another batch', async () => {
    const w = archivedWorld(REPOS);
    const there = w.stats.get('octokit/c')!;
    w.stats.delete('octokit/c');
    expect(await archiveRun(RUN_ID, w.deps)).toBe('incomplete');
    w.stats.set('octokit/c', { ...there, batchId: 'b-s00009-00001-1' });
    expect(await archiveRun(RUN_ID, w.deps)).toBe('incomplete');
    expect(w.marks.size).toBe(0);
    expect(w.kept.has(manifestPath(RUN_ID))).toBe(false);
    expect(w.logged).toEqual(['run not archived', 'run not archived']);
  });

  it('when the run counts otherwise', async () => {
    const w = archivedWorld(REPOS);
    w.world.run!.totalCreatedCount = 8;
    expect(await archiveRun(RUN_ID, w.deps)).toBe('differs');
    expect(w.marks.size).toBe(0);
  });

  it('when what is read back is not what was written; it is written again the next time', async () => {
    const w = archivedWorld(REPOS);
    const { blobs } = w.deps;
    const read = async (path: string) => {
      const bytes = Buffer.from((await blobs.read(path))!);
      if (path.endsWith('part-2.parquet')) bytes[100]! ^= 1;
      return bytes;
    };
    expect(await archiveRun(RUN_ID, { ...w.deps, blobs: { ...blobs, read } })).toBe('differs');
    expect(w.marks.size).toBe(0);
    expect(await archiveRun(RUN_ID, w.deps)).toBe('archived');
  });

  it('when the run was opened again, or somebody else wrote, meanwhile', async () => {
    const w = archivedWorld(REPOS);
    w.world.beforeRead = () => void (w.world.run = { ...w.world.run!, status: 'running' });
    expect(await archiveRun(RUN_ID, w.deps)).toBe('overtaken');
    expect(w.marks.size).toBe(0);
    const later = archivedWorld(REPOS);
    const theirs = { bytes: new Uint8Array(), etag: '"x"', metadata: { revision: '2' } };
    later.world.beforeRead = () => void later.kept.set(`${FOLDER}part-2.parquet`, theirs);
    expect(await archiveRun(RUN_ID, later.deps)).toBe('overtaken');
    expect(later.kept.get(`${FOLDER}part-2.parquet`)).toBe(theirs);
    expect(await archiveRun(RUN_ID, later.deps)).toBe('overtaken');
  });
});

it('wherever it dies, the next one ends with the same bytes', async () => {
  const untouched = archivedWorld(REPOS);
  await archiveRun(RUN_ID, untouched.deps);
  const died: boolean[] = [];
  for (let effects = 0; effects < 6; effects++) {
    const w = archivedWorld(REPOS.toReversed().toSorted((a, b) => REPOS.indexOf(a) - REPOS.indexOf(b)));
    w.mortal.diesBefore = effects;
    died.push(
      await archiveRun(RUN_ID, w.deps).then(
        () => false,
        (error) => error instanceof Died,
      ),
    );
    expect(w.marks.size).toBe(died.at(-1) ? 0 : 1);
    w.mortal.diesBefore = undefined;
    expect(['archived', 'known']).toContain(await archiveRun(RUN_ID, w.deps));
    expect(w.digests()).toEqual(untouched.digests());
  }
  expect(died).toEqual([true, true, true, true, false, false]);
});

it('two at a time end with the same bytes, whoever wins', async () => {
  const w = archivedWorld(REPOS);
  const results = await Promise.all([archiveRun(RUN_ID, w.deps), archiveRun(RUN_ID, w.deps)]);
  expect(results).toContain('archived');
  const alone = archivedWorld(REPOS);
  await archiveRun(RUN_ID, alone.deps);
  expect(w.digests()).toEqual(alone.digests());
  expect(w.marks.size).toBe(1);
});
