import { describe, expect, it } from 'vitest';
import { Outliers } from './outliers.ts';
import { COMPARED, rowWith, times } from './quality.fixture.ts';

const twice = { stars: 1689, forks: 524 };

function check(...rows: ReturnType<typeof rowWith>[]) {
  const outliers = new Outliers(COMPARED);
  for (const row of times(10 - rows.length, (i) => rowWith(`o/${i}`))) outliers.row(row);
  for (const row of rows) outliers.row(row);
  return outliers.finding() as { measured: number; said: string; examples: { what: string; said: string }[] };
}
const share = (...rows: ReturnType<typeof rowWith>[]): number => check(...rows).examples.length / 10;

describe('a repository is an outlier', () => {
  it('when its numbers rise together far beyond what they did', () => {
    const doubled = ['o/doubled', 'o/too'].map((repo) => rowWith(repo, { previous: twice, d7: twice }));
    expect(check(...doubled)).toMatchObject({
      measured: 0.2,
      said: '2 of 10 repositories changed as they never did (20 %)',
      examples: [
        { what: 'o/doubled', said: 'stars 1,689, now 3,378; forks 524, now 1,048' },
        { what: 'o/too' },
      ],
    });
  });

  it('when one number falls', () => {
    expect(share(rowWith('o/fell', { previous: { stars: -3000 } }))).toBe(0.1);
    const issues = { openIssues: -300, closedIssues: -200 };
    expect(share(rowWith('o/lost', { previous: issues }))).toBe(0.1);
  });

  it('not when stars alone rise: that is a post that many read', () => {
    expect(share(rowWith('o/post', { previous: { stars: 1689 } }))).toBe(0);
  });

  it('not when somebody tidies up: issues and pull requests count in all states together', () => {
    const previous = { openIssues: -1000, closedIssues: 1000, openPRs: -500, mergedPRs: 500 };
    expect(share(rowWith('o/tidy', { previous }))).toBe(0);
  });

  it('not when it is only little, or little of what it was', () => {
    const small = { now: { stars: 60, forks: 20 }, previous: { stars: 50, forks: 15 } };
    expect(share(rowWith('o/small', small))).toBe(0);
    expect(share(rowWith('o/large', { previous: { stars: 700, forks: 200 } }))).toBe(0);
  });

  it('not when it did as much in the last days, or always', () => {
    // 1,689 in six hours, and 300 in each six hours of the week before.
    expect(
      share(rowWith('o/rising', { previous: twice, d7: { stars: 1689 + 8100, forks: 524 + 2700 } })),
    ).toBe(0);
    const createdAt = rowWith('o/a').collectedAt - 86_400;
    expect(share(rowWith('o/young', { now: { createdAt }, previous: twice }))).toBe(0);
  });
});

describe('outliers', () => {
  it('are told from two on: one alone has become famous', () => {
    const one = check(rowWith('o/famous', { previous: twice, d7: twice }));
    expect(one).toMatchObject({ measured: 0, examples: [{ what: 'o/famous' }] });
  });

  it('are skipped without a run before', () => {
    const outliers = new Outliers({ ...COMPARED, previous: null });
    outliers.row(rowWith('o/new', { previous: null }));
    expect(outliers.finding()).toHaveProperty('skipped');
  });
});
