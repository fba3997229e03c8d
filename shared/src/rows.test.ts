import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RepoStats } from './documents.ts';
import { mergeRows, rowOf, Rows, rowsIn, secondsLeft, type Row } from './rows.ts';
import { TURNS } from './trend.ts';

const golden = JSON.parse(readFileSync(new URL('golden/WriteStats.json', import.meta.url), 'utf8')) as {
  stats: { document: unknown }[];
};
const SAMPLE = RepoStats.parse(golden.stats[0]!.document);
const BATCH = { runId: '1611127298', batchId: 'b-s00001-00001-1' };
const change = { previous: { stars: 1, forks: 0, openIssues: -2, openPRs: 0 }, d7: null, d30: null };

const count = fc.nat(1_000_000);
const difference = fc.option(fc.integer({ min: -1000, max: 1000 }), { nil: null });
const metrics = fc.record({
  stars: fc.integer(),
  forks: difference,
  openIssues: difference,
  openPRs: difference,
});
const since = fc.option(metrics, { nil: null });
const done = fc.record({ closedIssues: fc.integer(), closedPRs: fc.integer(), mergedPRs: fc.integer() });
const anyRow: fc.Arbitrary<Row> = fc
  .record({
    repo: fc.stringMatching(/^o\/[a-z]{1,9}$/),
    repoId: fc.stringMatching(/^R_[a-c]$/),
    stars: count,
    forks: count,
    openIssues: count,
    closedIssues: count,
    openPRs: count,
    closedPRs: count,
    mergedPRs: count,
    isArchived: fc.boolean(),
    isTemplate: fc.boolean(),
    isFork: fc.boolean(),
    visibility: fc.constantFrom('PUBLIC', 'PRIVATE'),
    language: fc.option(fc.string(), { nil: null }),
    createdAt: count,
    pushedAt: fc.option(count, { nil: null }),
    collectedAt: fc.nat(5),
    change: fc.record({ previous: since, d7: since, d30: since }),
    done,
    turned: fc.subarray([...TURNS]),
  })
  // Of a repository without a run before, nothing is known of what was done since.
  .map((row) => ({ ...row, done: row.change.previous ? row.done : null }));
const byId = (rows: Iterable<Row>): Row[] => [...rows].toSorted((a, b) => (a.repoId < b.repoId ? -1 : 1));

describe('rows', () => {
  it('hold what a document says, times in epoch seconds', () => {
    expect(rowOf({ ...SAMPLE, change })).toMatchObject({
      repo: 'octokit/octokit.rb',
      stars: 3378,
      mergedPRs: 598,
      isArchived: false,
      pushedAt: 1611089054,
      collectedAt: 1611127298,
      change,
    });
    expect(rowOf(SAMPLE)).toMatchObject({ change: { previous: null, d7: null, d30: null }, done: null });
    expect(rowOf({ ...SAMPLE, change, done: { mergedPRs: 2 } }).done).toEqual({
      closedIssues: 0,
      closedPRs: 0,
      mergedPRs: 2,
    });
  });

  it('come out of their columns as they went in, whatever they are', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyRow, { selector: (r) => r.repoId, minLength: 1 }), (rows) => {
        const document = mergeRows(undefined, BATCH, rows, 60)!;
        expect(Rows.parse(document)).toEqual(document);
        expect([...rowsIn(JSON.parse(JSON.stringify(document)) as Rows)]).toEqual(rows);
      }),
    );
  });

  it('end the same in whatever order and however often the parts come, the later collected one standing', () => {
    const parts = fc.array(fc.array(anyRow, { maxLength: 3 }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, (all) => {
        // Of what was collected at the same time there is one truth.
        const known = new Map<string, Row>();
        const truths = all.map((part) =>
          part.map((row) => {
            const key = `${row.repoId} ${row.collectedAt}`;
            if (!known.has(key)) known.set(key, row);
            return known.get(key)!;
          }),
        );
        const merged = (order: Row[][]): Row[] => {
          let document: Rows | undefined;
          for (const part of order) document = mergeRows(document, BATCH, part, 60) ?? document;
          return byId(document ? rowsIn(document) : []);
        };
        const once = merged(truths);
        expect(merged([...truths].reverse())).toEqual(once);
        expect(merged([...truths, ...truths])).toEqual(once);
        for (const row of once)
          expect(row.collectedAt).toBe(
            Math.max(...truths.flat().flatMap((r) => (r.repoId === row.repoId ? r.collectedAt : []))),
          );
      }),
    );
  });

  it('are not written again for nothing', () => {
    const document = mergeRows(undefined, BATCH, [rowOf(SAMPLE)], 60)!;
    expect(mergeRows(document, BATCH, [rowOf(SAMPLE)], 30)).toBeUndefined();
    expect(mergeRows(undefined, BATCH, [], 60)).toBeUndefined();
  });

  it('take at most 210 bytes a repository with three comparisons, so that a batch costs what a few documents do', () => {
    const full = { previous: change.previous, d7: change.previous, d30: change.previous };
    const rows = Array.from({ length: 65 }, (_, i) => ({
      ...rowOf({ ...SAMPLE, change: full, done: { closedIssues: 2, closedPRs: -1, mergedPRs: 30 } }),
      repoId: `R_kgDOABPH${i}`,
    }));
    const document = mergeRows(undefined, BATCH, rows, 60)!;
    expect(JSON.stringify(document).length / rows.length).toBeLessThan(210);
  });

  it('of a run go together, 40 days after it began', () => {
    expect(secondsLeft('1000000000', 1_000_000_000)).toBe(40 * 86_400);
    expect(secondsLeft('1000000000', 1_000_000_000 + 39 * 86_400)).toBe(86_400);
    expect(secondsLeft('1000000000', 1_000_000_000 + 41 * 86_400)).toBeLessThan(1);
  });
});
