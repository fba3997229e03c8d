import { describe, expect, it } from 'vitest';
import { qualitySection, qualityTroubles } from './mail-quality.ts';
import type { Quality, QualityResult } from './quality/quality.ts';

const result = (state: QualityResult['state'], measured: number | null): QualityResult => ({
  state,
  measured,
  warn: 0.1,
  fail: 0.5,
  said: 'what was measured',
  examples: state === 'passed' ? [] : [{ what: 'acme', said: 'had 10, now 4' }],
});
const quality = (checks: Quality['checks'], held = false): Quality => ({ checks, held });

describe('what a mail says of the numbers', () => {
  it('is one line when all passed, which says what could not be compared', () => {
    const passed = quality({ 'sums-add-up': result('passed', 0), outliers: result('skipped', null) });
    expect(qualitySection(passed)).toEqual([
      {
        title: 'Data quality',
        part: {
          kind: 'text',
          text: '1 check of the numbers passed, 1 skipped since there is nothing to compare with.',
        },
      },
    ]);
    expect(qualityTroubles(passed)).toEqual([]);
  });

  it('names what did not pass, the failed first, with examples, and that the event is held back', () => {
    const bad = quality({ outliers: result('failed', 0.6), 'owner-shrank': result('warned', 0.4) }, true);
    const example = 'acme: had 10, now 4';
    expect(qualitySection(bad)).toMatchObject([
      {
        part: {
          kind: 'list',
          total: 3,
          items: [
            { what: 'Event held back' },
            { what: 'outliers: failed with 60 %, more than 50 %', under: ['what was measured.', example] },
            { what: 'owner-shrank: warned with 40 %, more than 10 %' },
          ],
        },
      },
    ]);
    expect(qualityTroubles(bad)).toEqual(['1 check failed', '1 check warned', 'event held back']);
  });

  it('is nothing when nothing was checked', () => {
    expect([qualitySection(undefined), qualityTroubles(undefined)]).toEqual([[], []]);
    expect(qualitySection(quality({ outliers: result('skipped', null) }))).toEqual([]);
  });
});
