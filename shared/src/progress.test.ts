import { describe, expect, it } from 'vitest';
import type { Run } from './documents.ts';
import { isComplete, settledOf, type Progress } from './progress.ts';
import { runOf } from './run.fixture.ts';

const run = runOf({ sourcesTotal: 3 });
const done: Progress = {
  sourcesResolved: 2,
  failedSources: 1,
  planned: 10,
  created: 7,
  failed: 2,
  duplicate: 1,
  pending: 0,
  reopened: 0,
  sourcesReopened: 0,
};

describe('a run is complete', () => {
  it('when every source is resolved or has failed, and every planned name is settled', () => {
    expect(isComplete(run, done)).toBe(true);
    expect(settledOf(done)).toBe(10);
  });

  it('though nothing was planned, when all sources failed', () => {
    const nothing = {
      ...done,
      sourcesResolved: 0,
      failedSources: 3,
      planned: 0,
      created: 0,
      failed: 0,
      duplicate: 0,
    };
    expect(isComplete(run, nothing)).toBe(true);
  });

  it('also when it had been called stalled', () => {
    expect(isComplete({ ...run, status: 'stalled' }, done)).toBe(true);
  });

  it.each<[string, Partial<Run>, Partial<Progress>]>([
    ['while its sources are being written', { status: 'starting' }, {}],
    ['while a source is not resolved', {}, { sourcesResolved: 1 }],
    ['while a planned name has no entry', {}, { created: 6 }],
    ['while a name is pending', {}, { pending: 1, created: 6 }],
    ['while a name is pending, though as many are settled as planned', {}, { pending: 1 }],
    ['a second time for the same end', { status: 'completed', revision: 1 }, {}],
    ['a second time for the same rerun', { status: 'completed', revision: 2, reopened: 1 }, { reopened: 1 }],
  ])('not %s', (_when, runChange, change) => {
    expect(isComplete({ ...run, ...runChange }, { ...done, ...change })).toBe(false);
  });

  it('once more after names were marked pending again and settled', () => {
    expect(isComplete({ ...run, status: 'running', revision: 1 }, { ...done, reopened: 1 })).toBe(true);
  });
});
