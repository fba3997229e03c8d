/** Statistics of a repository as a writer stores them, for tests of what is read from them. */
import type { RepoStats } from '@github-repo-stats/shared/documents';
import { statsId } from '@github-repo-stats/shared/ids';
import { RUN_ID } from '@github-repo-stats/shared/run.fixture';

export const documentOf = (repo: string, more: Partial<RepoStats> = {}): RepoStats => ({
  id: statsId(repo, RUN_ID),
  repo,
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
  runId: RUN_ID,
  repoId: `R_${repo}`,
  batchId: 'b-s00001-00001-1',
  attempt: 1,
  collectedAt: '2021-01-20T07:21:38.125Z',
  isFork: false,
  visibility: 'PUBLIC',
  createdAt: '2009-12-10T21:41:49Z',
  pushedAt: '2021-01-19T20:44:14Z',
  forks: 1048,
  diskUsage: 7216,
  language: 'Ruby',
  licence: 'MIT',
  ...more,
});
