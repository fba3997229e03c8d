/** The query for the statistics of a batch: five counts and scalars per repository, totals are derived. */
import type { RepoRef } from '@github-repo-stats/shared/messages';

/** stargazers{totalCount} is forbidden for repositories of others since July 2026; stargazerCount is a scalar. */
const FIELDS = `fragment Stats on Repository {
  id nameWithOwner isArchived isTemplate isFork visibility createdAt updatedAt pushedAt
  stargazerCount forkCount diskUsage primaryLanguage { name } licenseInfo { spdxId }
  openIssues: issues(states: OPEN) { totalCount }
  closedIssues: issues(states: CLOSED) { totalCount }
  openPRs: pullRequests(states: OPEN) { totalCount }
  closedPRs: pullRequests(states: CLOSED) { totalCount }
  mergedPRs: pullRequests(states: MERGED) { totalCount }
}`;

const BY_ID = `query RepositoriesById($ids: [ID!]!) {
  rateLimit { cost }
  nodes(ids: $ids) { ... on Repository { ...Stats } }
}
${FIELDS}`;

export interface StatsQuery {
  /** As the operation is called. */
  name: string;
  query: string;
  variables: Record<string, unknown>;
  /** Where in the answer the i-th repository stands. */
  pathOf(i: number): readonly (string | number)[];
}

/**
 * By node ids where all are known: constant text, and proof against renames. Else by names, each as an alias with
 * variables, never spliced text.
 */
export function statsQuery(repos: readonly RepoRef[]): StatsQuery {
  const ids = repos.flatMap((r) => r.id ?? []);
  if (ids.length === repos.length)
    return { name: 'RepositoriesById', query: BY_ID, variables: { ids }, pathOf: (i) => ['nodes', i] };
  const variables: Record<string, string> = {};
  const declared: string[] = [];
  const aliases = repos.map(({ nameWithOwner }, i) => {
    const [owner = '', name = ''] = nameWithOwner.split('/');
    variables[`o${i}`] = owner;
    variables[`n${i}`] = name;
    declared.push(`$o${i}: String!, $n${i}: String!`);
    return `r${i}: repository(owner: $o${i}, name: $n${i}) { ...Stats }`;
  });
  const query = `query RepositoriesByName(${declared.join(', ')}) {\n  rateLimit { cost }\n  ${aliases.join('\n  ')}\n}\n${FIELDS}`;
  return { name: 'RepositoriesByName', query, variables, pathOf: (i) => [`r${i}`] };
}
