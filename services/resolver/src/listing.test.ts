import type { GraphqlError } from '@github-repo-stats/shared/github/reply';
import { describe, expect, it } from 'vitest';
import { LISTING_QUERY, learnSeconds, readListing } from './listing.ts';

const scalars = { isArchived: false, isFork: true, isTemplate: false, visibility: 'PUBLIC' };
const node = (i: number, more: object = {}) => ({
  id: `R_${i}`,
  nameWithOwner: `o/r${i}`,
  ...scalars,
  primaryLanguage: { name: 'Go' },
  ...more,
});
const repo = (i: number) => ({
  id: `R_${i}`,
  nameWithOwner: `o/r${i}`,
  ...scalars,
  language: 'Go',
  topics: undefined,
});
const topics = (...names: (string | null)[]) => ({
  repositoryTopics: { nodes: names.map((name) => name && { topic: { name } }) },
});
const read = (repositoryOwner: unknown, errors: GraphqlError[] = []) =>
  readListing({ kind: 'data', data: { repositoryOwner }, errors, points: 1, seconds: 0.1 });
const page = (nodes: unknown[], hasNextPage = false, endCursor: string | null = null) => ({
  repositories: { pageInfo: { hasNextPage, endCursor }, nodes },
});
const at = (i: number, error: Partial<GraphqlError> = {}): GraphqlError => ({
  message: 'no',
  path: ['repositoryOwner', 'repositories', 'nodes', i],
  ...error,
});

describe('a page of a listing', () => {
  it('gives names, node ids and properties, and the cursor of the next page', () => {
    expect(read(page([node(1), node(2)], true, 'c2'))).toEqual({
      kind: 'page',
      repos: [repo(1), repo(2)],
      unreadable: 0,
      next: 'c2',
    });
  });

  it('has no next page when GitHub says so, though a cursor is there', () => {
    expect(read(page([node(1)], false, 'c1'))).toMatchObject({ kind: 'page', next: undefined });
  });

  it('is not taken for the last one when its cursor is missing', () => {
    expect(read(page([node(1)], true, null))).toMatchObject({ kind: 'failed', again: true });
  });

  it('may be empty', () => {
    expect(read(page([]))).toEqual({ kind: 'page', repos: [], unreadable: 0, next: undefined });
  });

  it('leaves out entries that are refused for good, and counts them', () => {
    const listing = read(page([node(0), null, node(2)]), [at(1, { type: 'FORBIDDEN' })]);
    expect(listing).toMatchObject({ kind: 'page', repos: [repo(0), repo(2)], unreadable: 1 });
  });

  it('is asked for again when an entry is missing without a reason', () => {
    expect(read(page([node(0), null]))).toMatchObject({ kind: 'failed', again: true, reason: 'transport' });
  });

  it('is asked for again when an entry timed out', () => {
    const listing = read(page([null]), [at(0, { type: 'RESOURCE_LIMITS_EXCEEDED', message: 'too much' })]);
    expect(listing).toEqual({ kind: 'failed', again: true, reason: 'timeout', detail: 'too much' });
  });

  it('does not take the error of entry 10 for that of entry 1', () => {
    const nodes = Array.from({ length: 11 }, (_, i) => (i === 1 || i === 10 ? null : node(i)));
    expect(read(page(nodes), [at(10, { type: 'FORBIDDEN' })])).toMatchObject({ kind: 'failed', again: true });
  });

  it('fails for good when there is no such owner', () => {
    expect(read(null)).toMatchObject({ kind: 'failed', again: false, reason: 'not-found' });
    const error = { type: 'NOT_FOUND', message: 'gone', path: ['repositoryOwner'] };
    expect(read(null, [error])).toEqual({
      kind: 'failed',
      again: false,
      reason: 'not-found',
      detail: 'gone',
    });
  });

  it.each([
    ['saml', { type: 'FORBIDDEN', message: 'x', extensions: { saml_failure: true } }],
    ['ip-allow-list', { type: 'FORBIDDEN', message: 'the IP allow list enabled' }],
    ['forbidden', { type: 'FORBIDDEN', message: 'Resource not accessible' }],
  ] as const)('fails for good as %s when the owner is closed to the token', (reason, error) => {
    const listing = read({ repositories: null }, [{ ...error, path: ['repositoryOwner', 'repositories'] }]);
    expect(listing).toMatchObject({ kind: 'failed', again: false, reason });
  });

  it('is asked for again when the owner came empty because of a passing error', () => {
    const error = { message: 'Something went wrong while executing your query.' };
    expect(read(null, [error])).toMatchObject({ kind: 'failed', again: true, reason: 'timeout' });
  });

  it('is asked for again when it is not whole', () => {
    expect(read({})).toMatchObject({ kind: 'failed', again: true });
    expect(read(undefined)).toMatchObject({ kind: 'failed', again: true });
    expect(read(page([{ id: 'R_1' }]))).toMatchObject({ kind: 'failed', again: true });
  });
});

