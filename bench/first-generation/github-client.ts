/**
 * How the first generation asked GitHub. Its listing was REST; the simulated GitHub speaks GraphQL alone, so the same calls are made
 * there: one for the organisation, and pages of 30 in series.
 */
import type { Answer } from './statistics-query.ts';

const PAGE = 30;

interface Listed {
  organization: {
    repositories: {
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
      nodes: { nameWithOwner: string }[];
    };
  };
}

export interface GithubClient {
  /** Full names. @throws when a call fails: nothing is asked again. */
  list(organisation: string): Promise<string[]>;
  /** Undefined when the reply told of any error; then all of it is thrown away. @throws when the connection breaks. */
  execute(query: string): Promise<Answer | undefined>;
}

export function githubClient(url: string, signal: AbortSignal): GithubClient {
  /** Statuses and bodies that are no answer count as one that tells of errors. */
  async function post<T>(query: string): Promise<T | undefined> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: 'bearer simulated' },
      body: JSON.stringify({ query }),
      signal,
    });
    const text = await response.text();
    if (!response.ok) return undefined;
    try {
      const { data, errors } = JSON.parse(text) as { data?: T; errors?: unknown };
      return errors === undefined ? data : undefined;
    } catch {
      return undefined;
    }
  }

  async function listing(arguments_: string, organisation: string, rows: string) {
    const query = `{ organization(login: ${JSON.stringify(organisation)}) { repositories${arguments_} { ${rows} } } }`;
    const data = await post<Listed>(query);
    if (!data) throw new Error(`The listing of ${organisation} failed`);
    return data.organization.repositories;
  }

  return {
    execute: (query) => post<Answer>(query),
    async list(organisation) {
      await listing('', organisation, 'totalCount');
      const names: string[] = [];
      for (let after: string | null = ''; after !== null;) {
        const { nodes, pageInfo } = await listing(
          `(first: ${PAGE}, after: ${JSON.stringify(after)})`,
          organisation,
          'pageInfo { hasNextPage endCursor } nodes { nameWithOwner }',
        );
        names.push(...nodes.map((node) => node.nameWithOwner));
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      }
      return names;
    },
  };
}
