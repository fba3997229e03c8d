import { setImmediate as turn } from 'node:timers/promises';
import type { Plan, Source } from '@github-repo-stats/shared/documents';
import type { Credential } from '@github-repo-stats/shared/github/credentials';
import type { LaneResult } from '@github-repo-stats/shared/github/lanes';
import type { GithubReply } from '@github-repo-stats/shared/github/reply';
import { UnreadableMessage, type Envelope, type ResolveSource } from '@github-repo-stats/shared/messages';
import { complete } from '@github-repo-stats/shared/settlement';
import { describe, expect, it } from 'vitest';
import { resolvePage, type ResolverDeps } from './resolve-page.ts';

const runId = '1611127298';
const message: ResolveSource = { runId, sourceId: 's00001', page: 1, attempt: 1, wait: 0 };
const source = (what: Partial<Source['what']> = {}, more: Partial<Source> = {}): Source => ({
  id: 'source.s00001',
  runId,
  type: 'source',
  sourceId: 's00001',
  what: { kind: 'owner', owner: 'microsoft', exclude: [], individual: [], ...what } as Source['what'],
  failedCount: 0,
  ...more,
});
const node = (name: string, more: object = {}) => ({
  id: `R_${name}`,
  nameWithOwner: `microsoft/${name}`,
  isArchived: false,
  isFork: false,
  isTemplate: false,
  visibility: 'PUBLIC',
  primaryLanguage: null,
  ...more,
});
const sent = (reply: Partial<GithubReply>): Extract<LaneResult, { kind: 'sent' }> => ({
  kind: 'sent',
  calls: 1,
  reply: { points: 1, seconds: 0.5, detail: 'said GitHub', ...reply } as GithubReply,
});
const listed = (names: (string | object)[], endCursor?: string): ReturnType<typeof sent> => {
  const pageInfo = { hasNextPage: endCursor !== undefined, endCursor: endCursor ?? null };
  const nodes = names.map((n) => (typeof n === 'string' ? node(n) : n));
  const data = { repositoryOwner: { repositories: { pageInfo, nodes } } };
  return sent({ kind: 'data', data, errors: [] });
};

const credential = (name: string, ...owners: string[]): Credential => ({
  name,
  ...(owners.length > 0 && { owners }),
  auth: { kind: 'token', token: `secret of ${name}` },
});

/** Everything around the use case, in memory; `order` tells what was done in which order. */
function world(stored: Source | undefined, answer: LaneResult | undefined, more: Partial<ResolverDeps> = {}) {
  const plans = new Map<string, Plan>();
  const order: string[] = [];
  const fetch: Envelope[] = [];
  const resolve: Envelope[] = [];
  const asked: unknown[] = [];
  const failed: unknown[] = [];
  const logged: string[] = [];
  const warned: unknown[] = [];
  const queue = (name: string, into: Envelope[]) => ({
    // Later than at once, as over a network: what is not awaited is not there when the handler has ended.
    send: async (messages: readonly Envelope[]) => {
      await turn();
      order.push(name);
      into.push(...messages);
    },
    schedule: () => Promise.reject(new Error('nothing is scheduled here')),
  });
  const deps: ResolverDeps = {
    store: {
      readSource: (run, id) =>
        Promise.resolve(run === stored?.runId && id === stored.sourceId ? stored : undefined),
      failSource: (_source, why) => Promise.resolve(void failed.push(why)),
      readPlan: (_run, id) => Promise.resolve(plans.get(id)),
      createPlan: (plan) => {
        order.push('plan');
        if (!plans.has(plan.id)) plans.set(plan.id, plan);
        return Promise.resolve(plans.get(plan.id)!);
      },
    },
    list: (variables) => {
      asked.push(variables);
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('GitHub is not to be asked'));
    },
    fetchQueue: queue('fetch', fetch),
    resolveQueue: queue('resolve', resolve),
    credentials: [credential('default')],
    credential: 'default',
    batchSize: 2,
    scale: 1,
    log(level, text, fields) {
      logged.push(text);
      if (level === 'warn') warned.push(fields);
    },
    ...more,
  };
  return { deps, plans, order, fetch, resolve, asked, failed, logged, warned };
}
const namesIn = (envelopes: readonly Envelope[]): string[][] =>
  envelopes.map((e) => ('repos' in e.body ? (e.body.repos ?? []).map((r) => r.nameWithOwner) : []));

