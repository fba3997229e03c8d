import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderOf } from '@github-repo-stats/shared/archive/manifest';
import { expect, test } from 'vitest';
import { memoryArchive, runIdAt, statsOf, temporaryFolder, tinyYear } from './archive.fixture.ts';
import { fetchArchive } from './fetch-archive.ts';
import { openAnalytics } from './open-analytics.ts';

const RUN = runIdAt('2026-01-01T00:00:00Z');
const NEXT = runIdAt('2026-01-01T06:00:00Z');

async function counted(files: Awaited<ReturnType<typeof fetchArchive>>['files'], folder: string) {
  const analytics = await openAnalytics({ files, runs: [], folder });
  const [row] = (await analytics.rows('SELECT count(*), sum(stars) FROM stats', 1)).rows;
  const [days] = (await analytics.rows('SELECT count(*), sum(stars) FROM days', 1)).rows;
  analytics.close();
  return [row, days];
}

test('what is here is not read again; a rerun that was archived anew replaces what it replaced', async () => {
  await using folder = await temporaryFolder();
  const { archive, blobs, reads } = memoryArchive();
  const one = statsOf(RUN, 'acme/one', 1, [0, 0]);
  archive(RUN, [[one], [statsOf(RUN, 'acme/two', 2, [0, 0])]]);
  expect(await counted((await fetchArchive(blobs, folder.path)).files, folder.path)).toEqual([
    [2, 3],
    [2, 3],
  ]);
  reads.length = 0;
  expect(await counted((await fetchArchive(blobs, folder.path)).files, folder.path)).toEqual([
    [2, 3],
    [2, 3],
  ]);
  expect(reads).toEqual([]);

  archive(RUN, [[one], [statsOf(RUN, 'acme/two', 5, [0, 0])]], 2);
  archive(NEXT, [[statsOf(NEXT, 'acme/one', 10, [0, 0])]]);
  const { files } = await fetchArchive(blobs, folder.path);
  expect(reads.filter((path) => path.endsWith('.parquet'))).toEqual([
    `${folderOf(RUN)}part-2.parquet`,
    `${folderOf(NEXT)}part-1.parquet`,
  ]);
  expect(await counted(files, folder.path)).toEqual([
    [3, 16],
    [2, 15],
  ]);
  expect(await readdir(join(folder.path, 'stats/date=2026-01-01', `run=${RUN}`))).toHaveLength(2);
  expect(await readdir(join(folder.path, 'days'))).toHaveLength(1);
});

test('what no manifest names is not read, and a run whose part is another one is left out, by name', async () => {
  await using folder = await temporaryFolder();
  const { archive, blobs, kept } = memoryArchive();
  archive(RUN, [[statsOf(RUN, 'acme/one', 1, [0, 0])]]);
  archive(NEXT, [[statsOf(NEXT, 'acme/one', 2, [0, 0])]]);
  kept.set(`${folderOf(RUN)}part-2.parquet`, kept.get(`${folderOf(NEXT)}part-1.parquet`)!);
  kept.set(`${folderOf(NEXT)}part-1.parquet`, Buffer.from('not this'));
  kept.set('stats/date=2026-01-01/run=1/manifest.json', Buffer.from('{}'));
  const { files, problems } = await fetchArchive(blobs, folder.path);
  expect(files).toHaveLength(1);
  expect(problems).toEqual([
    {
      runId: NEXT,
      why: 'part-1.parquet is not what its manifest says; while a rerun is archived that passes',
    },
  ]);
  kept.set(`${folderOf(NEXT)}manifest.json`, Buffer.from('{"schema":2}'));
  expect((await fetchArchive(blobs, folder.path)).problems).toMatchObject([
    { runId: NEXT, why: expect.stringMatching(/^its manifest cannot be read: schema: /) },
  ]);
});