describe('the properties of a listed repository', () => {
  const listed = (more: object, errors: GraphqlError[] = []) => {
    const listing = read(page([node(0), node(1, more)]), errors);
    if (listing.kind === 'failed') throw new Error(listing.detail);
    return listing.repos[1]!;
  };
  const below = (field: string, type: string): GraphqlError => ({
    type,
    message: 'no',
    path: ['repositoryOwner', 'repositories', 'nodes', 1, field],
  });

  it('hold its topics when they were asked for', () => {
    expect(listed({}).topics).toBeUndefined();
    expect(listed(topics()).topics).toEqual([]);
    expect(listed(topics('web', 'api')).topics).toEqual(['web', 'api']);
  });

  it('hold no language when there is none', () => {
    expect(listed({ primaryLanguage: null }).language).toBeNull();
  });

  it('are unknown where GitHub failed and may not fail again', () => {
    const passing = 'RESOURCE_LIMITS_EXCEEDED';
    expect(listed({ primaryLanguage: null }, [below('primaryLanguage', passing)]).language).toBeUndefined();
    expect(listed(topics('web', null), [below('repositoryTopics', passing)]).topics).toBeUndefined();
    expect(listed(topics('web', null)).topics).toBeUndefined();
    expect(listed({ repositoryTopics: { nodes: null } }).topics).toBeUndefined();
  });

  it('are taken as absent where they are refused for good', () => {
    expect(listed({ primaryLanguage: null }, [below('primaryLanguage', 'FORBIDDEN')]).language).toBeNull();
    expect(listed(topics('web', null), [below('repositoryTopics', 'FORBIDDEN')]).topics).toEqual(['web']);
  });

  it('must be there', () => {
    for (const name of [...Object.keys(scalars), 'primaryLanguage'])
      expect(read(page([node(1, { [name]: undefined })]))).toMatchObject({ kind: 'failed', again: true });
  });
});

describe('the query of a listing', () => {
  it('asks for topics only when it is told to, by a variable', () => {
    expect(LISTING_QUERY).toContain('$topics: Boolean!');
    expect(LISTING_QUERY.match(/repositoryTopics\(first: 20\) @include\(if: \$topics\)/g)).toHaveLength(1);
  });

  it('counts nothing', () => {
    expect(LISTING_QUERY).not.toMatch(/totalCount|issues|pullRequests|stargazer/);
  });
});

describe('what a page teaches', () => {
  const pace = { id: 'cred-default', grants: {} };
  const reply = { kind: 'data', data: {}, errors: [], points: 1, seconds: 2 } as const;

  it('is how long pages take lately', () => {
    expect(learnSeconds(pace, reply)).toEqual({ listingSeconds: 2 });
    expect(learnSeconds({ ...pace, listingSeconds: 1 }, reply).listingSeconds).toBeCloseTo(1.2);
  });

  it('is nothing when it did not come', () => {
    const late = { kind: 'timeout', detail: 'HTTP 502', points: 0, seconds: 10 } as const;
    expect(learnSeconds(pace, late)).toEqual({});
  });
});
