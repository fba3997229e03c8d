/** That the SQL of a query and the SQL of an index meet: a filter on an included path or a key does not scan the table. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Catalog } from '../catalog.ts';
import type { Container } from '../container.ts';
import { openStore, type Store } from '../store.ts';
import { conditionSql } from './expression-sql.ts';
import { narrow } from './narrow.ts';
import { parseQuery } from './parser.ts';

let folder: string;
let store: Store;
let container: Container;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cosmos-index-'));
  store = openStore(join(folder, 'cosmos.db'));
  const catalog = new Catalog(store, { now: () => 0, monotonicMs: () => 0, serverlessThroughput: Infinity });
  catalog.createDatabase({ id: 'd' }, undefined);
  const indexingPolicy = {
    includedPaths: [{ path: '/runId/?' }, { path: '/at/city/?' }],
    excludedPaths: [{ path: '/*' }],
  };
  container = catalog.createContainer(
    'd',
    { id: 'c', partitionKey: { paths: ['/pk'] }, indexingPolicy },
    undefined,
  );
});
afterAll(async () => {
  store.close();
  await rm(folder, { recursive: true, force: true });
});

test.each([
  ["c.runId = 'r'", /SEARCH items_\d+ USING INDEX items_\d+_path_0/],
  ["c.runId IN ('r', 's')", /SEARCH items_\d+ USING INDEX items_\d+_path_0/],
  ["c.at.city = 'Oslo' AND c.other > 1", /SEARCH items_\d+ USING INDEX items_\d+_path_1/],
  ["c.other = 'r'", /SCAN items_\d+$/],
])('%s', (where, expected) => {
  const query = parseQuery(`SELECT * FROM c WHERE ${where}`);
  const { text, values } = conditionSql(query.where!, new Map(), false);
  const plan = store.sqlite
    .prepare(`EXPLAIN QUERY PLAN SELECT * FROM ${container.table.name} WHERE ${text}`)
    .all(...values);
  expect(plan[0]!['detail']).toMatch(expected);
});

test('equality with the partition key and the id become columns of their own index', () => {
  const query = parseQuery("SELECT * FROM c WHERE c.pk = 'a' AND c.v > 1 AND 'x' = c.id");
  const narrowed = narrow(query.where, new Map(), container.partitionKeyPath, undefined);
  expect(narrowed).toMatchObject({ key: '"a"', id: 'x', where: { kind: 'compare', operator: '>' } });
});
