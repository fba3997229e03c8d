import { setImmediate as turn } from 'node:timers/promises';
import type { Pace } from '@github-repo-stats/shared/pace';
import type { Credential } from '@github-repo-stats/shared/github/credentials';
import type { GateResult } from '@github-repo-stats/shared/github/gate';
import type { GithubReply } from '@github-repo-stats/shared/github/reply';
import { FetchBatch, WriteStats, type Envelope } from '@github-repo-stats/shared/messages';
import { complete, type Settlement } from '@github-repo-stats/shared/settlement';
import { describe, expect, it } from 'vitest';
import { repository } from './answer.fixture.ts';
import { fetchBatch, type FetcherDeps } from './fetch-batch.ts';

const runId = '1611127298';
const batchId = 'b-s00001-00001-1';
const lane = 'cred-default';
const NOW = new Date('2021-01-20T07:21:38Z');
const repo = (name: string) => ({ nameWithOwner: `o/${name}`, id: `R_${name}` });
const batch = (names: string, more: Partial<FetchBatch> = {}): FetchBatch => ({
  runId,
  batchId,
  repos: Array.from(names, repo),
  attempt: 1,
  firstAttempt: 1,
  wait: 0,
  ...more,
});
const sent = (reply: Partial<GithubReply>): GateResult => ({
  kind: 'sent',
  calls: 1,
  reply: { points: 1, seconds: 2.5, detail: 'said GitHub', ...reply } as GithubReply,
});
/** Answers by a rule per name: its entry, or the error that stands in its place. */
const answering =
  (of: (name: string) => object | { error: string }) =>
  (ids: readonly string[]): GateResult => {
    const parts = ids.map((id) => of(id.slice(2)));
    return sent({
      kind: 'data',
      data: { nodes: parts.map((p) => ('error' in p ? null : p)) },
      errors: parts.flatMap((p, i) =>
        'error' in p ? { type: String(p.error), message: 'no', path: ['nodes', i] } : [],
      ),
    });
  };
const fine = (name: string) => repository(`o/${name}`);

const token = (name: string, owners?: string[]): Credential => ({
  name,
  auth: { kind: 'token', token: `token of ${name}` },
  ...(owners && { owners }),
});

/** The fetcher around an answer, with all that it sends away in memory. */
function world(answer: (ids: readonly string[]) => GateResult, more: Partial<FetcherDeps> = {}) {
  const fetch: Envelope[] = [];
  const scheduled: { copy: Envelope; at: Date }[] = [];
  const writes: WriteStats[] = [];
  const asked: string[][] = [];
  const queries: string[] = [];
  const askedAs: string[] = [];
  const pace: Pace = { id: lane, grants: {} };
  const deps: FetcherDeps = {
    store: {
      readBatch: () => Promise.resolve({ batchId, repos: Array.from('abcdefgh', repo) }),
      readOutcome: () => Promise.resolve(undefined),
      reopen: () => Promise.resolve(4),
    },
    credentials: [token('default')],
    askAs: (credential) => (question, learn) => {
      const { name, variables } = question(pace);
      const ids = variables.ids as string[];
      asked.push(ids);
      queries.push(name);
      askedAs.push(credential);
      const result = answer(ids);
      if (result.kind === 'sent') Object.assign(pace, learn?.(pace, result.reply));
      return Promise.resolve(result);
    },
    fetchQueue: {
      // Later than at once, as over a network: what is not awaited is not there when the handler has ended.
      send: async (messages) => {
        await turn();
        fetch.push(...messages);
      },
      schedule: (copy, at) => Promise.resolve(void scheduled.push({ copy, at })),
    },
    writeQueue: {
      send: async (messages) => {
        await turn();
        writes.push(...messages.map((m) => WriteStats.parse(m.body)));
      },
      schedule: () => Promise.reject(new Error('writes are not scheduled')),
    },
    writeLanes: 1,
    spread: (_credential, waitMs, seconds) => waitMs + seconds,
    now: () => NOW,
    scale: 1,
    log: () => undefined,
    ...more,
  };
  return { deps, fetch, scheduled, writes, asked, queries, askedAs, pace };
}
type World = ReturnType<typeof world>;
const namesOf = (m: FetchBatch): string => m.repos.map((r) => r.nameWithOwner.slice(2)).join('');
const copyIn = (settled: Settlement): FetchBatch => {
  if (settled.kind !== 'again') throw new Error('there is no copy');
  expect(settled.copy.sessionId).toBe(lane);
  return FetchBatch.parse(settled.copy.body);
};

