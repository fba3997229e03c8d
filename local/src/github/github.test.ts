import { graphql } from '@octokit/graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RepositoryFacts } from './repository-facts.ts';
import { startGithub, type Github } from './server.ts';
import type { TruthRow } from './truth.ts';

let github: Github;
let truth: Map<string, TruthRow>;

beforeAll(async () => {
  github = await startGithub({
    world: {
      seed: 5,
      repositories: 600,
      owners: [{ login: 'Microsoft' }, { login: 'azure' }],
      individual: ['octokit/octokit.rb', 'torvalds/linux'],
      named: ['azure/API'],
    },
  });
  truth = new Map([...github.oracle.truth()].map((row) => [row.repo, row]));
});
afterAll(() => github.close());

interface GraphqlError {
  type?: string;
  path?: (string | number)[];
  message: string;
  locations?: unknown;
  extensions?: unknown;
}
interface Answer {
  status: number;
  headers: Headers;
  text: string;
  data: Record<string, unknown> | null | undefined;
  errors: GraphqlError[] | undefined;
}

async function ask(
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(github.url, {
    method: 'POST',
    headers: { authorization: 'bearer good', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const { data, errors } = JSON.parse(text) as Pick<Answer, 'data' | 'errors'>;
  return { status: response.status, headers: response.headers, text, data, errors };
}

const client = <T>(query: string, variables: object = {}) =>
  graphql<T>(query, {
    ...variables,
    baseUrl: github.url.replace('/graphql', ''),
    headers: { authorization: 'token good' },
  });

const stats = `fragment S on Repository {
  repo: nameWithOwner repoId: id isArchived isTemplate isFork visibility createdAt repoUpdatedAt: updatedAt pushedAt
  openIssues: issues(states: OPEN) { totalCount } closedIssues: issues(states: CLOSED) { totalCount } totalIssues: issues { totalCount }
  openPRs: pullRequests(states: OPEN) { totalCount } closedPRs: pullRequests(states: [CLOSED]) { totalCount }
  mergedPRs: pullRequests(states: MERGED) { totalCount } totalPRs: pullRequests(states: [OPEN, CLOSED, MERGED]) { totalCount }
  stars: stargazerCount forks: forkCount
  language: primaryLanguage { name } licence: licenseInfo { spdxId } diskUsage
}`;

function flat(node: object): unknown {
  const value = (each: unknown): unknown => {
    if (typeof each !== 'object' || each === null) return each;
    const [inner] = Object.values(each);
    return inner;
  };
  return Object.fromEntries(Object.entries(node).map(([key, each]) => [key, value(each)]));
}

interface Page {
  repositoryOwner: {
    repositories: {
      totalCount: number;
      pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
      nodes: { id: string; nameWithOwner: string; isFork: boolean; isArchived: boolean }[];
    };
  };
}
const listing = `query ($login: String!, $first: Int!, $after: String, $order: RepositoryOrder, $isFork: Boolean, $isArchived: Boolean) {
  repositoryOwner(login: $login) {
    repositories(first: $first, after: $after, orderBy: $order, isFork: $isFork, isArchived: $isArchived) {
      totalCount pageInfo { hasNextPage hasPreviousPage endCursor } nodes { id nameWithOwner isFork isArchived }
    }
  }
}`;

async function list(variables: object, between?: (page: number) => void): Promise<string[]> {
  const names: string[] = [];
  let after: string | null = null;
  for (let page = 1; ; page++) {
    const answer: Page = await client<Page>(listing, { ...variables, after });
    const { nodes, pageInfo } = answer.repositoryOwner.repositories;
    names.push(...nodes.map(({ nameWithOwner }) => nameWithOwner));
    if (!pageInfo.hasNextPage) return names;
    after = pageInfo.endCursor;
    between?.(page);
  }
}
const owned = (login: string) => [...truth.keys()].filter((name) => name.startsWith(`${login}/`));

describe('reading repositories', () => {
  test('nodes gives exactly the truth, in the order of the ids', async () => {
    const rows = [...truth.values()].slice(100, 200).toReversed();
    const answer = await client<{ nodes: object[] }>(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ...S } } ${stats}`,
      {
        ids: rows.map(({ repoId }) => repoId),
      },
    );
    expect(answer.nodes.map(flat)).toEqual(rows);
  });

  test('aliases give exactly the truth, in whatever case they ask', async () => {
    const rows = [...truth.values()].slice(0, 65);
    const aliases = rows.map(({ repo }, i) => {
      const [owner, name] = repo.toUpperCase().split('/');
      return `r${i}: repository(owner: "${owner}", name: "${name}") { ...S }`;
    });
    const answer = await client<Record<string, object>>(`{ ${aliases.join('\n')} } ${stats}`);
    expect(Object.values(answer).map(flat)).toEqual(rows);
  });

  test('languages, topics, owner and type are there', async () => {
    const all = [...truth.values()].find(({ language }) => language !== null);
    const [owner, name] = all?.repo.split('/') ?? [];
    const { data, errors } = await ask(
      `query ($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {
        __typename url owner { __typename login id ... on Organization { name } }
        languages(first: 5) { totalCount edges { size node { name } } } repositoryTopics(first: 5) { nodes { topic { name } } } } }`,
      { owner, name },
    );
    expect(errors).toBeUndefined();
    expect(data?.repository).toMatchObject({
      __typename: 'Repository',
      url: `https://github.com/${all?.repo}`,
      owner: { __typename: 'Organization', login: owner },
      languages: { totalCount: 1, edges: [{ node: { name: all?.language } }] },
    });
  });

  test('owners are found by login and by id, each as what it is', async () => {
    const { data } = await ask(
      '{ viewer { login } organization(login: "MICROSOFT") { id login } repositoryOwner(login: "azure") { __typename repository(name: "api") { nameWithOwner } } nobody: repositoryOwner(login: "nobody") { id } }',
    );
    const { id } = (data as { organization: { id: string } }).organization;
    expect(data).toMatchObject({
      viewer: { login: 'github-simulator' },
      organization: { login: 'Microsoft' },
      repositoryOwner: { __typename: 'Organization', repository: { nameWithOwner: 'azure/API' } },
      nobody: null,
    });
    const again = await ask('query ($id: ID!) { node(id: $id) { id ... on Organization { login } } }', {
      id,
    });
    expect(again.data).toEqual({ node: { id, login: 'Microsoft' } });
  });
});

