import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FaultOrdered, WorldEvent } from './order-schema.ts';
import { startGithub, type Github } from './server.ts';

const world = {
  seed: 5,
  repositories: 120,
  owners: [{ login: 'acme' }],
  individual: ['acme/one', 'octokit/two'],
};
let github: Github;
beforeEach(async () => {
  github = await startGithub({ world });
});
afterEach(() => github.close());

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { type?: string; path?: (string | number)[]; message: string }[];
}
const post = (query: string, variables: object = {}) =>
  fetch(github.url, {
    method: 'POST',
    headers: { authorization: 'bearer good' },
    body: JSON.stringify({ query, variables }),
  });
const ask = async (query: string, variables?: object) =>
  (await (await post(query, variables)).json()) as Answer;
const order = async (path: 'events' | 'faults', body: (WorldEvent | FaultOrdered)[]) => {
  const url = new URL(`/_simulator/${path}`, github.url);
  return (await (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).json()) as object;
};
const one = '{ r0: repository(owner: "acme", name: "one") { id } }';
const byIds = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { nameWithOwner } } }';
const listing = `query ($after: String) { organization(login: "acme") { repositories(first: 30, after: $after) {
  pageInfo { hasNextPage endCursor } nodes { nameWithOwner } } } }`;
interface Rows {
  pageInfo: { hasNextPage: boolean; endCursor: string };
  nodes: ({ nameWithOwner: string } | null)[];
}
async function page(after: string | null): Promise<Rows> {
  const { data } = await ask(listing, { after });
  return (data!.organization as { repositories: Rows }).repositories;
}
async function listAll(): Promise<(string | undefined)[][]> {
  const pages: (string | undefined)[][] = [];
  for (let after: string | null = null; ;) {
    const rows: Rows = await page(after);
    pages.push(rows.nodes.map((node) => node?.nameWithOwner));
    if (!rows.pageInfo.hasNextPage) return pages;
    after = rows.pageInfo.endCursor;
  }
}

describe('an event that waits for a call', () => {
  test('happens just before that call is answered: repositories come, go and move between two pages', async () => {
    const before = await listAll();
    const listed = before.flat();
    const [gone, renamed, moved] = [listed[70], listed[75], listed[80]];
    const when = { kind: 'listing', call: 3 } as const;
    const answer = await order('events', [
      { event: 'delete', repository: gone!, when },
      { event: 'rename', repository: renamed!, to: 'renamed', when },
      { event: 'transfer', repository: moved!, to: 'octokit', when },
      { event: 'delete', repository: listed[0]!, when },
      { event: 'add', owner: 'acme', name: 'late', when },
    ]);
    expect(answer).toEqual({ applied: 0, waiting: 5 });
    expect(await listAll()).toEqual([
      before[0],
      before[1],
      // One less, since paging goes by creation: what the page lost it fills with those that follow.
      expect.arrayContaining(['acme/renamed']),
      expect.arrayContaining(['acme/late']),
    ]);
    const after = (await listAll()).flat();
    for (const name of [gone, renamed, moved, listed[0]]) expect(after).not.toContain(name);
    expect(after).toHaveLength(listed.length - 2);
  });

  test('counts calls of its kind from its order, whoever makes them and whatever becomes of them', async () => {
    await ask(one);
    await order('events', [
      { event: 'fail', target: 'acme/one', failure: 'saml', when: { kind: 'stats', call: 3 } },
      { event: 'fail', target: 'acme/one', failure: null, when: { kind: 'stats', call: 4 } },
    ]);
    await order('faults', [{ fault: 'timeout-502', kind: 'stats' }]);
    expect((await post(one)).status).toBe(502);
    await listAll();
    expect(await ask(one)).not.toHaveProperty('errors');
    expect(await ask(one)).toMatchObject({ errors: [{ type: 'FORBIDDEN' }] });
    expect(await ask(one)).not.toHaveProperty('errors');
  });

  test('is reported when it cannot happen any more, and harms no call', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await order('events', [
      { event: 'delete', repository: 'acme/nowhere', when: { kind: 'stats', call: 1 } },
      { event: 'rename', repository: 'acme/one', to: 'won', when: { kind: 'stats', call: 1 } },
    ]);
    expect(await ask('{ repository(owner: "acme", name: "one") { nameWithOwner } }')).toEqual({
      data: { repository: { nameWithOwner: 'acme/won' } },
    });
    expect(said.mock.calls).toEqual([
      ['GitHub simulator: delete did not happen at its call: there is no repository acme/nowhere'],
    ]);
    said.mockRestore();
  });

  test('leaves the same world whenever its call comes', async () => {
    const events: WorldEvent[] = [
      { event: 'rename', repository: 'acme/one', to: 'won', when: { kind: 'stats', call: 1 } },
      { event: 'add', owner: 'acme', name: 'late', when: { kind: 'listing', call: 1 } },
      { event: 'archive', repository: 'octokit/two' },
      { event: 'change', repository: 'acme/won', facts: { stars: 3 }, when: { kind: 'stats', call: 2 } },
    ];
    const truths: unknown[] = [];
    for (const calls of [
      [listing, one, one],
      [one, one, listing],
    ]) {
      await github.close();
      github = await startGithub({ world, orders: { events } });
      for (const query of calls) await ask(query);
      truths.push([...github.oracle.truth()]);
    }
    expect(truths[0]).toEqual(truths[1]);
    expect(truths[0]).toContainEqual(expect.objectContaining({ repo: 'acme/won', stars: 3 }));
  });

  test('can be ordered from the start', async () => {
    await github.close();
    const event = { event: 'delete', repository: 'acme/one', when: { kind: 'stats', call: 2 } } as const;
    github = await startGithub({ world, orders: { events: [event] } });
    expect(await ask(one)).not.toHaveProperty('errors');
    expect(await ask(one)).toMatchObject({ errors: [{ type: 'NOT_FOUND' }] });
  });
});

