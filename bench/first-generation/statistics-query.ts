/** The first generation's question about a batch: an alias per repository, names as literals, eight counts each; and the document it made of an answer. */

export const REPOSITORIES_PER_CALL = 65;

const FIELDS = `nameWithOwner isArchived isTemplate updatedAt
  totalIssues: issues { totalCount }
  openIssues: issues(states: OPEN) { totalCount }
  closedIssues: issues(states: CLOSED) { totalCount }
  totalPRs: issues { totalCount }
  openPRs: pullRequests(states: OPEN) { totalCount }
  closedPRs: pullRequests(states: CLOSED) { totalCount }
  mergedPRs: pullRequests(states: MERGED) { totalCount }
  stars: stargazers { totalCount }`;

interface Count {
  totalCount: number;
}
interface Answered {
  nameWithOwner: string;
  isArchived: boolean;
  isTemplate: boolean;
  updatedAt: string;
  totalIssues: Count;
  openIssues: Count;
  closedIssues: Count;
  totalPRs: Count;
  openPRs: Count;
  closedPRs: Count;
  mergedPRs: Count;
  stars: Count;
}
export type Answer = Record<string, Answered>;

export type Document = ReturnType<typeof documentOf>;

export function queryText(names: readonly string[]): string {
  const aliases = names.map((nameWithOwner, i) => {
    const [owner, name] = nameWithOwner.split('/');
    return `r${i}: repository(owner: ${JSON.stringify(owner)}, name: ${JSON.stringify(name)}) {\n  ${FIELDS}\n}`;
  });
  return `{\n${aliases.join('\n')}\n}`;
}

/** Fixed batches in the order of the list, the last one smaller. */
export const queryTexts = (names: readonly string[]): string[] =>
  Array.from({ length: Math.ceil(names.length / REPOSITORIES_PER_CALL) }, (_, i) =>
    queryText(names.slice(i * REPOSITORIES_PER_CALL, (i + 1) * REPOSITORIES_PER_CALL)),
  );

/** 13 properties. */
const documentOf = (r: Answered, runId: string) => ({
  id: `${r.nameWithOwner.replace('/', '.')}.${runId}`,
  repo: r.nameWithOwner,
  isArchived: r.isArchived,
  isTemplate: r.isTemplate,
  repoUpdatedAt: r.updatedAt,
  openIssues: r.openIssues.totalCount,
  closedIssues: r.closedIssues.totalCount,
  totalIssues: r.totalIssues.totalCount,
  openPRs: r.openPRs.totalCount,
  closedPRs: r.closedPRs.totalCount,
  mergedPRs: r.mergedPRs.totalCount,
  totalPRs: r.totalPRs.totalCount,
  stars: r.stars.totalCount,
});

export const documentsOf = (answer: Answer, runId: string): Document[] =>
  Object.values(answer).map((repository) => documentOf(repository, runId));