describe('paging', () => {
  test('lists every repository once, by creation, with any page size', async () => {
    const expected = owned('Microsoft');
    for (const first of [7, 65, 100]) expect(await list({ login: 'microsoft', first })).toEqual(expected);
  });

  test.each(['NAME', 'STARGAZERS', 'PUSHED_AT', 'UPDATED_AT', 'CREATED_AT'])(
    'orders by %s both ways',
    async (field) => {
      const key = {
        NAME: 'repo',
        STARGAZERS: 'stars',
        PUSHED_AT: 'pushedAt',
        UPDATED_AT: 'repoUpdatedAt',
        CREATED_AT: 'createdAt',
      }[field] as keyof TruthRow;
      const of = (name: string) =>
        String(truth.get(name)?.[key])
          .toLowerCase()
          .padStart(field === 'STARGAZERS' ? 9 : 0);
      const up = await list({ login: 'azure', first: 30, order: { field, direction: 'ASC' } });
      expect(up.toSorted()).toEqual(owned('azure').toSorted());
      expect(up.map(of)).toEqual(up.map(of).toSorted());
      expect(await list({ login: 'azure', first: 41, order: { field, direction: 'DESC' } })).toEqual(
        up.toReversed(),
      );
    },
  );

  test('filters by fork and archived are disjoint and complete, and count themselves', async () => {
    const names: string[] = [];
    for (const isFork of [true, false])
      for (const isArchived of [true, false]) {
        const some = await list({ login: 'azure', first: 20, isFork, isArchived });
        const page = await client<Page>(listing, { login: 'azure', first: 1, isFork, isArchived });
        expect(page.repositoryOwner.repositories.totalCount).toBe(some.length);
        names.push(...some);
      }
    expect(names.toSorted()).toEqual(owned('azure').toSorted());
  });

  test('counts without a page, and pages of nothing', async () => {
    const { data } = await ask(
      '{ organization(login: "azure") { repositories { totalCount } none: repositories(first: 0) { nodes { id } pageInfo { hasNextPage endCursor } } private: repositories(first: 5, privacy: PRIVATE) { totalCount nodes { id } } } }',
    );
    expect(data).toEqual({
      organization: {
        repositories: { totalCount: owned('azure').length },
        none: { nodes: [], pageInfo: { hasNextPage: true, endCursor: null } },
        private: { totalCount: 0, nodes: [] },
      },
    });
  });

  test('neither skips nor repeats while repositories come, go and change their names', async () => {
    const own = await startGithub({
      world: { seed: 8, repositories: 90, owners: [{ login: 'acme' }], individual: [] },
    });
    const before = [...own.oracle.truth()].map(({ repo }) => repo);
    const pages: string[][] = [];
    let after: string | null = null;
    for (let page = 0; page < 4; page++) {
      const variables = {
        login: 'acme',
        first: 25,
        after,
        baseUrl: own.url.replace('/graphql', ''),
        headers: { authorization: 'token good' },
      };
      const answer: Page = await graphql<Page>(listing, variables);
      const { nodes, pageInfo } = answer.repositoryOwner.repositories;
      pages.push(nodes.map(({ nameWithOwner }) => nameWithOwner));
      after = pageInfo.endCursor;
      if (page > 0) continue;
      own.world.delete(before[3] ?? '');
      // The very row the cursor points at.
      own.world.delete(before[24] ?? '');
      own.world.delete(before[40] ?? '');
      own.world.rename(before[50] ?? '', 'another-name');
      own.world.makePrivate(before[60] ?? '');
      own.world.add('acme', { name: 'latecomer' });
    }
    const expected = before
      .map((name, i) => (i === 50 ? 'acme/another-name' : name))
      .filter((_, i) => i !== 40 && i !== 60);
    expect(pages.flat()).toEqual([...expected, 'acme/latecomer']);
    await own.close();
  });
});

