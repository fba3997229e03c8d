import { DEFAULT_QUALITY_RULES, QUALITY_CHECKS } from '@github-repo-stats/shared/quality-rules';
import { runOf } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { NO_EARLIER } from './quality.fixture.ts';
import { checksIn, Quality, stateOf, type QualityResult } from './quality.ts';
import { QualityWatch } from './quality-watch.ts';

describe('checking a run', () => {
  it('has a result for each check, by name', () => {
    const checks = new QualityWatch(
      runOf({ totalPlanned: 1, totalFailedCount: 1 }),
      DEFAULT_QUALITY_RULES,
    ).checks(undefined, NO_EARLIER);
    expect(Quality.parse({ checks, held: false }).checks).toEqual(checks);
    expect(Object.keys(checks)).toEqual([...QUALITY_CHECKS]);
    expect(checks['complete-against-plan']).toMatchObject({ measured: 1, warn: 0.01, fail: 0.1 });
    expect(checks.outliers).toMatchObject({ state: 'skipped', said: 'there are no rows of this run' });
  });

  it('leaves out what is switched off', () => {
    const rules = { ...DEFAULT_QUALITY_RULES, 'sums-add-up': 'off' } as const;
    const checks = new QualityWatch(runOf(), rules).checks(undefined, NO_EARLIER);
    expect(checks).not.toHaveProperty('sums-add-up');
  });
});

describe('quality', () => {
  const of = (...states: QualityResult['state'][]): Pick<Quality, 'checks'> => {
    const result = { measured: 0, warn: 0, fail: 0, said: '', examples: [] };
    return {
      checks: Object.fromEntries(states.map((state, i) => [QUALITY_CHECKS[i], { ...result, state }])),
    };
  };

  it('is that of the worst check', () => {
    expect(stateOf(of('passed', 'failed', 'warned'))).toBe('failed');
    expect(stateOf(of('passed', 'warned', 'skipped'))).toBe('warned');
    expect(stateOf(of('skipped', 'passed'))).toBe('passed');
    expect(checksIn(of('failed', 'passed', 'failed'), 'failed')).toEqual([
      'complete-against-plan',
      'sums-add-up',
    ]);
  });
});
