/** Answers of GitHub for tests of the fetcher: one repository as the query selects it. */

const count = (totalCount: unknown) => ({ totalCount });

/** The entry of octokit/octokit.rb in the sample of the first generation, under another name. */
export const repository = (nameWithOwner: string, more: Record<string, unknown> = {}) => ({
  id: `R_${nameWithOwner.split('/')[1]}`,
  nameWithOwner,
  isArchived: false,
  isTemplate: false,
  isFork: false,
  visibility: 'PUBLIC',
  createdAt: '2009-12-10T21:41:49Z',
  updatedAt: '2021-01-19T20:44:18Z',
  pushedAt: '2021-01-13T12:00:00Z',
  stargazerCount: 3378,
  forkCount: 1034,
  diskUsage: 8402,
  primaryLanguage: { name: 'Ruby' },
  licenseInfo: { spdxId: 'MIT' },
  openIssues: count(46),
  closedIssues: count(455),
  openPRs: count(13),
  closedPRs: count(150),
  mergedPRs: count(598),
  ...more,
});
