/** Conformance of queries, driven by the unmodified SDK. */
import type { Container, FeedOptions, JSONValue, SqlQuerySpec } from '@azure/cosmos';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure, localOnly, startTarget, type Target } from '../conformance.fixture.ts';

let target: Target;
let container: Container;

const items = [
  { id: '1', pk: 'a', n: 1, text: 'Apple', flag: true, tags: ['x', 'y'], at: { city: 'Oslo' } },
  { id: '2', pk: 'a', n: 2.5, text: 'apricot', flag: false, tags: ['y'], nothing: null },
  { id: '3', pk: 'b', n: -3, text: 'Banana', tags: [1, null], at: { city: 'Bergen' } },
  { id: '4', pk: 'b', n: '1', text: 'ÄRGER', 'odd key': 'odd' },
  { id: '5', pk: 'c', n: null },
  { id: '6', pk: 'c', n: true, text: '' },
];

beforeAll(async () => {
  target = await startTarget();
  container = await target.container();
  for (const item of items) await container.items.create(item);
});
afterAll(() => target.close());

async function run<T>(query: string | SqlQuerySpec, options?: FeedOptions, from = container): Promise<T[]> {
  return (await from.items.query<T>(query, options).fetchAll()).resources;
}
async function ids(where: string, parameters: Record<string, JSONValue> = {}): Promise<string> {
  const query = `SELECT VALUE c.id FROM c WHERE ${where}`;
  const list = Object.entries(parameters).map(([name, value]) => ({ name, value }));
  return (await run<string>({ query, parameters: list })).toSorted().join('');
}

describe('WHERE', () => {
  test.each([
    ['c.n = 1', '1'],
    ["c.n = '1'", '4'],
    ['c.n = null', '5'],
    ['c.n = true', '6'],
    ['c.n != 1', '23'],
    ['c.n <> 1', '23'],
    ['c.n != null', '12346'],
    ['c.nothing = null', '2'],
    ['c.missing = null', ''],
    ['c.missing != 1', ''],
    ['NOT (c.n = 1)', '23'],
    ['NOT (c.missing = 1)', ''],
    ['c.n > 1', '2'],
    ['c.n >= 1', '12'],
    ['c.n < 0', '3'],
    ['1 >= c.n', '13'],
    ["c.text > 'B'", '234'],
    ["c.text < 'B'", '16'],
    ['c.n BETWEEN 0 AND 2.5', '12'],
    ['c.n NOT BETWEEN 0 AND 2', '23'],
    ["c.id IN ('1', '3', 'x')", '13'],
    ["c.n IN (1, '1', null)", '145'],
    ['c.n NOT IN (1, 2.5)', '3'],
    ['c.flag', '1'],
    ['NOT c.flag', '2'],
    ['c.flag = false', '2'],
    ['IS_DEFINED(c.flag)', '12'],
    ['NOT IS_DEFINED(c.text)', '5'],
    ['IS_NULL(c.n)', '5'],
    ['IS_NULL(c.missing)', ''],
    ['IS_NUMBER(c.n) AND c.n > 0', '12'],
    ["STARTSWITH(c.text, 'A')", '1'],
    ["STARTSWITH(c.text, 'AP', true)", '12'],
    ["ENDSWITH(c.text, 'a')", '3'],
    ["ENDSWITH(c.text, '')", '12346'],
    ["CONTAINS(c.text, 'p')", '12'],
    ["CONTAINS(c.n, '1')", '4'],
    ["LOWER(c.text) = 'ärger'", '4'],
    ["UPPER(c.text) = 'APPLE'", '1'],
    ["ARRAY_CONTAINS(c.tags, 'y')", '12'],
    ['ARRAY_CONTAINS(c.tags, 1)', '3'],
    ["ARRAY_CONTAINS(c.tags, '1')", ''],
    ["ARRAY_CONTAINS(['1', '5'], c.id)", '15'],
    ["c.at.city = 'Oslo'", '1'],
    ["c.at['city'] = 'Bergen'", '3'],
    ["c['odd key'] = 'odd'", '4'],
    ["c.tags[0] = 'x'", '1'],
    ['c.tags[0] = c.n', ''],
    ["(c.pk = 'a' OR c.pk = 'b') AND c.n = 1", '1'],
    ["c.pk = 'a' OR c.pk = 'b' AND c.n = 1", '12'],
    ["c.pk = 'b' AND c.id = '3'", '3'],
    ["c.pk = 'b' AND c.id = '1'", ''],
    ["c.pk = 'a' AND c.pk = 'b'", ''],
    ['c.n = @n AND c.pk = @pk', '1', { '@n': 1, '@pk': 'a' }],
    ['ARRAY_CONTAINS(@ids, c.id)', '26', { '@ids': ['2', '6'] }],
    ['c.tags = @tags', '2', { '@tags': ['y'] }],
    ["c.text = 'it''s' OR c.text = \"Banana\"", '3'],
  ] as [string, string, Record<string, JSONValue>?][])('%s', async (where, expected, parameters) => {
    if (where.includes("'it''s'")) where = where.replace("'it''s'", "'it\\'s'");
    expect(await ids(where, parameters)).toBe(expected);
  });
});

