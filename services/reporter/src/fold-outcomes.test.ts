import type { OutcomeEntry } from '@github-repo-stats/shared/documents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldOutcomes } from './fold-outcomes.ts';
import { outcomeOf, streamOf } from './reporter.fixture.ts';

const CAP = 256 * 1024;
const entry = (state: OutcomeEntry['state']): OutcomeEntry => ({ state, attempt: 1 });
const fold = (batches: readonly (readonly [string, OutcomeEntry][])[]) =>
  foldOutcomes(streamOf(batches.map((b, i) => outcomeOf(`b${i}`, Object.fromEntries(b)))));
/** Names of a length, all different. */
const names = (n: number, length: number, owner = 'o'): string[] =>
  Array.from({ length: n }, (_, i) => `${owner}/${String(i).padStart(length - owner.length - 1, '0')}`);

describe('folding outcomes', () => {
  it('is all zeros over no outcome', async () => {
    expect(await fold([])).toEqual({
      totalReceived: 0,
      totalProcessed: 0,
      totalCreatedCount: 0,
      totalFailedCount: 0,
      totalDuplicateCount: 0,
      createdList: '',
      failedList: '',
      failuresByReason: {},
      reopened: 0,
      pending: 0,
      costs: { calls: 0, points: 0, seconds: 0, ru: 0 },
    });
  });

  it('sums counts, reasons and costs; duplicates and pending ones are not received', async () => {
    const outcomes = [
      outcomeOf(
        'b1',
        {
          'o/a': entry('created'),
          'o/b': { ...entry('failed'), reason: 'saml' },
          'o/c': { ...entry('failed'), reason: 'saml' },
        },
        { calls: 1, points: 2, seconds: 0.5, ru: 6, reopened: 1 },
      ),
      outcomeOf(
        'b2',
        { 'o/d': entry('duplicate'), 'o/e': entry('pending'), 'o/f': entry('failed') },
        { calls: 1, points: 1, seconds: 1, ru: 0.5, reopened: 2 },
      ),
    ];
    expect(await foldOutcomes(streamOf(outcomes))).toMatchObject({
      totalReceived: 4,
      totalProcessed: 4,
      totalCreatedCount: 1,
      totalFailedCount: 3,
      totalDuplicateCount: 1,
      pending: 1,
      reopened: 3,
      createdList: 'o/a',
      failedList: 'o/b,o/c,o/f',
      failuresByReason: { saml: 2, unknown: 1 },
      failedFirst: { saml: ['o/b', 'o/c'], unknown: ['o/f'] },
      costs: { calls: 2, points: 3, seconds: 1.5, ru: 6.5 },
    });
  });

  it('names the first five that failed for a reason', async () => {
    const folded = await fold([Array.from({ length: 9 }, (_, i) => [`o/r${i}`, entry('failed')])]);
    expect(folded.failedFirst).toEqual({ unknown: ['o/r0', 'o/r1', 'o/r2', 'o/r3', 'o/r4'] });
    expect((await fold([[['o/a', entry('created')]]])).failedFirst).toBeUndefined();
  });

  it('lists a renamed repository by its canonical name, and a failed one by its planned', async () => {
    const folded = await fold([
      [
        ['o/old', { ...entry('created'), as: 'o/new' }],
        ['o/x', { ...entry('failed'), as: 'o/y' }],
      ],
    ]);
    expect(folded).toMatchObject({ createdList: 'o/new', failedList: 'o/x' });
  });

  it('tells each renamed repository and each name taken over, those of created ones alone', async () => {
    const renamed = { ...entry('created'), as: 'o/new', renamedFrom: 'o/old' };
    const taken = { ...entry('created'), tookNameOf: 'R_1', repoId: 'R_2' };
    expect(
      await fold([
        [
          ['o/old', renamed],
          ['o/x', { ...entry('failed'), renamedFrom: 'o/y' }],
        ],
        [['o/a', taken]],
      ]),
    ).toMatchObject({
      renamed: [{ from: 'o/old', to: 'o/new' }],
      renamedTotal: 1,
      takenOver: [{ repo: 'o/a', was: 'R_1', is: 'R_2' }],
      takenOverTotal: 1,
    });
  });

  it('lists five hundred renamed ones and counts them all', async () => {
    const moved = (name: string): [string, OutcomeEntry] => [
      name,
      { ...entry('created'), renamedFrom: `p${name}`, tookNameOf: 'R_1', repoId: 'R_2' },
    ];
    const folded = await fold([names(600, 20).map(moved), names(7, 20, 'q').map(moved)]);
    expect(folded).toMatchObject({ renamedTotal: 607, takenOverTotal: 607 });
    expect([folded.renamed?.length, folded.takenOver?.length]).toEqual([500, 500]);
  });

  it('sums costs by query, and names each refused credential once', async () => {
    const spent = { calls: 1, points: 2, seconds: 0.25 };
    const outcomes = [
      outcomeOf('b1', {}, { queries: { stats: spent }, refusedBy: ['b'] }),
      outcomeOf('b2', {}, {}),
      outcomeOf('b3', {}, { queries: { stats: spent, fields: spent }, refusedBy: ['a', 'b'] }),
    ];
    const { costs, refusedCredentials } = await foldOutcomes(streamOf(outcomes));
    expect(costs.queries).toEqual({ stats: { calls: 2, points: 4, seconds: 0.5 }, fields: spent });
    expect(refusedCredentials).toEqual(['a', 'b']);
  });

  it('says nothing of a cut when everything fits to the byte', async () => {
    // 2,048 names of 127 bytes and 2,047 commas, and one more character.
    const exact = names(2048, 127);
    exact[0] = `${exact[0]}x`;
    const folded = await fold([exact.map((name) => [name, entry('created')])]);
    expect(Buffer.byteLength(folded.createdList)).toBe(CAP);
    expect(folded).not.toHaveProperty('createdListTruncated');
  });

  it('leaves out the whole name that does not fit, and all after it, and says so', async () => {
    const all = names(2048, 127);
    all[0] = `${all[0]}xx`;
    const short = 'o/s';
    const folded = await fold([[...all, short].map((name) => [name, entry('created')])]);
    expect(folded.createdListTruncated).toBe(true);
    expect(folded.createdList.split(',')).toEqual(all.slice(0, -1));
    expect(folded.totalCreatedCount).toBe(2049);
  });

  it('cuts one list without the other', async () => {
    const folded = await fold([
      [['o/bad', entry('failed')]],
      names(3000, 127).map((name) => [name, entry('created')]),
    ]);
    expect(folded).toMatchObject({ createdListTruncated: true, failedList: 'o/bad' });
    expect(folded).not.toHaveProperty('failedListTruncated');
  });

  it('keeps both lists together below their cap, with whole names and right counts, whatever comes', async () => {
    const batch = fc.record({
      n: fc.integer({ min: 1, max: 700 }),
      length: fc.integer({ min: 8, max: 140 }),
      state: fc.constantFrom('created' as const, 'failed' as const),
    });
    const property = fc.asyncProperty(fc.array(batch, { maxLength: 12 }), async (batches) => {
      const lists = { created: [] as string[], failed: [] as string[] };
      const outcomes = batches.map(({ n, length, state }, i) => {
        const own = names(n, length, `o${i}`);
        lists[state].push(...own);
        return own.map((name): [string, OutcomeEntry] => [name, entry(state)]);
      });
      const folded = await fold(outcomes);
      expect(
        Buffer.byteLength(folded.createdList) + Buffer.byteLength(folded.failedList),
      ).toBeLessThanOrEqual(CAP);
      expect([folded.totalCreatedCount, folded.totalFailedCount]).toEqual([
        lists.created.length,
        lists.failed.length,
      ]);
      for (const [text, cut, all] of [
        [folded.createdList, folded.createdListTruncated, lists.created],
        [folded.failedList, folded.failedListTruncated, lists.failed],
      ] as const) {
        const kept = text === '' ? [] : text.split(',');
        expect(kept).toEqual(all.slice(0, kept.length));
        expect(cut ?? false).toBe(kept.length < all.length);
      }
    });
    await fc.assert(property, { numRuns: 25 });
  });
});