test('what is wrong with SQL is said in the words of DuckDB, with the line', async () => {
  await using folder = await temporaryFolder();
  const analytics = await openAnalytics({ files: [], runs: [], folder: folder.path });
  await expect(analytics.rows('SELECT repo,\n  sters\nFROM stats', 1)).rejects.toThrow(
    /Referenced column "sters" not found[\s\S]*"stars"[\s\S]*LINE 2: {3}sters/,
  );
  await expect(analytics.rows('SELEC 1', 1)).rejects.toThrow(/syntax error at or near "SELEC"/);
  await expect(analytics.rows('SELECT 1; DROP VIEW stats', 1)).rejects.toThrow(
    'One SELECT is expected, and these are 2 statements.',
  );
  await expect(analytics.rows(' -- nothing', 1)).rejects.toThrow('there is none');
  analytics.close();
});

test('results are written whole, in every form, or not at all', async () => {
  await using folder = await temporaryFolder();
  const { files } = await fetchArchive(tinyYear().blobs, folder.path);
  const analytics = await openAnalytics({ files, runs: [], folder: folder.path });
  const file = join(folder.path, 'out');
  const sql = `SELECT repo, "pushedAt", stars FROM stats WHERE run = 1767225600 AND stars > 20 ORDER BY stars; `;
  const written = async (format: 'csv' | 'json' | 'ndjson') => {
    await analytics.write(sql, file, format);
    return readFile(file, 'utf8');
  };
  const rows = [
    { repo: 'beta/gone', pushedAt: '2026-01-01 00:00:00', stars: 40 },
    { repo: 'acme/old', pushedAt: '2024-06-01 00:00:00', stars: 50 },
    { repo: 'acme/api', pushedAt: '2026-01-01 00:00:00', stars: 100 },
  ];
  expect(await written('csv')).toBe(
    ['repo,pushedAt,stars', ...rows.map((row) => Object.values(row).join(',')), ''].join('\n'),
  );
  expect(JSON.parse(await written('json'))).toEqual(rows);
  expect(
    (await written('ndjson'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(rows);
  await analytics.write(sql, file, 'parquet');
  expect((await analytics.rows(`SELECT sum(stars) FROM read_parquet('${file}')`, 1)).rows).toEqual([[190]]);

  const before = (await stat(file)).mtimeMs;
  await expect(analytics.write(`SELECT error('no') FROM stats`, file, 'csv')).rejects.toThrow('no');
  expect((await stat(file)).mtimeMs).toBe(before);
  expect((await readdir(folder.path)).filter((name) => name.endsWith('.part'))).toEqual([]);
  analytics.close();
});

test('an answer that takes too long is stopped, and the next one is given', async () => {
  await using folder = await temporaryFolder();
  const analytics = await openAnalytics({ files: [], runs: [], folder: folder.path, patienceMs: 20 });
  const file = join(folder.path, 'out');
  await expect(
    analytics.write(
      'SELECT sum(hash(a.range + b.range)) FROM range(1000000) a, range(1000000) b',
      file,
      'csv',
    ),
  ).rejects.toThrow('It took longer than 0.02 seconds, and was stopped.');
  expect((await analytics.rows('SELECT 1', 1)).rows).toEqual([[1]]);
  analytics.close();
});

test("somebody else's SQL reads the views, and neither other files nor the network", async () => {
  await using folder = await temporaryFolder();
  await using other = await temporaryFolder();
  const secret = join(other.path, 'secret.csv');
  await writeFile(secret, 'a\n1\n');
  const { files } = await fetchArchive(tinyYear().blobs, folder.path);
  const analytics = await openAnalytics({ files, runs: [], folder: folder.path, confined: true });
  expect((await analytics.rows('SELECT count(*) FROM stats', 1)).rows).toEqual([[21]]);
  await expect(analytics.rows(`FROM read_csv('${secret}')`, 1)).rejects.toThrow(/Permission Error/);
  await expect(analytics.rows(`COPY (SELECT 1) TO '${other.path}/x.csv'`, 1)).rejects.toThrow(
    /Permission Error/,
  );
  await expect(analytics.rows('SET enable_external_access = true', 1)).rejects.toThrow(/locked/);
  await expect(analytics.rows(`FROM read_csv('https://example.org/a.csv')`, 1)).rejects.toThrow(
    /Permission Error|disabled/,
  );
  analytics.close();
});