describe('SELECT', () => {
  test('* gives the items as they are stored', async () => {
    const [item] = await run("SELECT * FROM root r WHERE r.id = '1'");
    expect(item).toEqual((await container.item('1', 'a').read()).resource);
  });
  test('a list leaves undefined properties out and names the rest', async () => {
    expect(
      await run(
        "SELECT c.id, c.at.city, c.tags[1] AS second, c.missing, c.n = 1 AS one, 'k' FROM c WHERE c.pk = 'a'",
      ),
    ).toEqual(
      [
        { id: '1', city: 'Oslo', second: 'y', one: true, $2: 'k' },
        { id: '2', one: false, $2: 'k' },
      ].map(({ $2, ...rest }) => ({ ...rest, $1: $2 })),
    );
  });
  test('VALUE gives bare values and skips undefined ones', async () => {
    expect(await run("SELECT VALUE c.at FROM c WHERE c.pk = 'a'")).toEqual([{ city: 'Oslo' }]);
    expect(await run("SELECT VALUE c.nothing FROM c WHERE c.id = '2'")).toEqual([null]);
    expect(await run("SELECT VALUE LOWER(c.text) FROM c WHERE c.id = '3'")).toEqual(['banana']);
  });
  test('the item itself under its alias', async () => {
    const [row] = await run<{ f: { id: string } }>("SELECT f FROM Families AS f WHERE f.id = '1'");
    expect(row!.f.id).toBe('1');
  });
  test('is scoped by the partition key option', async () => {
    expect(await run('SELECT VALUE c.id FROM c', { partitionKey: 'b' })).toEqual(['3', '4']);
    expect(await run("SELECT VALUE c.id FROM c WHERE c.pk = 'a'", { partitionKey: 'b' })).toEqual([]);
  });
  test('works through the query plan, too', async () => {
    const rows = await run<string>('SELECT VALUE c.id FROM c ORDER BY c.id DESC', { forceQueryPlan: true });
    expect(rows).toEqual(['6', '5', '4', '3', '2', '1']);
  }, 10_000);
});

describe('aggregates', () => {
  test('several at once', async () => {
    const query =
      "SELECT COUNT(1) AS items, SUM(c.n) AS total, MIN(c.n) AS low, MAX(c.n) AS high, AVG(c.n) AS mean, COUNT(c.at) AS cities FROM c WHERE c.pk = 'a'";
    expect(await run(query)).toEqual([{ items: 2, total: 3.5, low: 1, high: 2.5, mean: 1.75, cities: 1 }]);
  });
  test.each([
    ['SELECT VALUE COUNT(1) FROM c', [6]],
    ['SELECT VALUE COUNT(c.text) FROM c', [5]],
    ['SELECT VALUE SUM(c.n) FROM c WHERE IS_NUMBER(c.n)', [0.5]],
    ['SELECT VALUE SUM(c.missing) FROM c', [0]],
    ['SELECT VALUE MIN(c.n) FROM c', [null]],
    ['SELECT VALUE MAX(c.n) FROM c', ['1']],
    ['SELECT VALUE MAX(c.text) FROM c', ['ÄRGER']],
    ["SELECT VALUE COUNT(1) FROM c WHERE c.pk = 'nowhere'", [0]],
  ])('%s', async (query, expected) => {
    expect(await run(query)).toEqual(expected);
  });
  test('a value that is not a number makes SUM undefined', async () => {
    expect(await run('SELECT SUM(c.n) AS total, COUNT(1) AS items FROM c')).toEqual([{ items: 6 }]);
  });
});

