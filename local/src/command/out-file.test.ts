import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeRows } from './out-file.ts';
import { openSortedSpool } from './sorted-spool.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'out-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

const ROWS = [
  { repo: 'a/b', stars: 3, isArchived: false, language: null, licence: '=HYPERLINK("x")' },
  { repo: 'a/c', stars: 0, isArchived: true, language: 'C, "old"', licence: 'MIT' },
];
const COLUMNS = ['repo', 'stars', 'isArchived', 'language', 'licence'];
const written = async (name: string, rows: Record<string, unknown>[] = ROWS): Promise<string> => {
  await writeRows(join(folder, name), rows, COLUMNS);
  return readFile(join(folder, name), 'utf8');
};

test('.json is one array, .ndjson one object per line', async () => {
  expect(JSON.parse(await written('x.json'))).toEqual(ROWS);
  expect(
    (await written('x.ndjson'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(ROWS);
});

test('.csv has a header, quotes what needs it, and disarms formulas', async () => {
  expect(await written('x.CSV')).toBe(
    `${COLUMNS.join(',')}\na/b,3,false,,"'=HYPERLINK(""x"")"\na/c,0,true,"C, ""old""",MIT\n`,
  );
});

test('a run without statistics is an empty array, an empty file, a header', async () => {
  expect(JSON.parse(await written('x.json', []))).toEqual([]);
  expect(await written('x.ndjson', [])).toBe('');
  expect(await written('x.csv', [])).toBe(`${COLUMNS.join(',')}\n`);
});

test('a failure leaves the file of before, and no half one', async () => {
  await written('x.ndjson');
  const failing = (function* () {
    yield { repo: 'a/b' };
    throw new Error('the database is away');
  })();
  await expect(writeRows(join(folder, 'x.ndjson'), failing, COLUMNS)).rejects.toThrow('the database is away');
  expect(await readdir(folder)).toEqual(['x.ndjson']);
  expect((await readFile(join(folder, 'x.ndjson'), 'utf8')).split('\n')).toHaveLength(3);
});

test('the spool gives rows by key, each once', () => {
  const spool = openSortedSpool();
  for (const key of ['b/x', 'a/y', 'a/Y', 'b/x']) spool.add(key, { key });
  expect([...spool.rows()]).toEqual([{ key: 'a/Y' }, { key: 'a/y' }, { key: 'b/x' }]);
  spool.close();
});
