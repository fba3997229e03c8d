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

/** The fetcher around an answer, with all that it sends away in memory. */
function world(answer: (ids: readonly string[]) => GateResult, more: Partial<FetcherDeps> = {}) {
  const fetch: Envelope[] = [];
  const scheduled: { copy: Envelope; at: Date }[] = [];
  const writes: WriteStats[] = [];
  const asked: string[][] = [];
  const deps: FetcherDeps = {
    store: {
      readBatch: () => Promise.resolve({ batchId, repos: Array.from('abcdefgh', repo) }),
      readOutcome: () => Promise.resolve(undefined),
      reopen: () => Promise.resolve(4),
    },
    ask: (_query, { ids }) => {
      asked.push(ids as string[]);
      return Promise.resolve(answer(ids as string[]));
    },
    fetchQueue: {
      send: (messages) => Promise.resolve(void fetch.push(...messages)),
      schedule: (copy, at) => Promise.resolve(void scheduled.push({ copy, at })),
    },
    writeQueue: {
      send: (messages) => Promise.resolve(void writes.push(...messages.map((m) => WriteStats.parse(m.body)))),
      schedule: () => Promise.reject(new Error('writes are not scheduled')),
    },
    credential: 'default',
    writeLanes: 1,
    spread: (waitMs, secondsPerCall) => waitMs + secondsPerCall,
    now: () => NOW,
    scale: 1,
    log: () => undefined,
    ...more,
  };
  return { deps, fetch, scheduled, writes, asked };
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
    const w = world(() => ({ kind: 'wait', waitMs: 9_000, reason: 'primary', secondsPerCall: 3 }));
    const settled = await fetchBatch(batch('ab', { attempt: 2, wait: 5 }), lane, w.deps);
    expect(settled).toMatchObject({ kind: 'again', delayMs: 9_003, why: 'primary' });
    expect(copyIn(settled)).toEqual(batch('ab', { attempt: 2, wait: 6 }));
    expect(w.writes).toEqual([]);
  });

  it('comes back in the same lane when GitHub answers with a limit', async () => {
    const w = world(() => sent({ kind: 'limited', limit: 'secondary', waitMs: 60_000 }));
    const settled = await fetchBatch(batch('ab'), lane, w.deps);
    expect(settled).toMatchObject({ kind: 'again', delayMs: 60_001 });
    expect(copyIn(settled)).toMatchObject({ attempt: 1, wait: 1 });
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

  it('lets all fail at once when GitHub refuses the credential', async () => {
    const w = world(() => sent({ kind: 'refused', reason: 'credentials' }));
    expect(await fetchBatch(batch('ab'), lane, w.deps)).toEqual(complete);
    expect(w.writes[0]?.failures).toEqual([
      { name: 'o/a', reason: 'credentials', detail: 'said GitHub' },
      { name: 'o/b', reason: 'credentials', detail: 'said GitHub' },
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

  it('halves a batch whose answer came too late, both halves as first attempts', async () => {
    const w = world(() => sent({ kind: 'timeout' }));
    const settled = await fetchBatch(batch('abcde'), lane, w.deps);
    // The first half carries what the answer cost, so that it is counted once.
    const spent = expect.objectContaining({ calls: 1 }) as FetchBatch['spent'];
    expect(copyIn(settled)).toEqual(batch('abc', { attempt: 2, firstAttempt: 2, spent }));
    expect(w.scheduled).toHaveLength(1);
    expect(w.scheduled[0]?.at).toEqual(new Date(NOW.getTime() + 1_000));
    expect(w.scheduled[0]?.copy.body).toEqual(batch('de', { attempt: 2, firstAttempt: 2 }));
    expect(w.writes).toEqual([]);
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
    expect(w.asked.map((ids) => ids.length)).toEqual([8, 4, 4, 2, 2, 2, 2]);
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