describe('ORDER BY, TOP, OFFSET LIMIT', () => {
  test('orders across types and leaves out items without the property', async () => {
    expect(await run('SELECT VALUE c.n FROM c ORDER BY c.n')).toEqual([null, true, -3, 1, 2.5, '1']);
    expect(await run('SELECT VALUE c.id FROM c ORDER BY c.text DESC')).toEqual(['4', '2', '3', '1', '6']);
  });
  test('keeps items without a property that the policy includes by name', async () => {
    const named = await target.container({
      indexingPolicy: { includedPaths: [{ path: '/n/?' }], excludedPaths: [{ path: '/*' }] },
    });
    await named.items.create({ id: 'with', pk: 'a', n: 1 });
    await named.items.create({ id: 'without', pk: 'a' });
    expect(await run('SELECT VALUE c.id FROM c ORDER BY c.n', {}, named)).toEqual(['without', 'with']);
    expect(await failure(run('SELECT * FROM c ORDER BY c.other', {}, named))).toMatchObject({ code: 400 });
  });
  test('by two properties needs a composite index, in its order or the opposite', async () => {
    expect(await failure(run('SELECT * FROM c ORDER BY c.pk, c.n'))).toMatchObject({ code: 400 });
    const composite = await target.container({
      indexingPolicy: {
        compositeIndexes: [
          [
            { path: '/pk', order: 'ascending' },
            { path: '/n', order: 'descending' },
          ],
        ],
      },
    });
    for (const [id, pk, n] of [
      ['1', 'b', 1],
      ['2', 'a', 1],
      ['3', 'a', 2],
    ] as const) {
      await composite.items.create({ id, pk, n });
    }
    const by = (order: string) => run<string>(`SELECT VALUE c.id FROM c ORDER BY ${order}`, {}, composite);
    expect(await by('c.pk ASC, c.n DESC')).toEqual(['3', '2', '1']);
    expect(await by('c.pk DESC, c.n ASC')).toEqual(['1', '2', '3']);
    expect(await failure(by('c.pk, c.n'))).toMatchObject({ code: 400 });
  });
  test('TOP and OFFSET LIMIT cut the result', async () => {
    expect(await run('SELECT TOP 2 VALUE c.id FROM c ORDER BY c.id')).toEqual(['1', '2']);
    expect(await run('SELECT VALUE c.id FROM c ORDER BY c.id OFFSET 1 LIMIT 2')).toEqual(['2', '3']);
    const parameters = [{ name: '@n', value: 3 }];
    expect(await run({ query: 'SELECT TOP @n VALUE c.id FROM c ORDER BY c.id', parameters })).toHaveLength(3);
    expect(await run('SELECT TOP 0 * FROM c')).toEqual([]);
  });
});

