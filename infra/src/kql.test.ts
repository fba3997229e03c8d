/** Every query that the stack would deploy, bound against the tables that it would find. */
import { beforeAll, describe, expect, it } from 'vitest';
import { LOG_ENTRIES } from '@github-repo-stats/shared/log-entries';
import { configured, EVERYTHING, noCode } from './config.fixture.ts';
import { bind, TABLES } from './kql.fixture.ts';
import { queriesIn, substituted } from './queries.fixture.ts';
import { record } from './registrations.fixture.ts';
import { defineStack } from './stack.ts';

let queries: { where: string; query: string }[];
beforeAll(async () => {
  const { registrations } = await record(() => defineStack(configured(EVERYTHING), noCode()));
  queries = registrations.flatMap(({ name, inputs }) => queriesIn(name, inputs));
});

describe('every query of the stack', () => {
  it('is found, in the alerts and in the workbook', () => {
    expect(queries.filter(({ where }) => where.startsWith('runs-workbook')).length).toBeGreaterThan(15);
    expect(queries.filter(({ where }) => !where.startsWith('runs-workbook')).length).toBeGreaterThan(5);
  });

  it('binds without a complaint', () => {
    const problems = queries.map(({ where, query }) => [where, bind(substituted(query)).problems] as const);
    expect(problems.filter(([, found]) => found.length > 0)).toEqual([]);
  });

  it('begins with a table that is known', () => {
    const tables = queries.map(({ query }) => /^\w+/.exec(query)?.[0]);
    expect([...new Set(tables)].filter((table) => !Object.hasOwn(TABLES, table ?? ''))).toEqual([]);
  });

  it('reads entries by texts, and fields by names, that the definition has', () => {
    const texts = new Set<string>(Object.keys(LOG_ENTRIES));
    for (const { where, query } of queries) {
      const named = [...query.matchAll(/Message (?:== ("[^"]*")|in \(([^)]*)\))/g)].flatMap(
        ([, one, many]) => JSON.parse(`[${one ?? many ?? ''}]`) as string[],
      );
      expect([where, named.filter((text) => !texts.has(text))]).toEqual([where, []]);
      const known = new Set(
        named.flatMap((text) => Object.keys(LOG_ENTRIES[text as keyof typeof LOG_ENTRIES])),
      );
      const fields = [...query.matchAll(/Properties\.(\w+)/g)].map(([, field]) => field!);
      expect([where, fields.filter((field) => !known.has(field))]).toEqual([where, []]);
    }
  });
});
