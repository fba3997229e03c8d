import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RepoStats, Selection, Source } from './documents.ts';
import { WriteStats } from './messages.ts';

const golden = WriteStats.parse(
  JSON.parse(readFileSync(new URL('golden/WriteStats.json', import.meta.url), 'utf8')),
).stats[0]!.document;
const problems = (change: Record<string, unknown>): string[] => {
  const read = RepoStats.safeParse({ ...golden, ...change });
  return read.success ? [] : read.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
};

describe('the statistics of a repository', () => {
  it('keep the names of the first generation', () => {
    const first = {
      id: 'octokit.octokit.rb.1611127298',
      repo: 'octokit/octokit.rb',
      isArchived: false,
      isTemplate: false,
      repoUpdatedAt: '2021-01-19T20:44:18Z',
      openIssues: 46,
      closedIssues: 455,
      totalIssues: 501,
      openPRs: 13,
      closedPRs: 150,
      mergedPRs: 598,
      totalPRs: 761,
      stars: 3378,
    };
    expect(golden).toMatchObject(first);
    expect(problems(first)).toEqual([]);
  });

  const counts = [
    'openIssues',
    'closedIssues',
    'totalIssues',
    'openPRs',
    'closedPRs',
    'mergedPRs',
    'totalPRs',
    'stars',
    'forks',
  ];
  it.each(counts)('refuse a %s that is null, missing, negative, a fraction or a text', (name) => {
    const wrong = [null, undefined, -1, 0.5, '3', Number.NaN];
    const accepted = wrong.filter(
      (value) => !problems({ [name]: value }).some((p) => p.startsWith(`${name}: `)),
    );
    expect(accepted).toEqual([]);
  });

  it('take null only where GitHub says nothing for good reason', () => {
    const nullable = Object.keys(golden).filter((key) => problems({ [key]: null }).length === 0);
    expect(nullable.sort()).toEqual(['diskUsage', 'language', 'licence', 'pushedAt']);
  });

  it('refuse numbers that do not add up', () => {
    expect(problems({ totalIssues: 500 })).toEqual(['totalIssues: is not the sum of open and closed']);
    expect(problems({ totalPRs: 501 })).toEqual(['totalPRs: is not the sum of open, closed and merged']);
  });

  it('hold nothing that they do not know, and no times that are none', () => {
    expect(RepoStats.parse({ ...golden, watchers: 3 })).toEqual(golden);
    expect(problems({ collectedAt: 'yesterday' })).toHaveLength(1);
    expect(problems({ pushedAt: `2021-01-19T20:44:18.${'0'.repeat(40)}Z` })).toHaveLength(1);
  });
});

describe('a selection', () => {
  it('holds owners and repositories and nothing else', () => {
    const selection = {
      owners: [{ owner: 'microsoft', exclude: ['maro'], individual: [] }],
      repositories: ['octokit/octokit.rb'],
    };
    expect(Selection.parse(selection)).toEqual(selection);
    expect(Selection.safeParse({ ...selection, more: 1 }).success).toBe(false);
  });

  it('may filter an owner, and its source keeps the filter', () => {
    const owner = { owner: 'microsoft', exclude: [], individual: [], filter: { archived: false } };
    expect(Selection.safeParse({ owners: [owner], repositories: [] }).success).toBe(true);
    const what = { kind: 'owner', ...owner };
    const source = { id: 's', runId: '1', type: 'source', sourceId: 's00001', what, failedCount: 0 };
    expect(Source.parse(source)).toEqual(source);
    const unknown = { ...owner, filter: { stars: 3 } };
    expect(Selection.safeParse({ owners: [unknown], repositories: [] }).success).toBe(false);
  });
});
