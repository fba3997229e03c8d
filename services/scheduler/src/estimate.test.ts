import type { Selection } from '@github-repo-stats/shared/documents';
import type { Pace } from '@github-repo-stats/shared/pace';
import type { Credential } from '@github-repo-stats/shared/github/credentials';
import type { LaneResult, Question } from '@github-repo-stats/shared/github/lanes';
import type { GithubReply, GraphqlError } from '@github-repo-stats/shared/github/reply';
import { describe, expect, it } from 'vitest';
import { estimateRun, type EstimateDeps } from './estimate.ts';
import type { Estimate } from '@github-repo-stats/shared/estimate';

const token = (name: string, owners?: string[]): Credential => ({
  name,
  ...(owners && { owners }),
  auth: { kind: 'token', token: `token-of-${name}` },
});
const owner = (login: string, more: Partial<Selection['owners'][number]> = {}) => ({
  owner: login,
  exclude: [],
  individual: [],
  ...more,
});

const sent = (reply: Pick<GithubReply, 'kind'> & Record<string, unknown>): LaneResult => ({
  kind: 'sent',
  calls: 1,
  reply: { points: 1, seconds: 0.1, ...reply } as GithubReply,
});

/** GitHub with so many repositories per owner; each can be seen by name, and none is archived. */
const github =
  (totals: Record<string, number>) =>
  (_credential: string, { variables, query }: Question): LaneResult => {
    const data: Record<string, unknown> = {};
    const errors: GraphqlError[] = [];
    for (const [i, login] of loginsOf(variables).entries()) {
      const total = totals[login.toLowerCase()];
      const count = { totalCount: total };
      const seen = { isArchived: false, isFork: false, visibility: 'PUBLIC' };
      const names = [...query.matchAll(new RegExp(`\\$o${i}n(\\d+):`, 'g'))].map(
        ([, j]) => [`n${j}`, seen] as const,
      );
      data[`o${i}`] =
        total === undefined ? null : { all: count, v0: count, v1: count, ...Object.fromEntries(names) };
    }
    return sent({ kind: 'data', data, errors });
  };
const loginsOf = (variables: Record<string, unknown>): string[] =>
  Object.entries(variables).flatMap(([name, value]) => (/^o\d+$/.test(name) ? String(value) : []));

function deps(ask: (credential: string, question: Question) => LaneResult, more: Partial<EstimateDeps> = {}) {
  const asked: { credential: string; question: Question }[] = [];
  const all: EstimateDeps = {
    credentials: [token('default')],
    ask(credential, question) {
      asked.push({ credential, question });
      return Promise.resolve(ask(credential, question));
    },
    readPace: () => Promise.resolve(undefined),
    before: () => Promise.resolve(undefined),
    batchSize: 65,
    writeRu: 6,
    throughput: undefined,
    scale: 1,
    ...more,
  };
  return { asked, all };
}

async function estimated(selection: Selection, all: EstimateDeps): Promise<Estimate> {
  const result = await estimateRun(selection, all);
  if (result.kind !== 'estimated') throw new Error(JSON.stringify(result));
  return result.estimate;
}

const PACE: Pace = {
  id: 'cred-default',
  grants: {},
  listingSeconds: 0.5,
  learned: { size: 50, hold: 0, halved: false, repositories: 500, seconds: 40, calls: 10 },
  dryRuns: {
    ListRepositories: { cost: 1, nodeCount: 65 },
    RepositoriesById: { cost: 2, nodeCount: 65 },
    RepositoriesByName: { cost: 1, nodeCount: 0 },
  },
};

