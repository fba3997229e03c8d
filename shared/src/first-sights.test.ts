import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RepoStats } from './documents.ts';
import { FirstSights, firstSightsId, isFirstSight, mergeFirstSights, sightIn } from './first-sights.ts';
import { WriteStats } from './messages.ts';

const golden = new URL('./golden/WriteStats.json', import.meta.url);
const SAMPLE = WriteStats.parse(JSON.parse(readFileSync(golden, 'utf8'))).stats[0]!.document;
const document = (repo: string, more: Partial<RepoStats> = {}): RepoStats => ({
  ...SAMPLE,
  repo,
  repoId: `R_${repo.slice(2)}`,
  ...more,
});
const batch = { runId: '100', batchId: 'b-s00001-00001-1' };

describe('first sights of a batch', () => {
  it('say of each repository what it was then', () => {
    const sights = mergeFirstSights(undefined, batch, [
      document('o/a'),
      document('o/b', { isArchived: true }),
    ])!;
    expect(FirstSights.parse(sights)).toMatchObject({
      id: firstSightsId('100', batch.batchId),
      runId: '100',
    });
    expect(sightIn(sights, 'R_b')).toEqual({ runId: '100', repoId: 'R_b', repo: 'o/b', isArchived: true });
    expect(sightIn(sights, 'R_c')).toBeUndefined();
  });

  it('stay as they are when the message comes again, and take in what else comes', () => {
    const first = mergeFirstSights(undefined, batch, [document('o/a')])!;
    expect(mergeFirstSights(first, batch, [document('o/a', { isArchived: true })])).toBeUndefined();
    const both = mergeFirstSights(first, batch, [document('o/b'), document('o/a')])!;
    expect(both.repos).toEqual(['o/a', 'o/b']);
    expect(mergeFirstSights(undefined, batch, [])).toBeUndefined();
  });
});

describe('a first sight', () => {
  const nothing = { previous: null, d7: null, d30: null };
  const some = { stars: 0, forks: 0, openIssues: 0, openPRs: 0 };
  it.each([
    ['is one that no run has which it was compared with', { change: nothing }, true],
    ['is none when a run has it', { change: { ...nothing, d30: some } }, false],
    ['is none when it had another name', { change: nothing, previousName: 'o/old' }, false],
    ['is none when nothing was compared', {}, false],
  ])('%s', (_, more, is) => {
    expect(isFirstSight(document('o/a', more))).toBe(is);
  });
});