describe('resolving a page', () => {
  it('stores the plan of a listed page, then sends its batches, then the next page', async () => {
    const w = world(source(), listed(['a', 'b', 'c'], 'c1'));
    expect(await resolvePage(message, w.deps)).toEqual(complete);
    expect(w.asked).toEqual([{ login: 'microsoft', first: 100, after: null, topics: false }]);
    expect(w.order).toEqual(['plan', 'fetch', 'resolve']);
    expect(namesIn(w.fetch)).toEqual([['microsoft/a', 'microsoft/b'], ['microsoft/c']]);
    expect(w.resolve.map((e) => e.body)).toEqual([{ ...message, page: 2, cursor: 'c1' }]);
    expect([...w.fetch, ...w.resolve].map((e) => e.sessionId)).toEqual(Array(3).fill('cred-default'));
    expect([...w.plans.values()][0]).toMatchObject({ planned: 3, calls: 1, points: 1, seconds: 0.5 });
  });

  it('logs what this delivery cost, not what those before it did, and who asked', async () => {
    const entries: unknown[] = [];
    const w = world(source(), listed(['a', 'b', 'c'], 'c1'), { log: (...entry) => void entries.push(entry) });
    await resolvePage({ ...message, spent: { calls: 2, points: 2, seconds: 4 } }, w.deps);
    expect([...w.plans.values()][0]).toMatchObject({ calls: 3, points: 3, seconds: 4.5 });
    const { runId, sourceId } = message;
    const planned = { runId, sourceId, page: 1, repositories: 3, batches: 2, last: 'false' };
    const cost = { credential: 'default', calls: 1, points: 1, seconds: 0.5 };
    expect(entries).toEqual([['info', 'page planned', { ...planned, ...cost }]]);
  });

  it('goes on from the cursor of its message', async () => {
    const w = world(source(), listed(['a']));
    await resolvePage({ ...message, page: 2, cursor: 'c1' }, w.deps);
    expect(w.asked).toEqual([{ login: 'microsoft', first: 100, after: 'c1', topics: false }]);
    expect(w.resolve).toEqual([]);
  });

  it('leaves out what is excluded and what is listed by itself', async () => {
    const w = world(source({ exclude: ['B*'], individual: ['c'] }), listed(['a', 'b1', 'c']));
    await resolvePage(message, w.deps);
    expect(namesIn(w.fetch)).toEqual([['microsoft/a']]);
  });

  it('leaves out what the filter does not take, and plans names and ids alone', async () => {
    const answer = listed([node('a'), node('b', { isArchived: true }), node('c', { isFork: true })]);
    const w = world(source({ filter: { archived: false, forks: false } }), answer);
    expect(await resolvePage(message, w.deps)).toEqual(complete);
    const repos = [{ nameWithOwner: 'microsoft/a', id: 'R_a' }];
    expect([...w.plans.values()][0]).toMatchObject({ planned: 1, batches: [{ repos }] });
    expect([...w.plans.values()][0]?.batches[0]?.repos).toStrictEqual(repos);
  });

  it('lists on while the filter takes too little, then goes on to the next page', async () => {
    const w = world(source({ filter: { archived: true } }), listed(['a', 'b'], 'c1'));
    expect(await resolvePage(message, w.deps)).toEqual(complete);
    expect(w.asked).toHaveLength(10);
    expect(w.fetch).toEqual([]);
    expect(w.resolve.map((e) => e.body)).toEqual([{ ...message, page: 2, cursor: 'c1' }]);
    expect([...w.plans.values()][0]).toMatchObject({
      calls: 10,
      queries: { ListRepositories: { calls: 10 } },
    });
  });

  it('asks for topics when they are filtered', async () => {
    const topics = (...names: string[]) => ({
      repositoryTopics: { nodes: names.map((name) => ({ topic: { name } })) },
    });
    const answer = listed([node('a', topics('web', 'cli')), node('b', topics('cli')), node('c', topics())]);
    const w = world(source({ filter: { topics: ['api', 'web'] } }), answer);
    await resolvePage(message, w.deps);
    expect(w.asked).toEqual([{ login: 'microsoft', first: 100, after: null, topics: true }]);
    expect(namesIn(w.fetch)).toEqual([['microsoft/a']]);
  });

  it('asks again when GitHub does not say what the filter asks for', async () => {
    const w = world(source({ filter: { topics: ['web'] } }), listed(['a']));
    expect(await resolvePage(message, w.deps)).toMatchObject({
      kind: 'again',
      why: 'transport: microsoft/a came incomplete',
      copy: { body: { attempt: 2 } },
    });
    expect(w.order).toEqual([]);
  });

  it('takes a chunk of single repositories as it is, without a listing', async () => {
    const w = world(source({ kind: 'repositories', names: ['o/a', 'o/b', 'p/c'] }), undefined);
    expect(await resolvePage(message, w.deps)).toEqual(complete);
    expect(namesIn(w.fetch)).toEqual([['o/a', 'o/b'], ['p/c']]);
    expect([...w.plans.values()][0]).toMatchObject({ last: true, calls: 0 });
  });

  it('sends the stored plan of a repeated page again, never a fresh listing', async () => {
    const w = world(source(), listed(['a', 'b'], 'c1'));
    await resolvePage(message, w.deps);
    const first = { fetch: [...w.fetch], resolve: [...w.resolve] };
    expect(await resolvePage({ ...message, attempt: 3 }, w.deps)).toEqual(complete);
    expect(w.asked).toHaveLength(1);
    expect(w.fetch.slice(first.fetch.length)).toEqual(first.fetch);
    expect(w.resolve.slice(first.resolve.length)).toEqual(first.resolve);
  });

  it('sends the plan that stands when somebody else stored one meanwhile', async () => {
    const w = world(source(), listed(['new']));
    const other = world(source(), listed(['old']));
    await resolvePage(message, other.deps);
    w.deps.store.createPlan = () => Promise.resolve([...other.plans.values()][0]!);
    await resolvePage(message, w.deps);
    expect(namesIn(w.fetch)).toEqual([['microsoft/old']]);
  });

  it('does nothing for a source that is known to have failed', async () => {
    const w = world(source({}, { failedCount: 1 }), undefined);
    expect(await resolvePage(message, w.deps)).toEqual(complete);
    expect(w.order).toEqual([]);
  });

  it('says in the log how many repositories of a page cannot be read', async () => {
    const answer = listed(['a']);
    if (answer.kind !== 'sent' || answer.reply.kind !== 'data') throw new Error('no data');
    const { repositories } = answer.reply.data.repositoryOwner as { repositories: { nodes: unknown[] } };
    repositories.nodes.push(null);
    const path = ['repositoryOwner', 'repositories', 'nodes', 1];
    answer.reply.errors = [{ type: 'FORBIDDEN', message: 'no', path }];
    const w = world(source(), answer);
    await resolvePage(message, w.deps);
    expect(namesIn(w.fetch)).toEqual([['microsoft/a']]);
    expect(w.logged).toContain('repositories of a page cannot be read');
  });

  it('lets the source fail by name when the owner cannot be read', async () => {
    const w = world(source(), sent({ kind: 'data', data: { repositoryOwner: null }, errors: [] }));
    expect(await resolvePage(message, w.deps)).toEqual(complete);
    expect(w.failed).toEqual([{ reason: 'not-found', detail: 'no such organisation or user' }]);
    expect(w.order).toEqual([]);
  });

  it.each(['forbidden', 'saml', 'ip-allow-list'] as const)(
    'lets the source fail when GitHub refuses: %s',
    async (reason) => {
      const w = world(source(), sent({ kind: 'refused', reason }));
      expect(await resolvePage(message, w.deps)).toEqual(complete);
      expect(w.failed).toEqual([{ reason, detail: 'said GitHub' }]);
    },
  );

  it('comes back later when the gate says wait, one wait more and the same attempt', async () => {
    const wait = { kind: 'wait', waitMs: 7_000, reason: 'primary' } as const;
    const settled = await resolvePage({ ...message, wait: 2 }, world(source(), wait).deps);
    expect(settled).toMatchObject({
      kind: 'again',
      delayMs: 7_000,
      why: 'primary',
      copy: { body: { ...message, wait: 3 }, sessionId: 'cred-default' },
    });
  });

  it('comes back later when GitHub answers with a limit', async () => {
    const limited = sent({ kind: 'limited', limit: 'secondary', waitMs: 60_000 });
    const settled = await resolvePage(message, world(source(), limited).deps);
    expect(settled).toMatchObject({
      kind: 'again',
      delayMs: 60_000,
      copy: { body: { wait: 1, attempt: 1 } },
    });
  });

  it.each([
    ['times out', sent({ kind: 'timeout' }), 'timeout'],
    ['cuts its answer', sent({ kind: 'transport' }), 'transport'],
    ['leaves the page incomplete', sent({ kind: 'data', data: {}, errors: [] }), 'transport'],
  ])(
    'tries again with growing pauses when GitHub %s, then lets the source fail',
    async (_, answer, reason) => {
      const w = world(source(), answer, { scale: 0.5 });
      const delays: number[] = [];
      let next: ResolveSource = message;
      for (;;) {
        const settled = await resolvePage(next, w.deps);
        if (settled.kind === 'complete') break;
        delays.push(settled.delayMs);
        next = settled.copy.body as ResolveSource;
        expect(next.attempt).toBe(delays.length + 1);
      }
      expect(delays).toEqual([1_000, 5_000, 15_000, 30_000, 60_000, 150_000]);
      expect(w.failed).toEqual([expect.objectContaining({ reason })]);
    },
  );

  it.each([
    ['source', { ...message, sourceId: 's00009' }],
    ['run', { ...message, runId: '1611127299' }],
  ])('does not understand a message of an unknown %s', async (_, unknown) => {
    await expect(resolvePage(unknown, world(source(), undefined).deps)).rejects.toThrow(UnreadableMessage);
  });
});