describe('an estimate', () => {
  it('is not made without a credential', async () => {
    const { all } = deps(() => Promise.reject(new Error('nobody asks')) as never, { credentials: [] });
    expect(await estimateRun({ owners: [owner('acme')], repositories: [] }, all)).toEqual({
      kind: 'no-credentials',
    });
  });

  it.each([
    [{ kind: 'wait', waitMs: 700, reason: 'limit' } satisfies LaneResult, 700, 'limit'],
    [
      sent({ kind: 'limited', limit: 'secondary', waitMs: 60_000, detail: '' }),
      60_000,
      'GitHub limit: secondary',
    ],
    [sent({ kind: 'timeout', detail: 'HTTP 502' }), 10_000, "GitHub's answer: HTTP 502"],
    [
      sent({ kind: 'data', data: { o0: null }, errors: [{ message: 'timedout', path: ['o0'] }] }),
      10_000,
      "GitHub's answer: timedout",
    ],
  ])('is to be asked for again when GitHub cannot be asked now: %j', async (answer, waitMs, why) => {
    const { all } = deps(() => answer);
    const result = await estimateRun({ owners: [owner('acme')], repositories: [] }, all);
    expect(result).toEqual({ kind: 'wait', waitMs, why });
  });

  it('lists an owner that cannot be read with its reason, and counts nothing for it but the listing', async () => {
    const { all } = deps(github({ acme: 10 }));
    const selection = { owners: [owner('acme'), owner('nobody')], repositories: [] };
    expect(await estimated(selection, all)).toMatchObject({
      repositories: 10,
      owners: [
        { owner: 'acme', repositories: 10 },
        { owner: 'nobody', repositories: 0, reason: 'not-found' },
      ],
      // One of them a dry run.
      calls: { listing: 3 },
      upperBound: false,
    });
  });

  it('goes on with another credential when one is refused, and names the owners that none may read', async () => {
    const credentials = [token('default', ['acme']), token('spare'), token('theirs', ['globex'])];
    const refusing = (name: string, question: Question): LaneResult =>
      name === 'spare'
        ? github({ acme: 5, globex: 7 })(name, question)
        : name === 'default'
          ? sent({ kind: 'refused', reason: 'credentials', detail: 'HTTP 401' })
          : { kind: 'refused', until: '2026-01-01T00:00:00Z' };
    const { all, asked } = deps(refusing, { credentials });
    const selection = { owners: [owner('Acme'), owner('globex')], repositories: [] };
    expect((await estimated(selection, all)).owners).toEqual([
      { owner: 'Acme', repositories: 5 },
      { owner: 'globex', repositories: 7 },
    ]);
    expect(asked.map((a) => a.credential).sort()).toEqual(['default', 'spare', 'theirs']);
    const alone = { ...all, credentials: credentials.filter((c) => c.name !== 'spare') };
    expect((await estimated(selection, alone)).owners).toEqual([
      { owner: 'Acme', repositories: 0, reason: 'credentials' },
      { owner: 'globex', repositories: 0, reason: 'credentials' },
    ]);
  });

  it('asks for fifty owners at a time, and never splices a name into the question', async () => {
    const logins = Array.from({ length: 120 }, (_, i) => `owner-${i}`);
    const { all, asked } = deps(github(Object.fromEntries(logins.map((l) => [l, 1]))));
    const selection = { owners: logins.map((l) => owner(l)), repositories: [] };
    expect((await estimated(selection, all)).repositories).toBe(120);
    expect(asked.map((a) => loginsOf(a.question.variables).length)).toEqual([50, 50, 20]);
    expect(asked.filter((a) => a.question.query.includes('owner-'))).toEqual([]);
  });

  it('counts down names that are left out, and says what GitHub cannot count without', async () => {
    const { all, asked } = deps(github({ acme: 100 }));
    const exclude = ['Gone', 'acme/gone', 'other/thing', 'tmp-*'];
    const of = owner('acme', { exclude, individual: ['mine'], filter: { topics: ['cli'], forks: false } });
    expect(await estimated({ owners: [of], repositories: ['acme/mine'] }, all)).toMatchObject({
      repositories: 99,
      individualRepositories: 1,
      owners: [
        {
          owner: 'acme',
          repositories: 98,
          upperBound: true,
          reason: 'excludes with *, filter topics',
        },
      ],
      upperBound: true,
    });
    expect(asked[0]?.question.variables).toEqual({ o0: 'acme', o0f: false, o0n0: 'gone', o0n1: 'mine' });
  });

  it('adds up visibilities', async () => {
    const { all } = deps(github({ acme: 100 }));
    const of = owner('acme', { filter: { visibility: ['public', 'internal'] } });
    expect((await estimated({ owners: [of], repositories: [] }, all)).repositories).toBe(200);
  });

  it('reckons calls, points, seconds and messages by what was learned', async () => {
    const { all } = deps(github({ acme: 650 }), { readPace: () => Promise.resolve(PACE) });
    const estimate = await estimated({ owners: [owner('acme')], repositories: ['octokit/octokit.rb'] }, all);
    expect(estimate).toMatchObject({
      repositories: 651,
      // A batch of 65 fits into one request of up to 1.4 times 50.
      calls: { listing: 7, stats: 11, total: 18 },
      // A listing and a question by name 1 each, one by id 2.
      points: 7 + 1 + 20,
      // Plans of 65 and three of 195, and one of the single repository.
      messages: { resolve: 5, fetch: 11, write: 11, total: 27 },
      learned: true,
    });
    expect(estimate.seconds.github).toBeCloseTo(7 * 0.5 + 651 * 0.08, 1);
    expect(estimate.seconds.total).toBeGreaterThan(651 * 0.08);
  });

  it('takes as long as GitHub gives points, or as the throughput takes to write', async () => {
    const many = { owners: [owner('acme')], repositories: [] };
    const { all } = deps(github({ acme: 650_000 }), { readPace: () => Promise.resolve(PACE) });
    const slow = await estimated(many, { ...all, throughput: 10 });
    expect(slow.points).toBe(6_667 + 20_000);
    expect(slow.seconds.writing).toBe(390_000);
    expect(slow.seconds.total).toBe(390_001);
    expect(slow.notes.join()).toMatch(/More points than GitHub gives for an hour: default/);
    const fast: Pace = { ...PACE, learned: { ...PACE.learned!, seconds: 0.01 } };
    const limited = await estimated(many, { ...all, readPace: () => Promise.resolve(fast) });
    expect(limited.seconds.total).toBe(5 * 3600 + 1);
  });

  it('shares work among credentials, which are asked beside each other', async () => {
    const readPace = (name: string): Promise<Pace> => Promise.resolve({ ...PACE, id: `cred-${name}` });
    const selection = { owners: [owner('acme')], repositories: [] };
    const one = await estimated(selection, deps(github({ acme: 6_500 }), { readPace }).all);
    const credentials = [token('a'), token('b')];
    const two = await estimated(selection, deps(github({ acme: 6_500 }), { readPace, credentials }).all);
    expect(two.calls).toEqual(one.calls);
    expect(two.seconds.github).toBe(one.seconds.github);
    expect(two.seconds.total).toBeLessThan(one.seconds.total * 0.55);
    // The source is handed on once, since neither is the default credential.
    expect(two.messages.resolve).toBe(one.messages.resolve + 1);
  });

  it('pays for looking up what the run before had, and more for what it had not', async () => {
    const selection = { owners: [owner('acme')], repositories: [] };
    const ru = async (before: Awaited<ReturnType<EstimateDeps['before']>>): Promise<number> => {
      const { all } = deps(github({ acme: 1000 }), { before: () => Promise.resolve(before) });
      return (await estimated(selection, all)).requestUnitsByContainer.repoStats;
    };
    expect(await ru(undefined)).toBe(6_000);
    expect(await ru({ repositories: 1000, sameSelection: true, otherRuns: 0 })).toBe(7_000);
    expect(await ru({ repositories: 900, sameSelection: true, otherRuns: 0 })).toBe(7_680);
  });
});
