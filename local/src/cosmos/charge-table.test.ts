/** The charge function against what Microsoft publishes and what real accounts have answered. */
import { describe, expect, test } from 'vitest';
import {
  changeFeedCharge,
  patchCharge,
  queryCharge,
  readCharge,
  replaceCharge,
  roundCharge,
  writeCharge,
} from './charge-table.ts';
import { compilePolicy, isIndexed } from './index-policy.ts';
import { changedTerms, documentTerms } from './index-terms.ts';
import type { JsonObject } from './json.ts';

const standard = compilePolicy(undefined);
const excluded = compilePolicy({ includedPaths: [], excludedPaths: [{ path: '/*' }] });
const none = compilePolicy({ indexingMode: 'none' });

const three: JsonObject = { id: '1', name: 'n', description: 'd', category: 'c' };
const four: JsonObject = { ...three, partitionKey: 'p' };
const create = (item: JsonObject, policy = standard) =>
  writeCharge(JSON.stringify(item).length, documentTerms(item, policy));
const rewrite = (before: JsonObject, after: JsonObject) =>
  replaceCharge(
    JSON.stringify(before).length,
    JSON.stringify(after).length,
    changedTerms(before, after, standard),
  );

// The published three strings are id, name and description, where `id` is indexed whatever the policy says.
const published: [check: string, published: number, ours: number, tolerancePercent: number][] = [
  ['create, 3 strings', 6.29, create({ id: '1', name: 'n', description: 'd' }), 1],
  ['create, 4 strings', 6.67, create(three), 1],
  ['rewrite, nothing changed', 10.29, rewrite(three, three), 1],
  ['insert, nothing indexed', 5.5, create(four, excluded), 1],
  ['insert, mode none', 5, create(four, none), 1],
  ['create, 10 terms', 7, writeCharge(600, 10), 3],
  ['delete, 10 terms', 7, writeCharge(600, 10), 3],
  ['replace, 2 terms', 10.8, replaceCharge(600, 600, 4), 3],
  ['patch, 2 terms', 11.6, patchCharge(replaceCharge(600, 600, 4), 2), 3],
  ['small create of a course', 5.71, writeCharge(100, 4), 1],
  ['small update of the course', 10.67, replaceCharge(100, 100, 4), 1],
  ['write 100 KB', 50, writeCharge(100 * 1024, 0), 30],
  ['read 100 KB', 10, readCharge(100 * 1024), 30],
  ['5 x 1 KB through a feed', 5, changeFeedCharge(5 * readCharge(819)), 1],
  [
    'query, one 10 KB document',
    3.19,
    queryCharge({ firstPage: true, entries: 1, loaded: readCharge(10 * 1024) }),
    20,
  ],
  [
    'query, 4 small documents',
    2.31,
    queryCharge({ firstPage: true, entries: 4, loaded: 4 * readCharge(100) }),
    185,
  ],
];

describe('check | published | function', () => {
  test.each(published)('%s | %f | %f, within %i %%', (_check, theirs, ours, tolerance) => {
    expect((Math.abs(ours - theirs) / theirs) * 100).toBeLessThanOrEqual(tolerance);
  });
});

test('the published rows are met at their points', () => {
  const overhead = 205;
  for (const [kilobytes, units] of [
    [1, 1],
    [16, 1.67],
    [64, 4.76],
    [1024, 145.9],
    [2048, 291.8],
  ] as const) {
    expect(roundCharge(readCharge(kilobytes * 1024 - overhead))).toBe(units);
  }
  for (const [kilobytes, units] of [
    [1, 4.95],
    [4, 6.67],
    [32, 11.23],
    [512, 184.57],
    [2048, 1250],
  ] as const) {
    expect(roundCharge(writeCharge(kilobytes * 1024 - overhead, 0))).toBe(units);
  }
});

describe('index terms', () => {
  const policy = compilePolicy({
    includedPaths: [{ path: '/repo/?' }, { path: '/deep/list/[]/name/?' }, { path: '/whole/*' }],
    excludedPaths: [{ path: '/*' }, { path: '/whole/not/*' }],
  });
  test('count the leaves that the policy includes', () => {
    const item: JsonObject = {
      id: '1',
      repo: 'a/b',
      other: 'not indexed',
      deep: { list: [{ name: 'x', more: 1 }, { name: 'y' }], other: 1 },
      whole: { text: 't', number: 1, flag: true, nothing: null, not: { this: 'one' } },
    };
    // _ts 1, id 2, repo 2, two names 4, whole: string 2 and three others
    expect(documentTerms(item, policy)).toBe(1 + 2 + 2 + 4 + 5);
  });
  test('count one for a named path that the item lacks', () => {
    expect(documentTerms({ id: '1' }, policy)).toBe(1 + 2 + 1);
  });
  test('of a replace are those that went and those that came, and _ts', () => {
    const before: JsonObject = { id: '1', repo: 'a', other: 1, whole: { a: 1, list: ['x', 'y'] } };
    const after: JsonObject = { id: '1', repo: 'b', other: 2, whole: { a: 1, list: ['y', 'z'] } };
    expect(changedTerms(before, after, policy)).toBe(2 + (2 + 2) + (2 + 2));
  });
  test('follow the most precise rule', () => {
    expect(isIndexed(policy, ['repo'])).toBe(true);
    expect(isIndexed(policy, ['repo', 'below'])).toBe(false);
    expect(isIndexed(policy, ['whole', 'any', 'where'])).toBe(true);
    expect(isIndexed(policy, ['whole', 'not', 'here'])).toBe(false);
    expect(isIndexed(policy, ['other'])).toBe(false);
    expect(isIndexed(policy, ['id']) && isIndexed(policy, ['_ts'])).toBe(true);
    expect(isIndexed(standard, ['_etag'])).toBe(false);
    expect(isIndexed(none, ['id'])).toBe(false);
  });
});
