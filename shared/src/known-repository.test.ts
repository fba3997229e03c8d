import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownRepository, knownRepositoryId, mergeSight, nameAt, type Sight } from './known-repository.ts';

const repoId = 'R_1';
const seen = (runId: string, repo = 'o/a', isArchived = false): Sight => ({
  runId,
  repoId,
  repo,
  isArchived,
});
const gone = (runId: string): Sight => ({ runId, repoId, gone: true });
function after(...sights: Sight[]): KnownRepository {
  let record: KnownRepository | undefined;
  for (const sight of sights) record = mergeSight(record, sight) ?? record;
  return record!;
}

describe('the record of a repository', () => {
  it('keeps names, archiving and going with the run that first saw them', () => {
    const record = after(
      seen('100'),
      seen('200', 'o/b'),
      seen('300', 'o/b', true),
      gone('400'),
      seen('500', 'o/b', true),
    );
    expect(KnownRepository.parse(record)).toEqual({
      id: repoId,
      repoId,
      firstRunId: '100',
      names: [
        { is: 'o/a', runId: '100' },
        { is: 'o/b', runId: '200' },
      ],
      archived: [
        { is: false, runId: '100' },
        { is: true, runId: '300' },
      ],
      present: [
        { is: true, runId: '100' },
        { is: false, runId: '400' },
        { is: true, runId: '500' },
      ],
    });
  });

  it('says nothing new when it is seen as it was', () => {
    const record = after(seen('100'));
    for (const sight of [seen('100'), seen('200')]) expect(mergeSight(record, sight)).toBeUndefined();
    const fromStore = { ...record, _etag: '"1"', _ts: 1 } as KnownRepository;
    expect(mergeSight(fromStore, seen('300'))).toBeUndefined();
  });

  it('is the same when it is told as gone before it is told as seen', () => {
    expect(after(gone('200'), seen('100'))).toEqual(after(seen('100'), gone('200')));
  });

  it('is changed by an older run only in what was not known of that time', () => {
    const record = after(seen('200', 'o/b'), seen('100', 'o/a'));
    expect(record.firstRunId).toBe('100');
    expect(nameAt(record, '150')).toBe('o/a');
    expect(nameAt(record, '900')).toBe('o/b');
    expect(nameAt(record, '50')).toBe('o/a');
  });

  const anySight = fc.record({
    runId: fc.integer({ min: 10, max: 30 }).map(String),
    repo: fc.constantFrom('o/a', 'o/b'),
    isArchived: fc.boolean(),
  });
  const byRun = (a: { runId: string }, b: { runId: string }) => Number(a.runId) - Number(b.runId);

  it('ends with what the newest run saw, and says of every run what that saw', () => {
    const sights = fc.uniqueArray(anySight, { selector: (s) => s.runId, minLength: 1 });
    fc.assert(
      fc.property(sights, (all) => {
        const record = after(...all.toSorted(byRun).map((s) => ({ ...s, repoId })));
        for (const { runId, repo } of all) expect(nameAt(record, runId)).toBe(repo);
        expect(record.archived.at(-1)?.is).toBe(all.toSorted(byRun).at(-1)?.isArchived);
      }),
    );
  });

  it('is not turned back by a run before its last turn that is collected again', () => {
    const sights = fc.uniqueArray(anySight, { selector: (s) => s.runId, minLength: 2 });
    fc.assert(
      fc.property(sights, anySight, (all, late) => {
        const record = after(...all.toSorted(byRun).map((s) => ({ ...s, repoId })));
        const { is, runId } = record.names.at(-1)!;
        fc.pre(Number(late.runId) < Number(runId));
        expect(
          after(...all.toSorted(byRun).map((s) => ({ ...s, repoId })), { ...late, repoId }).names.at(-1)?.is,
        ).toBe(is);
      }),
    );
  });

  it('stays small, however often a repository turns', () => {
    const record = after(
      ...Array.from({ length: 300 }, (_, i) => seen(String(1000 + i), i % 2 ? 'o/a' : 'o/b')),
    );
    expect(record.names).toHaveLength(50);
    expect(record.names[0]?.runId).toBe('1000');
    expect(record.names.at(-1)?.runId).toBe('1299');
  });

  it('has an id that Cosmos DB takes', () => {
    expect(knownRepositoryId('MDEwOlJlcG9zaXRvcnkyMTU2NTQ=')).toBe('MDEwOlJlcG9zaXRvcnkyMTU2NTQ=');
    expect(knownRepositoryId('a/b')).not.toContain('/');
  });
});
