import { describe, expect, it } from 'vitest';
import { OnlyRising } from './only-rising.ts';
import { rowWith, times } from './quality.fixture.ts';

function found(...rows: Parameters<typeof rowWith>[]) {
  const check = new OnlyRising();
  for (const row of times(8, (i) => rowWith(`o/${i}`))) check.row(row);
  for (const given of rows) check.row(rowWith(...given));
  return check.finding();
}

describe('numbers that may only rise', () => {
  it('are merged pull requests, and those in all states together', () => {
    const merged = { previous: { mergedPRs: -60, closedPRs: 60 } };
    expect(found(['o/merged', merged], ['o/all', { previous: { closedPRs: -20 } }])).toEqual({
      measured: 0.2,
      said: 'pull requests fell in 2 of 10 repositories (20 %)',
      examples: [
        { what: 'o/merged', said: 'had merged pull requests 658, now 598' },
        { what: 'o/all', said: 'had pull requests 781, now 761' },
      ],
      isOne: false,
    });
  });

  it('do not fall when pull requests are closed, opened again or merged', () => {
    const moves = [
      { openPRs: -100, closedPRs: 100 },
      { openPRs: 50, closedPRs: -50 },
      { openPRs: -90, mergedPRs: 90 },
    ];
    expect(found(...moves.map((previous) => ['o/a', { previous }] as [string, object]))).toMatchObject({
      measured: 0,
    });
  });

  it('may lose a few with the account of a spammer', () => {
    expect(found(['o/a', { previous: { mergedPRs: -3 } }])).toMatchObject({ measured: 0 });
    expect(found(['o/a', { previous: { mergedPRs: -4 }, now: { mergedPRs: 900 } }])).toMatchObject({
      measured: 0,
    });
  });

  it('are skipped where no repository was there before', () => {
    const check = new OnlyRising();
    check.row(rowWith('o/new', { previous: null }));
    expect(check.finding()).toHaveProperty('skipped');
  });
});
