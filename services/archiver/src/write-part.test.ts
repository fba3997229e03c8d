import type { RepoStats } from '@github-repo-stats/shared/documents';
import { documentOf, rowOf, withoutSystem, type Archived } from '@github-repo-stats/shared/archive/columns';
import { documentsIn, readRows, sumsOf } from '@github-repo-stats/shared/archive/read-part';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { statsOf } from './archive.fixture.ts';
import { sortedRows, writePart } from './write-part.ts';

const there = async (documents: readonly Archived[]): Promise<Archived[]> =>
  documentsIn(await readRows(writePart(sortedRows(documents.map(rowOf)))));

it('gives back the very documents, in the order of their names', async () => {
  const change = { previous: { stars: 1, forks: -2, openIssues: null, openPRs: 0 }, d7: null, d30: null };
  const documents = [
    statsOf('octokit/b', { stars: 0, language: null, pushedAt: null, diskUsage: null }),
    statsOf('octokit/a', { change, turned: ['archived'], previousName: 'octokit/old', tookNameOf: 'R_9' }),
    statsOf('Zoo/ä'.normalize(), { licence: null }),
  ];
  expect(await there(documents)).toEqual([documents[2], documents[1], documents[0]]);
});

it('leaves out what Cosmos DB adds, and the time to live', async () => {
  const stored = {
    ...statsOf('octokit/a'),
    _rid: 'r',
    _self: 's',
    _etag: 'e',
    _attachments: 'a',
    _ts: 1,
    ttl: 9,
  };
  expect(await there([stored as unknown as Archived])).toEqual([statsOf('octokit/a')]);
});

it('holds what no column can: other fields, numbers that are too large, times in another form', async () => {
  const odd = {
    ...statsOf('octokit/a', { stars: 2 ** 40, createdAt: '2021-01-19T20:44:18.123456789Z' }),
    topics: ['a', { b: null }],
  } as unknown as Archived;
  const { licence: _, ...less } = statsOf('octokit/b');
  expect(await there([odd, less as Archived])).toEqual([odd, less]);
});

it('holds names that every object has, and halves of surrogate pairs', async () => {
  const text = JSON.stringify({ ...statsOf('octokit/a'), language: '\ud800' });
  const odd = JSON.parse(text.replace('{', '{"__proto__":{},"constructor":null,')) as Archived;
  const [back] = await there([odd]);
  const entries = (of: object): string[] => Object.entries(of).map((entry) => JSON.stringify(entry));
  expect(new Set(entries(back!))).toEqual(new Set(entries(odd)));
});

it('makes the same bytes of the same documents, in whatever order they come', () => {
  const documents = ['octokit/c', 'octokit/a', 'octokit/b'].map((repo) => rowOf(statsOf(repo)));
  const bytes = Buffer.from(writePart(sortedRows(documents)));
  expect(Buffer.from(writePart(sortedRows(documents.toReversed())))).toEqual(bytes);
});

it('holds no row at all', async () => {
  expect(await there([])).toEqual([]);
});

it('sums whole numbers by column, null as nothing', async () => {
  const rows = [statsOf('octokit/a', { stars: 3 }), statsOf('octokit/b', { stars: 4, diskUsage: null })].map(
    rowOf,
  );
  const sums = sumsOf(await readRows(writePart(rows)));
  expect(sums).toEqual(sumsOf(rows));
  expect(sums).toMatchObject({ stars: 7, diskUsage: 7216, change_d7_stars: 0 });
});

it('loses nothing of any JSON', () => {
  const document = fc
    .dictionary(fc.string(), fc.jsonValue())
    .map((more) => ({ ...more, ...statsOf('octokit/a') }) as unknown as RepoStats);
  fc.assert(
    fc.property(
      document,
      fc.jsonValue(),
      fc.constantFrom('stars', 'language', 'createdAt', 'change'),
      (d, value, key) => {
        const given = JSON.parse(JSON.stringify({ ...d, [key]: value })) as Archived;
        expect(documentOf(rowOf(given))).toEqual(withoutSystem(given));
      },
    ),
  );
});