describe('pages', () => {
  test.each([
    ['SELECT * FROM c', undefined, 250],
    ['SELECT * FROM c', 'p1', 125],
    ['SELECT * FROM c WHERE c.v >= 100', undefined, 150],
    ['SELECT TOP 70 * FROM c', undefined, 70],
    ['SELECT * FROM c ORDER BY c.v DESC', undefined, 250],
    ['SELECT * FROM c ORDER BY c.v OFFSET 20 LIMIT 90', undefined, 90],
    ['SELECT * FROM c OFFSET 20 LIMIT 90', 'p0', 90],
  ])('%s (partition key %s) gives each item once', async (query, partitionKey, expected) => {
    const paged = await pagedContainer();
    const iterator = paged.items.query<{ id: string }>(query, {
      maxItemCount: 40,
      ...(partitionKey === undefined ? {} : { partitionKey }),
    });
    const seen: string[] = [];
    let pages = 0;
    while (iterator.hasMoreResults()) {
      const { resources } = await iterator.fetchNext();
      expect(resources.length).toBeLessThanOrEqual(40);
      seen.push(...resources.map(({ id }) => id));
      pages++;
    }
    expect(seen).toHaveLength(expected);
    expect(new Set(seen).size).toBe(expected);
    expect(pages).toBe(Math.ceil(expected / 40));
  });

  test('a continuation token goes on in another iterator; a foreign one is refused', async () => {
    const paged = await pagedContainer();
    const first = await paged.items
      .query<{ v: number }>('SELECT c.v FROM c', { maxItemCount: 100 })
      .fetchNext();
    const { continuationToken } = first;
    const rest = await paged.items
      .query('SELECT c.v FROM c', { maxItemCount: 200, continuationToken })
      .fetchAll();
    expect(first.resources.length + rest.resources.length).toBe(250);
    const foreign = paged.items.query('SELECT c.v FROM c', { continuationToken: 'foreign' }).fetchNext();
    expect(await failure(foreign)).toMatchObject({ code: 400 });
  });

  test('an item that changes while pages are read is neither repeated nor lost', async () => {
    const paged = await pagedContainer();
    const iterator = paged.items.readAll<{ id: string; pk: string; v: number }>({ maxItemCount: 50 });
    const seen: string[] = [];
    while (iterator.hasMoreResults()) {
      const { resources } = await iterator.fetchNext();
      seen.push(...resources.map(({ id }) => id));
      const [changed] = resources;
      if (changed)
        await paged.item(changed.id, changed.pk).replace({ id: changed.id, pk: changed.pk, v: changed.v });
    }
    expect(seen.toSorted()).toEqual(Array.from({ length: 250 }, (_, v) => `k${v}`).toSorted());
  });

  let shared: Promise<Container> | undefined;
  function pagedContainer(): Promise<Container> {
    shared ??= target.container().then(async (created) => {
      for (let start = 0; start < 250; start += 50) {
        await created.items.bulk(
          Array.from({ length: 50 }, (_, at) => ({
            operationType: 'Create' as const,
            resourceBody: { id: `k${start + at}`, pk: `p${at % 2}`, v: start + at },
          })),
        );
      }
      return created;
    });
    return shared;
  }
});

describe('what is not supported is refused by name', localOnly('Azure supports it'), () => {
  test.each([
    ['SELECT c.pk, COUNT(1) FROM c GROUP BY c.pk', 'GROUP BY'],
    ['SELECT DISTINCT c.pk FROM c', 'DISTINCT'],
    ['SELECT t FROM c JOIN t IN c.tags', 'JOIN'],
    ['SELECT * FROM t IN c.tags', 'FROM ... IN'],
    ["SELECT * FROM c WHERE c.text LIKE 'A%'", 'LIKE'],
    ['SELECT c.n + 1 FROM c', 'The operator +'],
    ['SELECT c.n ?? 1 FROM c', 'The operator ??'],
    ['SELECT c.flag ? 1 : 2 FROM c', 'The operator ?:'],
    ['SELECT { a: c.n } FROM c', 'An object in a query'],
    ['SELECT VALUE ABS(c.n) FROM c', 'The function ABS'],
    ['SELECT * FROM c WHERE EXISTS(SELECT VALUE t FROM t IN c.tags)', 'EXISTS'],
    ['SELECT * FROM (SELECT * FROM c)', 'A subquery'],
    ['SELECT * FROM c WHERE udf.f(c.n)', 'A user defined function'],
    ['SELECT * FROM c WHERE ARRAY_CONTAINS(c.list, { a: 1 }, true)', 'An object in a query'],
    ['SELECT 1', 'A query without FROM'],
  ])('%s', async (query, name) => {
    const { code, message } = await failure(run(query));
    expect(code).toBe(400);
    expect(message).toBe(`${name} is not supported by the local Cosmos DB`);
  });

  test.each([
    ['SELECT * FROM', /end of the query/],
    ['SELECT * FROM c WHERE', /end of the query/],
    ['SELECT * FROM c WHERE c.n = = 1', /near '='/],
    ['SELECT * FROM c WHERE d.n = 1', /Identifier 'd' could not be resolved/],
    ['SELECT * FROM c WHERE c.n = @missing', /parameter @missing/],
    ['SELECT c.n, COUNT(1) FROM c', /not contained in an aggregate/],
    ['SELECT * FROM c WHERE COUNT(1) > 1', /COUNT/],
    ['SELECT * FROM c ORDER BY LOWER(c.text)', /ORDER BY/],
    ["SELECT * FROM c WHERE c.n = 'open", /near '''/],
  ])('%s is a 400 that says what is wrong', async (query, message) => {
    expect(await failure(run(query))).toMatchObject({ code: 400, message: expect.stringMatching(message) });
  });
});
