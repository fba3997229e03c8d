/** Tables as CSV: nothing in it runs in a spreadsheet, and each value is in the column that its path names. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { streamOf } from '../reporter.fixture.ts';
import { EventItem, OrganisationPoint, RepositoryRow } from './contract.ts';
import { cell, columnsOf, csv, formatOf, ndjson } from './formats.ts';

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

describe('a cell', () => {
  it.each([
    ['=HYPERLINK("https://evil.example";"look")', `"'=HYPERLINK(""https://evil.example"";""look"")"`],
    ['+1', `'+1`],
    ['-2+3', `'-2+3`],
    ['@SUM(A1)', `'@SUM(A1)`],
    ['\t=1', `'\t=1`],
    ['\r=1', `"'\r=1"`],
    ['\n=1', `"'\n=1"`],
    ['＝1', `'＝1`],
    ['a,b', '"a,b"'],
    ['say "so"', '"say ""so"""'],
    ['two\nlines', '"two\nlines"'],
    ['C#', 'C#'],
    [['=a', 'b'], `'=a b`],
    [-5, '-5'],
    [0, '0'],
    [false, 'false'],
    [null, ''],
    [undefined, ''],
  ])('%j', (value, expected) => {
    expect(cell(value)).toBe(expected);
  });
});

it('has a column for each value, by its path', () => {
  const of = (schema: z.ZodType) => columnsOf(z.toJSONSchema(schema));
  expect(of(RepositoryRow)).toEqual(
    expect.arrayContaining(['repo', 'language', 'change.previous.stars', 'change.d30.openPRs']),
  );
  expect(of(OrganisationPoint)).toEqual(
    expect.arrayContaining(['runId', 'at', 'totals.repositories', 'totals.mergedPRs']),
  );
  expect(of(EventItem)).toEqual(['runId', 'at', 'kind', 'total', 'names']);
});

it('is written to its end, a line per row, however many pieces that takes', async () => {
  const rows = Array.from({ length: 5000 }, (_, i) => ({
    name: `repository ${i}`,
    of: { stars: i || null },
  }));
  const lines = (await textOf(csv(streamOf(rows), ['name', 'of.stars', 'not.there']))).split('\r\n');
  expect(lines.slice(0, 3)).toEqual(['name,of.stars,not.there', 'repository 0,,', 'repository 1,1,']);
  expect(lines.slice(-2)).toEqual(['repository 4999,4999,', '']);
  expect(lines).toHaveLength(5002);
  const json = (await textOf(ndjson(streamOf(rows)))).trimEnd().split('\n');
  expect(json.map((line) => JSON.parse(line) as unknown)).toEqual(rows);
});

it('is what was asked for by name, else by Accept', () => {
  expect(formatOf('csv', null)).toBe('csv');
  expect(formatOf('xml', 'text/csv')).toBeUndefined();
  expect(formatOf(undefined, 'text/csv, */*;q=0.1')).toBe('csv');
  expect(formatOf(undefined, 'application/x-ndjson')).toBe('ndjson');
  expect(formatOf(undefined, '*/*')).toBe('json');
});
