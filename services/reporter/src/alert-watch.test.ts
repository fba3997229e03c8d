import { DEFAULT_ALERT_RULES, type NumberRule } from '@github-repo-stats/shared/alert-rules';
import { rowOf, type Row } from '@github-repo-stats/shared/rows';
import { runOf } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { AlertWatch, breaks } from './alert-watch.ts';
import { documentOf } from './rows.fixture.ts';

const rule = (metric: NumberRule['metric'], percent: number, amount: number): NumberRule => ({
  metric,
  percent,
  amount,
  days: 7,
});
const row = (stars: number, by: number | null, more: Partial<Row> = {}): Row => ({
  ...rowOf(documentOf('o/a')),
  stars,
  change: { previous: null, d7: { stars: by, forks: 0, openIssues: 0, openPRs: 0 }, d30: null },
  ...more,
});

describe('a rule about a number', () => {
  it.each([
    // Now, by how much in 7 days, and whether +5 % and +50 is broken.
    [1050, 50, true],
    [1051, 50, false],
    [1049, 49, false],
    [100, 50, true],
    [50, 50, true],
    [49, 49, false],
    [500, -500, false],
  ])('needs so many percent and so much: %i after a change of %i', (stars, by, broken) => {
    expect(breaks(rule('stars', 5, 50), row(stars, by))).toBe(broken);
  });

  it.each([
    // Now, by how much in 7 days, and whether -1 % and -20 is broken.
    [1980, -20, true],
    [1981, -20, false],
    [1979, -19, false],
    [0, -20, true],
    [0, -19, false],
    [20, 20, false],
  ])('about a fall needs both as well: %i after a change of %i', (stars, by, broken) => {
    expect(breaks(rule('stars', -1, -20), row(stars, by))).toBe(broken);
  });

  it('says nothing without anything to compare with', () => {
    expect(breaks(rule('stars', 5, 50), row(1050, null))).toBeUndefined();
    const none = { change: { previous: null, d7: null, d30: null } };
    expect(breaks(rule('stars', 5, 50), row(1050, 0, none))).toBeUndefined();
    expect(breaks({ ...rule('stars', 5, 50), days: 30 }, row(1050, 50))).toBeUndefined();
  });
});

describe('watching a run', () => {
  const found = (watch: AlertWatch) =>
    [...watch.findings].flatMap(([about, byRule]) => [...byRule.values()].map((f) => [about, f.kind]));

  it('finds numbers and turns of repositories, and holds nothing of those that keep the rules', () => {
    const watch = new AlertWatch(runOf(), DEFAULT_ALERT_RULES, {});
    watch.row(row(1050, 50, { repoId: 'A' }));
    watch.row(row(1050, 1, { repoId: 'B', turned: ['archived', 'hidden'] }));
    watch.row(row(1050, 1, { repoId: 'C', turned: ['unarchived', 'published'] }));
    expect(found(watch)).toEqual([
      ['A', 'number'],
      ['B', 'archived'],
      ['B', 'hidden'],
    ]);
  });

  it('tells a transfer from a rename by the owner, whatever the case of its name', () => {
    const watch = new AlertWatch(runOf(), DEFAULT_ALERT_RULES, {});
    const renamed = [
      { from: 'O/a', to: 'o/b' },
      { from: 'o/c', to: 'p/c' },
    ];
    watch.whole(runOf({ renamed }), { goneRepositories: [], lostAccess: [] });
    expect(found(watch)).toEqual([
      ['name o/b', 'renamed'],
      ['name p/c', 'transferred'],
    ]);
  });

  it('tells access that was lost once per owner', () => {
    const watch = new AlertWatch(runOf(), DEFAULT_ALERT_RULES, {});
    const goneRepositories = [{ repoId: 'A', repo: 'o/a' }];
    watch.whole(runOf(), { goneRepositories, lostAccess: [{ owner: 'big', gone: 500, of: 900 }] });
    expect([...watch.findings.values()].flatMap((byRule) => [...byRule.values()])).toEqual([
      { kind: 'gone', repo: 'o/a' },
      { kind: 'lostAccess', owner: 'big', gone: 500, of: 900 },
    ]);
  });

  it('tells nothing that no rule asks for', () => {
    const watch = new AlertWatch(runOf(), [rule('stars', 5, 50)], {});
    watch.row(row(1050, 1, { turned: ['archived', 'hidden'] }));
    watch.whole(runOf({ renamed: [{ from: 'o/a', to: 'o/b' }] }), {
      goneRepositories: [{ repoId: 'A', repo: 'o/a' }],
      lostAccess: [{ owner: 'big', gone: 500, of: 900 }],
    });
    expect(found(watch)).toEqual([]);
  });
});