describe('credentials', () => {
  const any = credential('any');
  const own = credential('own', 'microsoft');
  const other = credential('other', 'octokit');
  const refused = sent({ kind: 'refused', reason: 'credentials' });
  const sessions = (envelopes: readonly Envelope[]): string[] => envelopes.map((e) => e.sessionId);

  it('other than those for an owner hand its message on as it is', async () => {
    const w = world(source(), undefined, { credentials: [any, own, other], credential: 'default' });
    expect(await resolvePage({ ...message, attempt: 2, wait: 3 }, w.deps)).toEqual(complete);
    expect(w.order).toEqual(['resolve']);
    expect(w.resolve).toMatchObject([{ sessionId: 'cred-own', body: { ...message, attempt: 2, wait: 3 } }]);
  });

  it('share the batches of a source evenly', async () => {
    const answer = listed(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    const credentials = [own, credential('own2', 'microsoft'), any, other];
    const w = world(source(), answer, { credentials, credential: 'own' });
    await resolvePage(message, w.deps);
    expect(sessions(w.fetch).sort()).toEqual(['cred-own', 'cred-own', 'cred-own2', 'cred-own2']);
  });

  it('that are none for an owner let the source fail by name', async () => {
    const w = world(source(), undefined, { credentials: [other] });
    expect(await resolvePage(message, w.deps)).toEqual(complete);
    expect(w.failed).toEqual([
      { reason: 'credentials', detail: 'no configured credential may read microsoft' },
    ]);
  });

  it.each<[string, LaneResult]>([
    ['GitHub refuses', refused],
    ['were refused lately', { kind: 'refused', until: '2026-11-20T12:00:00Z' }],
    ['get no token', { ...refused, calls: 0 }],
  ])('that %s hand the message on to another one, and say so once', async (_, answer) => {
    const w = world(source(), answer, { credentials: [own, any], credential: 'own' });
    expect(await resolvePage(message, w.deps)).toEqual(complete);
    expect(w.resolve).toMatchObject([{ sessionId: 'cred-any', body: { ...message, refusedBy: ['own'] } }]);
    expect(w.warned).toEqual([{ runId, sourceId: 's00001', credential: 'own' }]);
    expect(w.failed).toEqual([]);
  });

  it('that are all refused let the source fail by name', async () => {
    const w = world(source(), refused, { credentials: [own, any], credential: 'any' });
    expect(await resolvePage({ ...message, refusedBy: ['own'] }, w.deps)).toEqual(complete);
    expect(w.failed).toEqual([
      {
        reason: 'credentials',
        detail: 'GitHub refused every credential that may read microsoft: own, any',
        refusedBy: ['own', 'any'],
      },
    ]);
    expect(w.order).toEqual([]);
    expect(JSON.stringify([w.failed, w.warned])).not.toContain('secret');
  });

  it('that were refused get no batch, and no next page', async () => {
    const w = world(source(), listed(['a', 'b', 'c', 'd'], 'c1'), {
      credentials: [own, any],
      credential: 'any',
    });
    await resolvePage({ ...message, refusedBy: ['own'] }, w.deps);
    expect(sessions([...w.fetch, ...w.resolve])).toEqual(['cred-any', 'cred-any', 'cred-any']);
    expect(w.resolve[0]?.body).toMatchObject({ page: 2, refusedBy: ['own'] });
    expect([...w.plans.values()][0]).toMatchObject({ refusedBy: ['own'] });
    const sentFirst = [...w.fetch];
    await resolvePage(message, w.deps);
    expect(w.fetch.slice(2)).toEqual(sentFirst);
  });

  it('part single repositories: a batch holds only what the same ones may read', async () => {
    const names = ['microsoft/a', 'octokit/b', 'Microsoft/c', 'nobody/d', 'octokit/e', 'microsoft/f'];
    const w = world(source({ kind: 'repositories', names }), undefined, { credentials: [own, other] });
    expect(await resolvePage(message, w.deps)).toEqual(complete);
    expect(namesIn(w.fetch)).toEqual([
      ['microsoft/a', 'Microsoft/c'],
      ['microsoft/f'],
      ['octokit/b', 'octokit/e'],
      ['nobody/d'],
    ]);
    // Nobody's are sent all the same: the fetcher settles them.
    expect(sessions(w.fetch)).toEqual(['cred-own', 'cred-own', 'cred-other', 'cred-default']);
  });
});
