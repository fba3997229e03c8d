import { RepoStats } from '@github-repo-stats/shared/documents';
import type { GraphqlError } from '@github-repo-stats/shared/github/reply';
import type { FetchBatch, RepoRef } from '@github-repo-stats/shared/messages';
import { describe, expect, it } from 'vitest';
import { repository } from './answer.fixture.ts';
import { readStats } from './read-stats.ts';
import { statsQuery } from './stats-query.ts';

const at = '2021-01-20T07:21:38.000Z';

function read(repos: RepoRef[], data: Record<string, unknown>, errors: GraphqlError[] = []) {
  const batch: FetchBatch = {
    runId: '1611127298',
    batchId: 'b-s00001-00001-1',
    repos,
    attempt: 2,
    firstAttempt: 1,
    wait: 0,
  };
  const reply = { kind: 'data' as const, data, errors, points: 1, seconds: 1 };
  return readStats(reply, statsQuery(repos), repos, batch, at);
}
const named = (...names: string[]): RepoRef[] => names.map((nameWithOwner) => ({ nameWithOwner }));
const known = (...names: string[]): RepoRef[] => names.map((n) => ({ nameWithOwner: n, id: `R_${n}` }));

describe('reading statistics', () => {
  it('gives the document of the first generation, and more', () => {
    const { stats, failures, again } = read(named('octokit/octokit.rb'), {
      r0: repository('octokit/octokit.rb'),
    });
    expect({ failures, again }).toEqual({ failures: [], again: [] });
    expect(stats).toEqual([
      {
        name: 'octokit/octokit.rb',
        document: {
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
          runId: '1611127298',
          repoId: 'R_octokit.rb',
          batchId: 'b-s00001-00001-1',
          attempt: 2,
          collectedAt: at,
          isFork: false,
          visibility: 'PUBLIC',
          createdAt: '2009-12-10T21:41:49Z',
          pushedAt: '2021-01-13T12:00:00Z',
          forks: 1034,
          diskUsage: 8402,
          language: 'Ruby',
          licence: 'MIT',
        },
      },
    ]);
  });

  it('keeps the planned name beside the canonical one of a renamed repository', () => {
    const { stats } = read(named('o/old'), { r0: repository('o/new') });
    expect(stats).toMatchObject([{ name: 'o/old', document: { repo: 'o/new', id: 'o.new.1611127298' } }]);
  });

  it('takes what a repository need not have as null', () => {
    const none = { pushedAt: null, diskUsage: null, primaryLanguage: null, licenseInfo: null };
    const { stats } = read(named('o/empty'), { r0: repository('o/empty', none) });
    expect(stats[0]?.document).toMatchObject({
      pushedAt: null,
      diskUsage: null,
      language: null,
      licence: null,
    });
  });

  it('takes zeros as zeros', () => {
    const zero = { totalCount: 0 };
    const counts = { openIssues: zero, closedIssues: zero, openPRs: zero, closedPRs: zero, mergedPRs: zero };
    const { stats } = read(named('o/new'), { r0: repository('o/new', { ...counts, stargazerCount: 0 }) });
    expect(stats[0]?.document).toMatchObject({ totalIssues: 0, totalPRs: 0, stars: 0 });
  });

  it('asks again for a null without an error: it says nothing about the repository', () => {
    const { again, failures } = read(named('o/a'), { r0: null });
    expect(failures).toEqual([]);
    expect(again).toEqual([
      {
        repo: { nameWithOwner: 'o/a' },
        failure: { name: 'o/a', reason: 'transport', detail: 'GitHub answered null without an error' },
      },
    ]);
  });

  it('asks again for what is missing from the answer', () => {
    expect(read(named('o/a'), {}).again).toHaveLength(1);
    expect(read(known('o/a'), {}).again).toHaveLength(1);
    expect(read(known('o/a'), { nodes: [] }).again).toHaveLength(1);
  });

  it.each([
    ['not-found', { type: 'NOT_FOUND', message: 'Could not resolve' }],
    ['saml', { type: 'FORBIDDEN', message: 'x', extensions: { saml_failure: true } }],
    ['forbidden', { type: 'FORBIDDEN', message: 'no' }],
    ['ip-allow-list', { type: 'FORBIDDEN', message: 'has an IP allow list enabled' }],
  ])('lets a repository fail for good as %s when the error of its alias says so', (reason, error) => {
    const { failures, again, stats } = read(named('o/a', 'o/b'), { r0: null, r1: repository('o/b') }, [
      { ...error, path: ['r0'] },
    ]);
    expect(failures).toEqual([{ name: 'o/a', reason, detail: error.message }]);
    expect(again).toEqual([]);
    expect(stats.map((s) => s.name)).toEqual(['o/b']);
  });

  it.each([
    ['timeout', { type: 'RESOURCE_LIMITS_EXCEEDED', message: 'Resource limits for this query exceeded.' }],
    ['timeout', { message: 'Something went wrong while executing your query' }],
    ['transport', { type: 'INTERNAL', message: 'who knows' }],
  ])('asks again after %s', (reason, error) => {
    const { again } = read(named('o/a'), { r0: null }, [{ ...error, path: ['r0'] }]);
    expect(again).toMatchObject([{ failure: { reason } }]);
  });

  it('does not trust the rest of a repository one field of which has an error', () => {
    const { stats, again } = read(named('o/a'), { r0: repository('o/a', { closedPRs: null }) }, [
      { type: 'RESOURCE_LIMITS_EXCEEDED', message: 'too much', path: ['r0', 'closedPRs'] },
    ]);
    expect(stats).toEqual([]);
    expect(again).toHaveLength(1);
  });

  it('keeps what came in a partial answer by ids', () => {
    const repos = known('o/a', 'o/b', 'o/c');
    const nodes = [repository('o/a'), null, repository('o/c')];
    const { stats, failures } = read(repos, { nodes }, [
      { type: 'NOT_FOUND', message: 'gone', path: ['nodes', 1] },
    ]);
    expect(stats.map((s) => s.name)).toEqual(['o/a', 'o/c']);
    expect(failures).toMatchObject([{ name: 'o/b', reason: 'not-found' }]);
  });

  it('does not take the error of entry 10 for that of entry 1', () => {
    const repos = known(...Array.from({ length: 11 }, (_, i) => `o/r${i}`));
    const nodes = repos.map((r, i) => (i === 10 ? null : repository(r.nameWithOwner)));
    const { stats, failures } = read(repos, { nodes }, [
      { type: 'NOT_FOUND', message: 'gone', path: ['nodes', 10] },
    ]);
    expect(stats).toHaveLength(10);
    expect(failures).toMatchObject([{ name: 'o/r10' }]);
  });

  it.each([
    ['a count is null', { openIssues: null }, 'openIssues'],
    ['a count is empty', { closedPRs: { totalCount: null } }, 'closedPRs.totalCount'],
    ['a count is negative', { mergedPRs: { totalCount: -1 } }, 'mergedPRs.totalCount'],
    ['a count is a fraction', { openPRs: { totalCount: 1.5 } }, 'openPRs.totalCount'],
    ['stars are missing', { stargazerCount: undefined }, 'stargazerCount'],
    ['stars are null', { stargazerCount: null }, 'stargazerCount'],
    ['a time is none', { updatedAt: 'yesterday' }, 'repoUpdatedAt'],
  ])('refuses a repository when %s, and no other', (_, wrong, path) => {
    const { stats, failures } = read(named('o/bad', 'o/good'), {
      r0: repository('o/bad', wrong),
      r1: repository('o/good'),
    });
    expect(failures).toMatchObject([{ name: 'o/bad', reason: 'invalid-numbers' }]);
    expect(failures[0]?.detail).toContain(path);
    expect(stats.map((s) => s.name)).toEqual(['o/good']);
  });

  it('refuses a node that is no repository', () => {
    expect(read(known('o/a'), { nodes: [{}] }).failures).toMatchObject([{ reason: 'invalid-numbers' }]);
  });

  it('cuts long words of GitHub to what a message may hold', () => {
    const error = { type: 'NOT_FOUND', message: 'x'.repeat(5_000), path: ['r0'] };
    expect(read(named('o/a'), { r0: null }, [error]).failures[0]?.detail).toHaveLength(300);
  });
});

describe('a stats document', () => {
  const { document } = read(named('o/a'), { r0: repository('o/a') }).stats[0]!;

  it.each(['totalIssues', 'totalPRs'] as const)('is refused when %s does not add up', (total) => {
    const result = RepoStats.safeParse({ ...document, [total]: document[total] + 1 });
    expect(result.error?.issues.map((i) => i.path)).toEqual([[total]]);
  });
});
