import { Kind, parse } from 'graphql';
import { expect, test } from 'vitest';
import { costTree, queryCost, type Variables } from './query-cost.ts';
import { githubSchema } from './query-document.ts';

const schema = githubSchema();

function cost(text: string, variables: Variables = {}, countOnlyConnections = false) {
  const document = parse(text);
  const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('no operation');
  return queryCost(costTree(schema, document, operation), variables, countOnlyConnections);
}

const counts =
  'a: issues(states: OPEN) { totalCount } b: issues(states: CLOSED) { totalCount } ' +
  'c: pullRequests(states: OPEN) { totalCount } d: pullRequests(states: CLOSED) { totalCount } e: pullRequests(states: MERGED) { totalCount }';

test("the example of GitHub's documentation costs 51 points", () => {
  const text =
    '{ viewer { repositories(first: 100) { edges { node { id issues(first: 50) { edges { node { id labels(first: 60) { edges { node { id name } } } } } } } } } } }';
  expect(cost(text)).toMatchObject({ requests: 5101, points: 51 });
});

test("the example of GitHub's documentation may return 22,060 nodes", () => {
  const text = `{ viewer {
    repositories(first: 50) { edges { repository: node { name
      pullRequests(first: 20) { edges { pullRequest: node { title comments(first: 10) { edges { comment: node { bodyHTML } } } } } }
      issues(first: 20) { totalCount edges { issue: node { title bodyHTML comments(first: 10) { edges { comment: node { bodyHTML } } } } } }
    } } }
    followers(first: 10) { edges { follower: node { login } } }
  } }`;
  expect(cost(text)).toMatchObject({ nodes: 22_060, points: 21 });
});

test('connections of which only the count is read are free', () => {
  const repositories = Array.from(
    { length: 65 },
    (_, i) => `r${i}: repository(owner: "o", name: "n${i}") { ${counts} }`,
  );
  expect(cost(`{ ${repositories.join(' ')} }`).points).toBe(1);
  const nodes = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { ${counts} } } }`;
  const ids = Array.from({ length: 100 }, (_, i) => `R_${i}`);
  expect(cost(nodes, { ids })).toEqual({ points: 1, requests: 0, nodes: 100 });
});

test('the pessimistic reading charges them', () => {
  const nodes = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { ${counts} } } }`;
  const of = (length: number) => Array.from({ length }, (_, i) => `R_${i}`);
  expect(cost(nodes, { ids: of(50) }, true).points).toBe(3);
  expect(cost(nodes, { ids: of(100) }, true).points).toBe(5);
});

test('a measured query: a page of repositories with counts and languages costs 1 point', () => {
  const more =
    'issues(states: OPEN) { totalCount } pullRequests(states: OPEN) { totalCount } languages(first: 10) { nodes { name } }';
  const text = `query ($o: String!) { organization(login: $o) { repositories(first: 100) { nodes { ${more} } } } }`;
  expect(cost(text, { o: 'x' })).toMatchObject({ points: 1, requests: 101 });
  expect(cost(text, { o: 'x' }, true).points).toBe(3);
});

test('points are rounded, not cut: 146 requests cost 1, 151 cost 2', () => {
  const text =
    'query ($n: Int!) { organization(login: "o") { repositories(first: $n) { nodes { languages(first: 5) { totalCount } } } } }';
  expect(cost(text, { n: 45 }).points).toBe(1);
  const two =
    'query ($n: Int!) { organization(login: "o") { repositories(first: 100) { nodes { languages(first: 5) { totalCount } } } b: repositories(first: $n) { nodes { languages(first: 5) { totalCount } } } } }';
  expect(cost(two, { n: 44 })).toMatchObject({ requests: 146, points: 1 });
  expect(cost(two, { n: 49 })).toMatchObject({ requests: 151, points: 2 });
});

test('fragments, skipped parts and unknown page sizes are followed', () => {
  const text =
    'query ($with: Boolean!, $first: Int!) { organization(login: "o") { ...Page } } fragment Page on Organization { repositories(first: $first) { nodes { ... @include(if: $with) { languages(first: 5) { totalCount } } repositoryTopics(first: 3) @skip(if: $with) { totalCount } } } }';
  expect(cost(text, { with: true, first: 10 })).toMatchObject({ requests: 11, nodes: 60 });
  expect(cost(text, { with: false, first: 10 })).toMatchObject({ requests: 11, nodes: 40 });
});