/** Handles a message and all its copies until nothing is left; the delays on the way. */
async function toTheEnd(first: FetchBatch, w: World): Promise<number[]> {
  const delays: number[] = [];
  const queue = [first];
  for (let m = queue.shift(); m; m = queue.shift()) {
    const settled = await fetchBatch(m, lane, w.deps);
    for (const { copy } of w.scheduled.splice(0)) queue.push(FetchBatch.parse(copy.body));
    if (settled.kind !== 'again') continue;
    delays.push(settled.delayMs);
    queue.push(copyIn(settled));
    if (delays.length > 100) throw new Error('it does not end');
  }
  return delays;
}

describe('fetching a batch', () => {
  it('hands the statistics of a good answer to the writer', async () => {
    const w = world(answering(fine));
    expect(await fetchBatch(batch('ab'), lane, w.deps)).toEqual(complete);
    expect(w.asked).toEqual([['R_a', 'R_b']]);
    expect(w.writes).toMatchObject([
      { runId, batchId, attempt: 1, wait: 0, failures: [], cost: { calls: 1, points: 1, seconds: 2.5 } },
    ]);
    expect(w.writes[0]?.stats.map((s) => s.document.collectedAt)).toEqual([
      NOW.toISOString(),
      NOW.toISOString(),
    ]);
  });

  it('logs what this delivery cost, not what those before it did, and who asked', async () => {
    const logged: unknown[] = [];
    const w = world(answering(fine), { log: (...entry) => void logged.push(entry) });
    await fetchBatch({ ...batch('ab'), spent: { calls: 3, points: 2, seconds: 7 } }, lane, w.deps);
    expect(w.writes).toMatchObject([{ cost: { calls: 4, points: 3, seconds: 9.5 } }]);
    const entry = { runId, batchId, attempt: 1, credential: 'default', repositories: 2, failures: 0 };
    expect(logged).toEqual([
      ['info', 'batch fetched', { ...entry, again: 0, left: 0, calls: 1, points: 1, seconds: 2.5 }],
    ]);
  });

  it('does nothing when nothing is left to do', async () => {
    const w = world(answering(fine));
    w.deps.store.readOutcome = () =>
      Promise.resolve({ entries: { 'o/a': { state: 'created', attempt: 1 } } } as never);
    expect(await fetchBatch(batch('a'), lane, w.deps)).toEqual(complete);
    expect({ asked: w.asked, writes: w.writes, fetch: w.fetch }).toEqual({
      asked: [],
      writes: [],
      fetch: [],
    });
  });

  it('sends a message of another lane to its own, without asking GitHub', async () => {
    const w = world(answering(fine));
    expect(await fetchBatch(batch('a'), 'elsewhere', w.deps)).toEqual(complete);
    expect(w.fetch).toMatchObject([{ sessionId: lane, body: batch('a') }]);
    expect(w.asked).toEqual([]);
  });

  it('forwards what was dropped by hand as the next attempt', async () => {
    const w = world(answering(fine));
    expect(await fetchBatch({ runId, batchId, names: ['o/b'] }, 'by hand', w.deps)).toEqual(complete);
    expect(w.fetch).toMatchObject([
      { sessionId: lane, body: { repos: [repo('b')], attempt: 4, firstAttempt: 4, wait: 0 } },
    ]);
  });

  it('comes back in the same lane when the gate says wait, spread, as the same attempt', async () => {
    const w = world(() => ({ kind: 'wait', waitMs: 9_000, reason: 'primary' }));
    const settled = await fetchBatch(batch('ab', { attempt: 2, wait: 5 }), lane, w.deps);
    expect(settled).toMatchObject({ kind: 'again', delayMs: 9_000.05, why: 'primary' });
    expect(copyIn(settled)).toEqual(batch('ab', { attempt: 2, wait: 6 }));
    expect(w.writes).toEqual([]);
  });

  it('does not come back far apart from the others, however slow GitHub seems', async () => {
    const learned = { size: 1, hold: 0, halved: true, repositories: 1, seconds: 60, calls: 1 };
    const w = world(() => ({ kind: 'wait', waitMs: 9_000, reason: 'primary', learned }));
    expect(await fetchBatch(batch('ab'), lane, w.deps)).toMatchObject({ delayMs: 9_005 });
  });

  it('comes back in the same lane when GitHub answers with a limit', async () => {
    const w = world(() => sent({ kind: 'limited', limit: 'secondary', waitMs: 60_000 }));
    const settled = await fetchBatch(batch('ab'), lane, w.deps);
    expect(settled).toMatchObject({ kind: 'again', delayMs: 60_000 });
    expect(copyIn(settled)).toMatchObject({ attempt: 1, wait: 1 });
  });

  it('asks again in place when GitHub says to wait for a moment only', async () => {
    let asked = 0;
    const short = sent({ kind: 'limited', limit: 'secondary', waitMs: 2_000 });
    const w = world((ids) => (++asked === 1 ? short : answering(fine)(ids)));
    expect(await fetchBatch(batch('ab'), lane, w.deps)).toEqual(complete);
    expect(w.writes).toMatchObject([{ cost: { calls: 2 } }]);
  });

  it('hands on what came before a limit, and comes back for the rest alone', async () => {
    let asked = 0;
    const limit = sent({ kind: 'limited', limit: 'primary', waitMs: 600_000 });
    const w = world((ids) => (++asked === 2 ? limit : answering(fine)(ids)));
    w.pace.learned = { size: 3, hold: 9, halved: true, repositories: 3, seconds: 3, calls: 1 };
    const settled = await fetchBatch(batch('abcdefgh'), lane, w.deps);
    expect(w.writes).toHaveLength(1);
    expect(w.writes[0]?.stats.map((s) => s.name.slice(2)).join('')).toBe('abcd');
    expect(copyIn(settled)).toEqual(batch('efgh', { wait: 1 }));
  });

  it('keeps what came, hands on what failed for good, and asks again for the rest alone', async () => {
    const rule = (name: string) =>
      name === 'b' ? { error: 'NOT_FOUND' } : name === 'c' ? { error: 'INTERNAL' } : fine(name);
    const w = world(answering(rule));
    const settled = await fetchBatch(batch('abcd'), lane, w.deps);
    expect(w.writes[0]?.stats.map((s) => s.name)).toEqual(['o/a', 'o/d']);
    expect(w.writes[0]?.failures).toMatchObject([{ name: 'o/b', reason: 'not-found' }]);
    expect(copyIn(settled)).toEqual(batch('c', { attempt: 2 }));
  });

  it('lets all fail when GitHub refuses the only credential', async () => {
    const w = world(() => sent({ kind: 'refused', reason: 'credentials' }));
    expect(await fetchBatch(batch('ab'), lane, w.deps)).toEqual(complete);
    const detail = 'GitHub refused every credential that may read it: default';
    expect(w.writes).toMatchObject([{ refusedBy: ['default'], stats: [] }]);
    expect(w.writes[0]?.failures).toEqual([
      { name: 'o/a', reason: 'credentials', detail },
      { name: 'o/b', reason: 'credentials', detail },
    ]);
  });

  it.each([
    ['just now', sent({ kind: 'refused', reason: 'credentials' })],
    ['lately', { kind: 'refused', until: NOW.toISOString() } as const],
  ])('moves to another credential when GitHub refused this one %s', async (_, refusal) => {
    const w = world(() => refusal);
    w.deps.credentials = [token('a'), token('b'), token('c', ['somebody-else'])];
    expect(await fetchBatch(batch('ab'), 'cred-a', w.deps)).toEqual(complete);
    expect(w.fetch).toMatchObject([{ sessionId: 'cred-b', body: { refusedBy: ['a'], attempt: 1 } }]);
    expect(w.writes).toEqual([]);
    const moved = FetchBatch.parse(w.fetch[0]?.body);
    expect(await fetchBatch(moved, 'cred-b', w.deps)).toEqual(complete);
    expect(w.writes).toMatchObject([{ refusedBy: ['a', 'b'], failures: [{ reason: 'credentials' }, {}] }]);
    expect(w.askedAs).toEqual(['a', 'b']);
  });

  it('goes to the lane of a credential that names the owner, and fails what none may read', async () => {
    const w = world(answering(fine));
    w.deps.credentials = [token('any'), token('mine', ['o'])];
    expect(await fetchBatch(batch('a'), 'cred-any', w.deps)).toEqual(complete);
    expect(w.fetch).toMatchObject([{ sessionId: 'cred-mine' }]);
    w.deps.credentials = [token('other', ['p'])];
    expect(await fetchBatch(batch('a'), 'cred-any', w.deps)).toEqual(complete);
    expect(w.writes[0]?.failures).toEqual([
      { name: 'o/a', reason: 'credentials', detail: 'no configured credential may read this owner' },
    ]);
    expect(w.asked).toEqual([]);
  });

  it('parts a batch whose owners no single credential may read', async () => {
    const w = world(answering(fine));
    w.deps.credentials = [token('o', ['o']), token('p', ['p'])];
    const both = [repo('a'), { nameWithOwner: 'p/b', id: 'R_b' }];
    w.deps.store.readBatch = () => Promise.resolve({ batchId, repos: both });
    expect(await fetchBatch({ ...batch(''), repos: both }, 'cred-o', w.deps)).toEqual(complete);
    expect(w.fetch).toMatchObject([
      { sessionId: 'cred-o', body: { repos: [both[0]] } },
      { sessionId: 'cred-p', body: { repos: [both[1]] } },
    ]);
  });

  it('tries again with growing pauses, then lets what did not come fail with its reason', async () => {
    const w = world(() => sent({ kind: 'transport' }), { scale: 0.1 });
    expect(await toTheEnd(batch('ab'), w)).toEqual([100, 500, 2_000, 6_000]);
    expect(w.asked).toHaveLength(5);
    expect(w.writes).toMatchObject([
      { attempt: 5, stats: [], failures: [{ reason: 'transport' }, { reason: 'transport' }] },
    ]);
  });

  it('counts the attempts of a rerun from its own first one', async () => {
    const w = world(() => sent({ kind: 'transport' }));
    expect(await toTheEnd(batch('a', { attempt: 7, firstAttempt: 7 }), w)).toHaveLength(4);
    expect(w.writes).toMatchObject([{ attempt: 11 }]);
  });

  it('asks at once in halves for what came too late', async () => {
    const w = world((ids) => (ids.length > 3 ? sent({ kind: 'timeout' }) : answering(fine)(ids)));
    expect(await fetchBatch(batch('abcde'), lane, w.deps)).toEqual(complete);
    expect(w.asked.map((ids) => ids.map((id) => id.slice(2)).join(''))).toEqual(['abcde', 'abc', 'de']);
    expect(w.pace.learned).toMatchObject({ size: 2, halved: true });
  });

  it('halves the size of requests once for one that is too slow by itself, not for each of its halves', async () => {
    const w = world((ids) => (ids.includes('R_d') ? sent({ kind: 'timeout' }) : answering(fine)(ids)));
    w.pace.learned = { size: 8, hold: 0, halved: false, repositories: 80, seconds: 40, calls: 10 };
    await fetchBatch(batch('abcdefgh'), lane, w.deps);
    expect(w.pace.learned).toMatchObject({ size: 4, halved: true });
  });

  it('asks three times for one that is too slow by itself, then group by group, and keeps it when that works', async () => {
    const w = world(answering(fine));
    const ask = w.deps.askAs('default');
    w.deps.askAs = () => {
      return (question, learn) =>
        question(w.pace).name === 'RepositoriesById'
          ? Promise.resolve(sent({ kind: 'timeout' }))
          : ask(question, learn);
    };
    expect(await toTheEnd(batch('a'), w)).toEqual([1_000, 5_000]);
    expect(w.queries).toEqual([
      'RepositoriesByIdFacts',
      'RepositoriesByIdIssues',
      'RepositoriesByIdPullRequests',
    ]);
    expect(w.writes.flatMap((m) => m.stats.map((s) => s.name))).toEqual(['o/a']);
  });

  it('fails one that was too slow for what a group of its fields says, when that says more', async () => {
    const w = world(answering(() => ({ error: 'NOT_FOUND' })));
    const ask = w.deps.askAs('default');
    w.deps.askAs = () => (question, learn) =>
      question(w.pace).name === 'RepositoriesById'
        ? Promise.resolve(sent({ kind: 'timeout' }))
        : ask(question, learn);
    await toTheEnd(batch('a'), w);
    expect(w.queries).toEqual(['RepositoriesByIdFacts']);
    expect(w.writes.flatMap((m) => m.failures)).toMatchObject([{ name: 'o/a', reason: 'not-found' }]);
  });

  it('takes an empty group for what it is: not too slow, but an answer that was not whole', async () => {
    const empty = sent({ kind: 'data', data: { nodes: [null] }, errors: [] });
    const w = world(() => empty);
    const ask = w.deps.askAs('default');
    w.deps.askAs = () => (question, learn) =>
      question(w.pace).name === 'RepositoriesById'
        ? Promise.resolve(sent({ kind: 'timeout' }))
        : ask(question, learn);
    await toTheEnd(batch('a'), w);
    expect(w.queries).toHaveLength(3);
    expect(w.writes.flatMap((m) => m.failures)).toMatchObject([{ name: 'o/a', reason: 'transport' }]);
  });

  it('asks for what was too slow by itself by itself again', async () => {
    const slow = ['R_b', 'R_f'];
    const w = world((ids) =>
      ids.some((id) => slow.includes(id)) ? sent({ kind: 'timeout' }) : answering(fine)(ids),
    );
    const settled = await fetchBatch(batch('abcdefgh'), lane, w.deps);
    expect(copyIn(settled)).toEqual(batch('bf', { attempt: 2, alone: true }));
    w.asked.length = 0;
    await fetchBatch(copyIn(settled), lane, w.deps);
    expect(w.asked).toEqual([['R_b'], ['R_f']]);
  });

  it('lets only the repository fail that is too slow, however large its batch', async () => {
    const w = world((ids) => (ids.includes('R_d') ? sent({ kind: 'timeout' }) : answering(fine)(ids)));
    await toTheEnd(batch('abcdefgh'), w);
    expect(
      w.writes
        .flatMap((m) => m.stats.map((s) => s.name.slice(2)))
        .toSorted()
        .join(''),
    ).toBe('abcefgh');
    expect(w.writes.flatMap((m) => m.failures)).toMatchObject([{ name: 'o/d', reason: 'timeout' }]);
  });

  it('counts every call, also those whose answers were of no use', async () => {
    let asked = 0;
    const w = world((ids) => (++asked < 4 ? sent({ kind: 'timeout' }) : answering(fine)(ids)));
    await toTheEnd(batch('abcd'), w);
    expect(w.writes.reduce((calls, m) => calls + m.cost.calls, 0)).toBe(asked);
  });

  it("halves what a limit of GitHub's left out of an answer, and loses nothing by it", async () => {
    // One repository per query is all that this GitHub can do.
    const w = world((ids) =>
      answering((name) => (`R_${name}` === ids[0] ? fine(name) : { error: 'RESOURCE_LIMITS_EXCEEDED' }))(ids),
    );
    await toTheEnd(batch('abcdefgh'), w);
    expect(w.writes.flatMap((m) => m.failures)).toEqual([]);
    expect(w.writes.flatMap((m) => m.stats)).toHaveLength(8);
  });

  it('asks again in halves when a limit left nothing of the answer', async () => {
    const w = world((ids) =>
      ids.length > 2 ? answering(() => ({ error: 'RESOURCE_LIMITS_EXCEEDED' }))(ids) : answering(fine)(ids),
    );
    await toTheEnd(batch('abcdefgh'), w);
    expect(w.asked.map((ids) => ids.length)).toEqual([8, 4, 2, 2, 4, 2, 2]);
    expect(w.writes.flatMap((m) => m.stats)).toHaveLength(8);
  });

  it('sends the writer to the one lane of its batch', async () => {
    const lanes = new Set<string>();
    const w = world(answering(fine), {
      writeLanes: 4,
      writeQueue: {
        send: (messages) => Promise.resolve(messages.forEach((m) => lanes.add(m.sessionId))),
        schedule: () => Promise.reject(new Error('writes are not scheduled')),
      },
    });
    await fetchBatch(batch('a'), lane, w.deps);
    await fetchBatch(batch('b', { attempt: 3 }), lane, w.deps);
    expect([...lanes]).toEqual([expect.stringMatching(/^write-[0-3]$/)]);
  });

  it('names everything that it did in one copy: nothing is both settled and asked again', async () => {
    const rules: Record<string, object> = {
      a: fine('a'),
      b: { error: 'NOT_FOUND' },
      c: { error: 'INTERNAL' },
    };
    const w = world(answering((name) => rules[name]!));
    const settled = await fetchBatch(batch('abc'), lane, w.deps);
    const done = w.writes.flatMap((m) => [...m.stats, ...m.failures].map((s) => s.name.slice(2)));
    expect([...done, namesOf(copyIn(settled))].join('')).toBe('abc');
  });
});
