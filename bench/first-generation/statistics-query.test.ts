import { expect, test } from 'vitest';
import { documentsOf, queryTexts, type Answer } from './statistics-query.ts';

const names = Array.from({ length: 131 }, (_, i) => `acme/r-${i}`);

test('batches are of 65 in the order of the list, the last one smaller', () => {
  const texts = queryTexts(names);
  const aliases = texts.map((text) => text.match(/^r\d+:/gm)?.length);
  expect(aliases).toEqual([65, 65, 1]);
  expect(texts[1]).toContain('r0: repository(owner: "acme", name: "r-65")');
});

test('each repository is asked for eight counts', () => {
  expect(queryTexts(names.slice(0, 1))[0]?.match(/totalCount/g)).toHaveLength(8);
});

test('a document has thirteen properties, and takes its id from name and run', () => {
  const count = { totalCount: 3 };
  const counts = ['totalIssues', 'openIssues', 'closedIssues', 'totalPRs', 'openPRs', 'closedPRs'];
  const answered = {
    nameWithOwner: 'acme/r-1',
    isArchived: false,
    isTemplate: false,
    updatedAt: '2021-01-19T20:44:18Z',
    ...Object.fromEntries([...counts, 'mergedPRs', 'stars'].map((name) => [name, count])),
  };
  const [document] = documentsOf({ r0: answered } as unknown as Answer, '1611127298');
  expect(document).toMatchObject({ id: 'acme.r-1.1611127298', repo: 'acme/r-1', totalPRs: 3, stars: 3 });
  expect(Object.keys(document!)).toHaveLength(13);
});
