import { afterEach, expect, test } from 'vitest';
import { tokenLabel } from './call-log.ts';
import { startGithub, type Github, type GithubOptions } from './server.ts';

const world = {
  seed: 5,
  repositories: 400,
  owners: [{ login: 'acme' }],
  individual: ['acme/one', 'acme/two'],
};
const counts =
  'a: issues(states: OPEN) { totalCount } b: issues(states: CLOSED) { totalCount } c: pullRequests(states: OPEN) { totalCount } d: pullRequests(states: CLOSED) { totalCount } e: pullRequests(states: MERGED) { totalCount }';
const byIds = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { name ${counts} } } }`;

let github: Github;
afterEach(() => github.close());

const start = async (options: Partial<GithubOptions>) => (github = await startGithub({ world, ...options }));
const post = (query: string, variables: object = {}) =>
  fetch(github.url, {
    method: 'POST',
    headers: { authorization: 'bearer good' },
    body: JSON.stringify({ query, variables }),
  });
const calls = () => {
  const report = github.oracle.calls().tokens[tokenLabel('good')];
  if (!report) throw new Error('no call was logged');
  return report;
};

test('a scenario chooses how long repositories take', async () => {
  const seconds: number[] = [];
  for (const secondsPerRepository of [0.02, 0.15]) {
    await start({ latencyModel: { secondsPerRepository } });
    const ids = [...github.oracle.truth()].map(({ repoId }) => repoId);
    for (let at = 0; at < ids.length; at += 100) await post(byIds, { ids: ids.slice(at, at + 100) });
    expect(calls().byKind.stats.repositories).toBe(400);
    seconds.push(calls().byKind.stats.serverSeconds);
    if (secondsPerRepository === 0.02) await github.close();
  }
  const [fast = 0, slow = 0] = seconds;
  // Four times 0.3 s, 400 repositories and the same giants in both; the load varies by some per cent.
  expect(slow - fast).toBeGreaterThan(0.13 * 400 * 0.75);
  expect(slow - fast).toBeLessThan(0.13 * 400 * 1.3);
});

test('the calls say when the first began and the last ended, and how long answers took by the clock', async () => {
  await start({ latency: 'github', latencyScale: 0.05 });
  const before = Date.now();
  await (await post(`{ repository(owner: "acme", name: "one") { ${counts} } }`)).text();
  await (await post('{ organization(login: "acme") { repositories(first: 5) { nodes { name } } } }')).text();
  const after = Date.now();
  const { byKind, firstAt, lastEndedAt, answeringSeconds } = calls();
  expect(firstAt).toBe(byKind.stats.firstAt);
  expect(lastEndedAt).toBe(byKind.listing.lastEndedAt);
  expect(firstAt).toBeGreaterThanOrEqual(before);
  expect(lastEndedAt).toBeLessThanOrEqual(after);
  expect(byKind.stats).toMatchObject({ repositories: 1, timeouts: 0 });
  expect(byKind.listing.repositories).toBe(0);
  expect(answeringSeconds).toBeCloseTo(byKind.stats.answeringSeconds + byKind.listing.answeringSeconds, 6);
  expect(answeringSeconds).toBeGreaterThanOrEqual(0.05 * (calls().serverSeconds - 0.1));
  expect(answeringSeconds).toBeLessThanOrEqual((after - before) / 1000);
});

test('repositories asked for are counted by name and by id, and not when they are left out', async () => {
  await start({});
  const [a, b] = [...github.oracle.truth()].map(({ repoId }) => repoId);
  await post(
    `query ($ids: [ID!]!, $no: Boolean = false) {
      one: repository(owner: "acme", name: "one") { name }
      two: repository(owner: "acme", name: "nowhere") @include(if: $no) { name }
      node(id: "${a}") { id }
      x: nodes(ids: $ids) { id }
      y: nodes(ids: ["${b}"]) { id }
    }`,
    { ids: [a, b] },
  );
  expect(calls().repositories).toBe(1 + 1 + 2 + 1);
});

test('limits pass in the time of the scale, and announce real seconds', async () => {
  await start({ latency: 'github', limits: 'github', latencyScale: 0.01, computeSeconds: 0.01 });
  const query = `{ repository(owner: "acme", name: "one") { ${counts} } }`;
  await (await post(query)).text();
  await (await post(query)).text();
  await expect.poll(async () => (await post(query)).status, { interval: 1 }).not.toBe(200);
  const limited = await post(query);
  expect(['1', null]).toContain(limited.headers.get('retry-after'));
  const reset = Number(limited.headers.get('x-ratelimit-reset'));
  expect(reset - Date.now() / 1000).toBeLessThan(38);
  // 1 s of refusal and 0.6 s until the first calls are forgotten.
  await expect
    .poll(async () => (await (await post(query)).text()).includes('"data"'), { timeout: 5000 })
    .toBe(true);
  expect(calls().callsWhileLimited).toBeGreaterThan(0);
  expect(calls().callsLateWhileLimited).toBe(0);
});

test('a dry run tells the cost with a variable, spends nothing, and is answered with rateLimit alone', async () => {
  await start({ latency: 'github', latencyScale: 0.001, limits: 'github' });
  const ids = [...github.oracle.truth()].slice(0, 100).map(({ repoId }) => repoId);
  const query = `query ($ids: [ID!]!, $dryRun: Boolean = false) {
    rateLimit(dryRun: $dryRun) { cost nodeCount } nodes(ids: $ids) { ... on Repository { name ${counts} } }
  }`;
  const dry = await post(query, { ids, dryRun: true });
  expect(await dry.json()).toEqual({ data: { rateLimit: { cost: 1, nodeCount: 100 } } });
  expect(dry.headers.get('x-ratelimit-used')).toBe('0');
  expect(calls()).toMatchObject({ calls: { other: 1, stats: 0 }, points: 0, repositories: 0, timeouts: 0 });
  expect(calls().serverSeconds).toBeGreaterThan(0.15);
  expect(calls().serverSeconds).toBeLessThan(0.6);
  const listing = await post(
    `query ($dryRun: Boolean = true) { rateLimit(dryRun: $dryRun) { cost nodeCount }
      organization(login: "acme") { repositories(first: 100) { nodes { name } } } }`,
  );
  expect(await listing.json()).toEqual({ data: { rateLimit: { cost: 1, nodeCount: 100 } } });
  expect(calls()).toMatchObject({ calls: { other: 2, listing: 0 }, points: 0 });
  const real = await post(query, { ids: ids.slice(0, 2) });
  expect(await real.json()).toMatchObject({
    data: { rateLimit: { cost: 1, nodeCount: 2 }, nodes: [{ name: expect.any(String) }, {}] },
  });
  expect(calls()).toMatchObject({ calls: { other: 2, stats: 1 }, points: 1, repositories: 2 });
});

test('a scenario chooses what a request and a listing take, whatever is listed', async () => {
  const list = (first: number) =>
    `{ organization(login: "acme") { repositories(first: ${first}) { nodes { id } } } }`;
  await start({ latencyModel: { secondsPerCall: 2, secondsPerListing: 50 } });
  await post(list(1));
  await post(list(100));
  await post('{ viewer { login } }');
  const { listing, other } = calls().byKind;
  // The load varies by some per cent.
  expect(listing.serverSeconds).toBeGreaterThan(50);
  expect(listing.serverSeconds).toBeLessThan(200);
  expect(other.serverSeconds).toBeGreaterThan(1);
  expect(other.serverSeconds).toBeLessThan(4);
});

test('a time-out that was ordered takes its time of GitHub, in the form that was ordered', async () => {
  await start({ latency: 'github', latencyScale: 0.005 });
  github.faults.next({ timeout: { after: 10.3, form: 'timeout-504' } }, { kind: 'stats' });
  const answer = await post('{ repository(owner: "acme", name: "one") { id } }');
  expect(answer.status).toBe(504);
  const { serverSeconds, timeouts, answeringSeconds } = calls().byKind.stats;
  expect({ serverSeconds, timeouts }).toEqual({ serverSeconds: 10.3, timeouts: 1 });
  expect(answeringSeconds).toBeGreaterThanOrEqual(0.05);
});

test('stargazers are counted where a scenario allows it', async () => {
  await start({ stargazers: 'allowed' });
  const query = '{ repository(owner: "acme", name: "one") { stargazerCount stargazers { totalCount } } }';
  const { data } = (await (await post(query)).json()) as {
    data: { repository: { stargazerCount: number; stargazers: { totalCount: number } } };
  };
  expect(data.repository.stargazers.totalCount).toBe(data.repository.stargazerCount);
});
