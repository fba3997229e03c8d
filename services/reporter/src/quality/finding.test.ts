import { describe, expect, it } from 'vitest';
import { Examples, held } from './finding.ts';

const limits = { warn: 0.1, fail: 0.5 };
const measuredAt = (measured: number, isOne = false) =>
  held({ measured, said: 'so', examples: [], isOne }, limits);

describe('what a check measured', () => {
  it.each([
    [0.1, 'passed'],
    [0.11, 'warned'],
    [0.5, 'warned'],
    [0.51, 'failed'],
  ] as const)('of %s %s: a limit itself is within it', (measured, state) => {
    expect(measuredAt(measured)).toEqual({ ...limits, state, measured, said: 'so', examples: [] });
  });

  it('never fails a run for one repository', () => {
    expect(measuredAt(1, true)).toMatchObject({ state: 'warned', measured: 1 });
  });

  it('is warned of, however little it is, where it is to be told', () => {
    const finding = { measured: 0, said: 'so', examples: [], isTold: true };
    expect(held(finding, limits)).toMatchObject({ state: 'warned', measured: 0 });
  });

  it('is nothing when there was nothing to compare with', () => {
    expect(held({ skipped: 'why' }, limits)).toEqual({
      ...limits,
      state: 'skipped',
      measured: null,
      said: 'why',
      examples: [],
    });
  });

  it('names the ten greatest, and counts them all', () => {
    const examples = new Examples();
    for (let i = 0; i < 30; i++) examples.add(`o/${i}`, i, `by ${i}`);
    expect(examples.total).toBe(30);
    expect(examples.list()).toHaveLength(10);
    expect(examples.list()[0]).toEqual({ what: 'o/29', said: 'by 29' });
  });
});
