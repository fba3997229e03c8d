import { runOf } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { completeAgainstPlan } from './complete-against-plan.ts';

const settled = { totalPlanned: 100, totalCreatedCount: 98, totalDuplicateCount: 1, sourcesTotal: 4 };

describe('whether what was planned is stored', () => {
  it('measures what is missing of it, duplicates aside, and names why', () => {
    const failures = { failuresByReason: { saml: 1 }, failedFirst: { saml: ['o/a'] } };
    expect(completeAgainstPlan(runOf({ ...settled, totalFailedCount: 1, ...failures }))).toEqual({
      measured: 1 / 99,
      said: '1 of 99 planned repositories are not stored (1 %)',
      examples: [{ what: 'saml', said: 'o/a' }],
      isOne: true,
      isTold: false,
    });
  });

  it('tells sources that could not be listed, of which nobody knows how many repositories they have', () => {
    const failedSources = [{ source: 'o', reason: 'not-found' as const }];
    expect(completeAgainstPlan(runOf({ ...settled, failedSources }))).toMatchObject({
      measured: 1 / 99,
      examples: [{ what: 'o', said: 'not-found' }],
      isTold: true,
    });
    expect(completeAgainstPlan(runOf({ failedSources }))).toMatchObject({ measured: 1 });
  });

  it('is skipped when nothing was planned', () => {
    expect(completeAgainstPlan(runOf())).toEqual({ skipped: 'nothing was planned' });
  });
});