describe('errors in GitHub’s form', () => {
  test('a missing repository costs only itself', async () => {
    const query =
      '{ r0: repository(owner: "azure", name: "api") { name }\n r1: repository(owner: "azure", name: "nothing") { name } }';
    const { status, text, data, errors } = await ask(query);
    expect(status).toBe(200);
    expect(data).toEqual({ r0: { name: 'API' }, r1: null });
    expect(errors).toEqual([
      {
        type: 'NOT_FOUND',
        path: ['r1'],
        locations: [{ line: 2, column: 2 }],
        message: "Could not resolve to a Repository with the name 'azure/nothing'.",
      },
    ]);
    expect(text.indexOf('"data"')).toBeLessThan(text.indexOf('"errors"'));
    expect(Object.keys(errors?.[0] ?? {})).toEqual(['type', 'path', 'locations', 'message']);
  });

  test('missing nodes are null in their places', async () => {
    const [a, b] = [...truth.values()];
    const { data, errors } = await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: [a?.repoId, 'R_kgDOABPHjQ', b?.repoId, 'nonsense'],
    });
    expect(data).toEqual({ nodes: [{ id: a?.repoId }, null, { id: b?.repoId }, null] });
    expect(errors?.map(({ type, path, message }) => [type, path, message])).toEqual([
      ['NOT_FOUND', ['nodes', 1], "Could not resolve to a node with the global id of 'R_kgDOABPHjQ'."],
      ['NOT_FOUND', ['nodes', 3], "Could not resolve to a node with the global id of 'nonsense'."],
    ]);
  });

  test.each([
    [
      '{ organization(login: "nobody") { id } }',
      'NOT_FOUND',
      ['organization'],
      "Could not resolve to an Organization with the login of 'nobody'.",
    ],
    [
      '{ user(login: "azure") { id } }',
      'NOT_FOUND',
      ['user'],
      "Could not resolve to a User with the login of 'azure'.",
    ],
    [
      '{ node(id: "x") { id } }',
      'NOT_FOUND',
      ['node'],
      "Could not resolve to a node with the global id of 'x'.",
    ],
    [
      '{ organization(login: "azure") { repositories { nodes { id } } } }',
      'MISSING_PAGINATION_BOUNDARIES',
      ['organization', 'repositories'],
      'You must provide a `first` or `last` value to properly paginate the `repositories` connection.',
    ],
    [
      '{ organization(login: "azure") { repositories(first: 101) { totalCount } } }',
      'EXCESSIVE_PAGINATION',
      ['organization', 'repositories'],
      'Requesting 101 records on the `repositories` connection exceeds the `first` limit of 100 records.',
    ],
    [
      '{ organization(login: "azure") { repositories(first: 1, after: "abc") { totalCount } } }',
      'INVALID_CURSOR_ARGUMENTS',
      ['organization', 'repositories'],
      '`abc` does not appear to be a valid cursor.',
    ],
    [
      '{ repository(owner: "azure", name: "api") { issues { edges { cursor } } } }',
      'MISSING_PAGINATION_BOUNDARIES',
      ['repository', 'issues'],
      'You must provide a `first` or `last` value to properly paginate the `issues` connection.',
    ],
    [
      '{ repository(owner: "azure", name: "api") { stargazers { totalCount } } }',
      'FORBIDDEN',
      ['repository', 'stargazers'],
      'You do not have permission to view the stargazers of this repository',
    ],
    [
      `{ nodes_101: nodes(ids: [${Array.from({ length: 101 }, () => '"x"').join()}]) { id } }`,
      'ARGUMENT_LIMIT',
      ['nodes_101'],
      'You may not provide more than 100 node ids; you provided 101.',
    ],
  ])('%s', async (query, type, path, message) => {
    const { status, errors } = await ask(query);
    expect(status).toBe(200);
    expect(errors?.map((error) => [error.type, error.path, error.message])).toEqual([[type, path, message]]);
  });

  test('a forbidden connection that must not be null takes its repository with it, and no other', async () => {
    const { data } = await ask(
      '{ a: repository(owner: "azure", name: "api") { name stargazers { totalCount } } b: repository(owner: "azure", name: "api") { name } }',
    );
    expect(data).toEqual({ a: null, b: { name: 'API' } });
  });

  test.each([
    [
      '{ repository(owner: "azure", name: "api") { codeowners { errors { kind } } } }',
      "Field 'Repository.codeowners'",
    ],
    ['{ search(type: REPOSITORY, query: "x", first: 1) { repositoryCount } }', "Field 'Query.search'"],
    [
      '{ repository(owner: "azure", name: "api") { issues(first: 1) { nodes { id } } } }',
      "Field 'IssueConnection.nodes'",
    ],
    [
      '{ repository(owner: "azure", name: "api") { issues(labels: ["x"]) { totalCount } } }',
      "Argument 'labels' of 'Repository.issues'",
    ],
    [
      '{ organization(login: "azure") { repositories(last: 1) { totalCount } } }',
      "Argument 'last' of 'Organization.repositories'",
    ],
    ['mutation { addStar(input: {starrableId: "x"}) { clientMutationId } }', "Field 'Mutation.addStar'"],
  ])('what the simulator does not have is refused by name: %s', async (query, what) => {
    const { errors } = await ask(query);
    expect(errors?.map(({ type, message }) => [type, message])).toEqual([
      ['SIMULATOR_UNSUPPORTED', `${what} is not supported by the GitHub simulator`],
    ]);
  });

  test('a field that GitHub does not have fails as there', async () => {
    const { status, data, errors } = await ask('{ repository(owner: "azure", name: "api") { starCount } }');
    expect([status, data]).toEqual([200, undefined]);
    expect(errors).toMatchObject([
      {
        extensions: { code: 'undefinedField', typeName: 'Repository', fieldName: 'starCount' },
        message: "Field 'starCount' doesn't exist on type 'Repository'",
      },
    ]);
  });

  test('a query for more than 500,000 nodes is not run', async () => {
    const inner = 'repositories(first: 100) { nodes { languages(first: 100) { nodes { name } } } }';
    const owners = Array.from({ length: 60 }, (_, i) => `o${i}: organization(login: "azure") { ${inner} }`);
    const { data, errors } = await ask(`{ ${owners.join(' ')} }`);
    expect(data).toBeUndefined();
    expect(errors).toEqual([
      {
        type: 'MAX_NODE_LIMIT_EXCEEDED',
        message:
          'This query requests up to 606,000 possible nodes which exceeds the maximum limit of 500,000.',
      },
    ]);
  });

  test('partial answers reach @octokit/graphql with data, errors and headers', async () => {
    const failure = await client(
      '{ r0: repository(owner: "azure", name: "api") { name } r1: repository(owner: "x", name: "y") { name } }',
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: 'GraphqlResponseError',
      data: { r0: { name: 'API' }, r1: null },
      errors: [{ type: 'NOT_FOUND', path: ['r1'] }],
      headers: { 'x-ratelimit-resource': 'graphql' },
    });
  });
});