describe('a fault that hits a share of the requests', () => {
  const statuses = async () => {
    const all: number[] = [];
    for (let i = 0; i < 200; i++) all.push((await post(one)).status);
    return all;
  };

  test('hits about as many, for ever, and the same requests in each world of the same seed', async () => {
    const faults: FaultOrdered[] = [
      { fault: { status: 598 }, rate: 0.1 },
      { fault: { status: 599 }, rate: 0.1, kind: 'stats' },
      { fault: { status: 597 }, rate: 1, kind: 'listing' },
    ];
    expect(await order('faults', faults)).toEqual({ pending: 0 });
    const first = await statuses();
    for (const status of [598, 599]) {
      const hits = first.filter((each) => each === status).length;
      expect(hits).toBeGreaterThan(8);
      expect(hits).toBeLessThan(35);
    }
    await github.close();
    github = await startGithub({ world, orders: { faults } });
    expect(await statuses()).toEqual(first);
    expect((await post(listing)).status).toBe(597);
    expect((await post(listing)).status).toBe(597);
  });
});

describe('an answer of which a part is missing', () => {
  const ids = () => [...github.oracle.truth()].slice(0, 60).map(({ repoId }) => repoId);

  test('by resource limits names each repository, once', async () => {
    await order('faults', [{ fault: { resourceLimits: { share: 0.3 } } }]);
    const { data, errors = [] } = await ask(byIds, { ids: ids() });
    const missing = (data!.nodes as unknown[]).flatMap((node, i) => (node === null ? [i] : []));
    expect(missing.length).toBeGreaterThan(5);
    expect(missing.length).toBeLessThan(35);
    expect(errors.map(({ type, path }) => [type, path])).toEqual(
      missing.map((i) => ['RESOURCE_LIMITS_EXCEEDED', ['nodes', i]]),
    );
    expect(await ask(byIds, { ids: ids() })).not.toHaveProperty('errors');
  });

  test('by nulls says nothing of it', async () => {
    await order('faults', [{ fault: { nulls: { share: 0.3 } } }]);
    const answer = await ask(byIds, { ids: ids() });
    expect(answer).not.toHaveProperty('errors');
    const nodes = answer.data?.nodes as unknown[];
    expect(nodes.filter((node) => node === null).length).toBeGreaterThan(5);
    expect(nodes.filter((node) => node !== null).length).toBeGreaterThan(25);
  });

  test('may be a page of a listing', async () => {
    await order('faults', [
      { fault: { resourceLimits: { share: 1 } }, kind: 'listing' },
      { fault: { nulls: { share: 1 } }, kind: 'listing' },
    ]);
    const limited = await ask(listing);
    expect(limited.errors).toHaveLength(30);
    expect(limited.errors?.[7]).toMatchObject({ path: ['organization', 'repositories', 'nodes', 7] });
    expect((await page(null)).nodes).toEqual(Array(30).fill(null));
    expect((await page(null)).nodes).not.toContain(null);
  });
});

describe('a time-out', () => {
  test.each([
    ['timeout-200', 200, /^\{"data":null,"errors":\[\{"message":"Something went wrong while executing/],
    ['timeout-500', 500, /^\{"message":"We couldn't respond to your request in time/],
  ] as const)('by %s says what GitHub says', async (fault, status, body) => {
    await order('faults', [{ fault }]);
    const response = await post(one);
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(body);
  });
});

test('a refusal may leave some points', async () => {
  await order('faults', [{ fault: { rateLimit: { resetAfter: 9, form: 'RATE_LIMITED', remaining: 4 } } }]);
  const response = await post(one);
  expect(response.headers.get('x-ratelimit-remaining')).toBe('4');
  expect(await response.json()).toMatchObject({ errors: [{ type: 'RATE_LIMITED' }] });
});
