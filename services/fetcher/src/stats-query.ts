/** The queries for the statistics of repositories: five counts and scalars each, totals are derived. */
import { QUERY_NAMES } from '@github-repo-stats/shared/github/query-names';
import type { RepoRef } from '@github-repo-stats/shared/messages';

const FACTS = `id nameWithOwner isArchived isTemplate isFork visibility createdAt updatedAt pushedAt
  stargazerCount forkCount diskUsage primaryLanguage { name } licenseInfo { spdxId }`;
const ISSUES = `openIssues: issues(states: OPEN) { totalCount }
  closedIssues: issues(states: CLOSED) { totalCount }`;
const PULL_REQUESTS = `openPRs: pullRequests(states: OPEN) { totalCount }
  closedPRs: pullRequests(states: CLOSED) { totalCount }
  mergedPRs: pullRequests(states: MERGED) { totalCount }`;

/** What can be asked for by itself when everything at once takes GitHub too long. */
const FIELD_GROUPS = { Facts: FACTS, Issues: ISSUES, PullRequests: PULL_REQUESTS };
export type FieldGroup = keyof typeof FIELD_GROUPS;
export const fieldGroups = Object.keys(FIELD_GROUPS) as FieldGroup[];

/**
 * stargazers{totalCount} is forbidden for repositories of others since July 2026; stargazerCount is a scalar.
 * @param group undefined for all of them.
 */
const fragment = (group: FieldGroup | undefined): string =>
  `fragment Stats on Repository {\n  ${group ? FIELD_GROUPS[group] : Object.values(FIELD_GROUPS).join('\n  ')}\n}`;

/** With $dryRun, GitHub says what the query would cost, and does nothing else. */
const RATE_LIMIT = 'rateLimit(dryRun: $dryRun) { cost nodeCount }';

const byId = (name: string, group: FieldGroup | undefined): string =>
  `query ${name}($ids: [ID!]!, $dryRun: Boolean = false) {
  ${RATE_LIMIT}
  nodes(ids: $ids) { ... on Repository { ...Stats } }
}
${fragment(group)}`;

const BY_ID = byId(QUERY_NAMES.byId, undefined);

export interface StatsQuery {
  /** As the operation is called: the shape of the query. */
  name: string;
  query: string;
  variables: Record<string, unknown>;
  /** Where in the answer the i-th repository stands. */
  pathOf(i: number): readonly (string | number)[];
}

/**
 * By node ids where all are known: constant text, and proof against renames. Else by names, each as an alias with
 * variables, never spliced text.
 * @param group some of the fields; all of them when left out.
 */
export function statsQuery(repos: readonly RepoRef[], group?: FieldGroup): StatsQuery {
  const ids = repos.flatMap((r) => r.id ?? []);
  if (ids.length === repos.length) {
    const name = `${QUERY_NAMES.byId}${group ?? ''}`;
    const query = group ? byId(name, group) : BY_ID;
    return { name, query, variables: { ids }, pathOf: (i) => ['nodes', i] };
  }
  const variables: Record<string, string> = {};
  const declared = ['$dryRun: Boolean = false'];
  const aliases = repos.map(({ nameWithOwner }, i) => {
    const [owner = '', name = ''] = nameWithOwner.split('/');
    variables[`o${i}`] = owner;
    variables[`n${i}`] = name;
    declared.push(`$o${i}: String!, $n${i}: String!`);
    return `r${i}: repository(owner: $o${i}, name: $n${i}) { ...Stats }`;
  });
  const name = `${QUERY_NAMES.byName}${group ?? ''}`;
  const query = `query ${name}(${declared.join(', ')}) {\n  ${RATE_LIMIT}\n  ${aliases.join('\n  ')}\n}\n${fragment(group)}`;
  return { name, query, variables, pathOf: (i) => [`r${i}`] };
}