describe('the HTTP surface', () => {
  const post = (path: string, init: RequestInit) =>
    fetch(new URL(path, github.url), { method: 'POST', ...init });

  test.each([{}, { authorization: 'bearer bad-token' }, { authorization: 'good' }])(
    '%o is unauthorised',
    async (headers) => {
      const response = await post('/graphql', { headers, body: '{"query":"{viewer{login}}"}' });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ message: 'Bad credentials' });
    },
  );

  test('only known tokens are accepted when they are given', async () => {
    const own = await startGithub({
      world: { seed: 1, repositories: 0, owners: [], individual: [] },
      tokens: ['bad-but-known'],
    });
    const status = async (token: string) =>
      (
        await fetch(own.url, {
          method: 'POST',
          headers: { authorization: `token ${token}` },
          body: '{"query":"{viewer{login}}"}',
        })
      ).status;
    expect([await status('bad-but-known'), await status('good')]).toEqual([200, 401]);
    await own.close();
  });

  test.each([
    ['{', 'Problems parsing JSON'],
    ['null', 'Problems parsing JSON'],
    ['{"variables":{}}', 'A query attribute must be specified and must be a string.'],
  ])('the body %s is refused', async (body, message) => {
    const response = await post('/graphql', { headers: { authorization: 'bearer good' }, body });
    expect([response.status, await response.json()]).toMatchObject([400, { message }]);
  });

  test('a syntax error is an error of the query', async () => {
    const { status, errors } = await ask('{ repository(');
    expect([status, errors?.length]).toEqual([200, 1]);
  });

  test('the address of GitHub Enterprise Server works too, and others do not', async () => {
    const init = { headers: { authorization: 'bearer good' }, body: '{"query":"{viewer{login}}"}' };
    expect((await post('/api/graphql', init)).status).toBe(200);
    expect((await post('/api/v3/graphql', init)).status).toBe(404);
    expect((await fetch(github.url)).status).toBe(404);
    expect((await post('/graphql', { ...init, headers: { ...init.headers, 'user-agent': '' } })).status).toBe(
      403,
    );
  });

  test('headers tell the budget, and rateLimit tells the same', async () => {
    const { headers, data } = await ask(
      '{ rateLimit { cost limit remaining used nodeCount resetAt } organization(login: "azure") { repositories(first: 3) { nodes { id } } } }',
    );
    const rateLimit = data?.rateLimit as Record<string, unknown>;
    const header = (name: string) => Number(headers.get(`x-ratelimit-${name}`));
    expect(rateLimit).toMatchObject({
      cost: 1,
      nodeCount: 3,
      used: header('used'),
      remaining: header('remaining'),
      limit: header('limit'),
    });
    expect(Date.parse(String(rateLimit.resetAt)) / 1000).toBe(header('reset'));
    expect(headers.get('x-github-request-id')).toMatch(/^[0-9A-F:]+$/);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  test('a dry run and a bare rateLimit are free, and a dry run answers only that', async () => {
    const used = async () => Number((await ask('{ rateLimit { used } }')).headers.get('x-ratelimit-used'));
    const before = await used();
    const dry =
      'query ($dry: Boolean = true) { rateLimit(dryRun: $dry) { cost nodeCount } organization(login: "azure") { repositories(first: 100) { nodes { languages(first: 90) { nodes { name } } } } } }';
    expect((await ask(dry)).data).toEqual({ rateLimit: { cost: 1, nodeCount: 9100 } });
    expect(await used()).toBe(before);
    expect((await ask(dry, { dry: false })).data).toHaveProperty('organization');
    expect(await used()).toBe(before + 1);
  });
});

describe('what happens to repositories', () => {
  test('a renamed repository is found by its old name unless that is not wanted, and by its id', async () => {
    const id = truth.get('torvalds/linux')?.repoId;
    github.world.rename('torvalds/linux', 'kernel');
    const { data, errors } = await ask(
      'query ($id: ID!) { old: repository(owner: "torvalds", name: "linux") { nameWithOwner } strict: repository(owner: "torvalds", name: "linux", followRenames: false) { id } node(id: $id) { ... on Repository { nameWithOwner } } }',
      { id },
    );
    expect(data).toEqual({
      old: { nameWithOwner: 'torvalds/kernel' },
      strict: null,
      node: { nameWithOwner: 'torvalds/kernel' },
    });
    expect(errors).toMatchObject([{ type: 'NOT_FOUND', path: ['strict'] }]);
  });

  test('a private repository is as gone as a deleted one', async () => {
    const facts: Partial<RepositoryFacts> = { stars: 1 };
    github.world.add('azure', { name: 'soon-gone', ...facts });
    github.world.add('azure', { name: 'soon-private', ...facts });
    github.world.delete('azure/soon-gone');
    github.world.makePrivate('azure/soon-private');
    const { data, errors } = await ask(
      '{ a: repository(owner: "azure", name: "soon-gone") { id } b: repository(owner: "azure", name: "soon-private") { id } }',
    );
    expect(data).toEqual({ a: null, b: null });
    expect(errors?.map(({ message }) => message.replace(/soon-\w+/, 'x'))).toEqual(
      Array.from({ length: 2 }, () => "Could not resolve to a Repository with the name 'azure/x'."),
    );
  });
});
