import { setImmediate as turn } from 'node:timers/promises';
import type { Outcome, RepoStats } from '@github-repo-stats/shared/documents';
import { UnreadableMessage, WriteStats } from '@github-repo-stats/shared/messages';
import { mergeOutcome, pendingEntries } from '@github-repo-stats/shared/outcome';
import { complete, isOutage } from '@github-repo-stats/shared/settlement';
import { RUN_ID } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { mergeFirstSights, type FirstSights } from '@github-repo-stats/shared/first-sights';
import { mergeRows, type Rows } from '@github-repo-stats/shared/rows';
import { BATCH_ID, memoryKnown, memoryStats, statsOf } from './stats.fixture.ts';
import { writeBatch, type WriterDeps } from './write-batch.ts';

const cost = { calls: 1, points: 1, seconds: 0.5 };
/** A message; each statistic under its planned name, which may differ from its repository's. */
const write = (
  stats: Record<string, RepoStats>,
  failures: WriteStats['failures'] = [],
  attempt = 1,
): WriteStats =>
  WriteStats.parse({
    runId: RUN_ID,
    batchId: BATCH_ID,
    attempt,
    stats: Object.entries(stats).map(([name, document]) => ({ name, document })),
    failures,
    cost,
  });

/** The writer over stores in memory. */
function world(previousRunId?: string) {
  const memory = memoryStats();
  let outcome: Outcome | undefined;
  let rows: Rows | undefined;
  let sights: FirstSights | undefined;
  const deps: WriterDeps = {
    store: memory.store,
    pacer: { admit: () => Promise.resolve(), charged: () => undefined },
    sleep: () => Promise.resolve(),
    outcomes: {
      notPlanned: (runId, batchId, names) =>
        Promise.resolve(
          runId === RUN_ID && batchId === BATCH_ID
            ? names.filter((name) => !name.startsWith('o/'))
            : undefined,
        ),
      read: () => Promise.resolve(outcome),
      // Later than at once, as over a network: what is not awaited is not there when the handler has ended.
      update: async (update) => {
        await turn();
        outcome = mergeOutcome(outcome, update) ?? outcome;
      },
    },
    rows: {
      update: (batch, more) => Promise.resolve(void (rows = mergeRows(rows, batch, more, 60) ?? rows)),
    },
    known: memoryKnown().known,
    sights: {
      note: (batch, documents) =>
        Promise.resolve(void (sights = mergeFirstSights(sights, batch, documents) ?? sights)),
    },
    earlierRuns: () => Promise.resolve({ previousRunId }),
    parallel: 2,
    budget: undefined,
    log: () => undefined,
  };
  /** As a rerun does. */
  const markPending = (...names: string[]): number => {
    const { entries, attempt } = pendingEntries(names, outcome);
    outcome = mergeOutcome(outcome, { runId: RUN_ID, batchId: BATCH_ID, entries }, true);
    return attempt;
  };
  return { ...memory, deps, markPending, outcome: () => outcome, rows: () => rows, sights: () => sights };
}

describe('writing a batch', () => {
  it('stores every document and settles the batch with what it cost', async () => {
    const w = world();
    const message = write({ 'o/a': statsOf('o/a'), 'o/b': statsOf('o/b'), 'o/c': statsOf('o/c') });
    expect(await writeBatch(message, w.deps)).toEqual(complete);
    expect([...w.documents.keys()].toSorted()).toEqual(['o.a', 'o.b', 'o.c'].map((id) => `${id}.${RUN_ID}`));
    expect(w.outcome()).toMatchObject({ created: 3, failed: 0, duplicate: 0, ru: 18, ...cost });
  });

  it('says what it cost, how often Cosmos DB was asked in vain, and the budget if there is one', async () => {
    const w = world();
    const logged: unknown[] = [];
    const log: WriterDeps['log'] = (...entry) => void logged.push(entry);
    const throttled = { kind: 'ask-again', status: 429, ru: 0.5, retryAfterMs: 1 } as const;
    w.faults.push({ on: 'create', reply: throttled }, { on: 'create', reply: throttled });
    await writeBatch(write({ 'o/a': statsOf('o/a'), 'o/b': statsOf('o/b') }), {
      ...w.deps,
      log,
      budget: 400,
    });
    const entry = { runId: RUN_ID, batchId: BATCH_ID, attempt: 1, repositories: 2, failures: 0 };
    const seconds = expect.any(Number) as number;
    expect(logged).toEqual([
      ['info', 'batch written', { ...entry, requestUnits: 13, budget: 400, throttled: 2, seconds }],
    ]);
  });

  it('settles what failed on the way with its reason, beside what was stored', async () => {
    const w = world();
    const failure = { name: 'o/b', reason: 'not-found', detail: 'gone' } as const;
    await writeBatch(write({ 'o/a': statsOf('o/a') }, [failure]), w.deps);
    expect(w.outcome()?.entries).toEqual({
      'o/a': { state: 'created', attempt: 1 },
      'o/b': { state: 'failed', attempt: 1, reason: 'not-found', detail: 'gone' },
    });
  });

  it('notes what no run has seen before, together and once', async () => {
    const compareTo = { previous: null, d7: null, d30: null };
    const w = world();
    const deps = { ...w.deps, earlierRuns: () => Promise.resolve({ compareTo }) };
    const message = write({ 'o/a': statsOf('o/a'), 'o/b': statsOf('o/b', { repoId: 'R_2' }) });
    await writeBatch(message, deps);
    await writeBatch(message, deps);
    expect(w.sights()).toMatchObject({ runId: RUN_ID, repos: ['o/a', 'o/b'], repoIds: ['R_1', 'R_2'] });
  });

  it('settles a batch of which nothing came, without touching the statistics', async () => {
    const w = world();
    await writeBatch(write({}, [{ name: 'o/a', reason: 'timeout' }]), w.deps);
    expect(w.requests).toEqual([]);
    expect(w.outcome()).toMatchObject({ failed: 1, ru: 0 });
  });

  it('fails the one document that Cosmos DB refuses', async () => {
    const w = world();
    w.faults.push({ on: 'create', reply: { kind: 'refused', ru: 1, detail: 'no' } });
    await writeBatch(write({ 'o/a': statsOf('o/a'), 'o/b': statsOf('o/b') }), { ...w.deps, parallel: 1 });
    expect(w.outcome()?.entries).toEqual({
      'o/a': { state: 'failed', attempt: 1, reason: 'storage', detail: 'no' },
      'o/b': { state: 'created', attempt: 1 },
    });
  });

  it('reports a repository that another batch stored as a duplicate', async () => {
    const w = world();
    w.put(statsOf('o/a', { batchId: 'b-s00002-00001-1' }));
    await writeBatch(write({ 'o/a': statsOf('o/a') }), w.deps);
    expect(w.outcome()?.entries).toEqual({
      'o/a': { state: 'duplicate', attempt: 1, detail: 'stored by batch b-s00002-00001-1' },
    });
  });

  it('changes nothing when it is delivered again', async () => {
    const w = world();
    const message = write({ 'o/a': statsOf('o/a'), 'o/old': statsOf('o/b') }, [
      { name: 'o/c', reason: 'not-found' },
    ]);
    await writeBatch(message, w.deps);
    const before = w.outcome();
    await writeBatch(message, w.deps);
    expect(w.outcome()).toEqual(before);
  });

  it('throws an outage, and finds what was stored already when it comes again', async () => {
    const w = world();
    w.faults.push({ on: 'create' }, { on: 'create', error: Object.assign(new Error('away'), { code: 503 }) });
    const message = write({ 'o/a': statsOf('o/a'), 'o/b': statsOf('o/b') });
    const error: unknown = await writeBatch(message, { ...w.deps, parallel: 1 }).catch((e: unknown) => e);
    expect(isOutage(error)).toBe(true);
    expect(w.outcome()).toBeUndefined();
    await writeBatch(message, w.deps);
    expect(w.outcome()).toMatchObject({ created: 2, duplicate: 0 });
  });

  it.each([
    ['run', { runId: '1611127299' }],
    ['batch', { batchId: 'b-s00001-00001-2' }],
  ])('does not understand a message of an unknown %s, and stores nothing', async (_, unknown) => {
    const w = world();
    await expect(writeBatch({ ...write({ 'o/a': statsOf('o/a') }), ...unknown }, w.deps)).rejects.toThrow(
      UnreadableMessage,
    );
    expect(w.requests).toEqual([]);
  });

  it('is refused for names that were not planned, before anything is stored', async () => {
    const w = world();
    const stranger = write({ 'o/a': statsOf('o/a') }, [{ name: 'stranger/a', reason: 'timeout' }]);
    await expect(writeBatch(stranger, w.deps)).rejects.toThrow(UnreadableMessage);
    await expect(writeBatch(stranger, w.deps)).rejects.toThrow(
      `Not in the plan of batch ${BATCH_ID}: stranger/a`,
    );
    expect([w.documents.size, w.outcome()]).toEqual([0, undefined]);
  });
});

describe('a repository that was renamed', () => {
  const PREVIOUS = String(Number(RUN_ID) - 21_600);
  const formerly = (repo: string, more: Partial<RepoStats> = {}) =>
    statsOf(repo, { id: `${repo.replace('/', '.')}.${PREVIOUS}`, runId: PREVIOUS, ...more });

  it('is told in its outcome: where it came from, and whose name it took', async () => {
    const w = world(PREVIOUS);
    w.put(formerly('o/old'));
    w.put(formerly('o/new', { repoId: 'R_2' }));
    const message = write({ 'o/old': statsOf('o/new') });
    const entry = {
      state: 'created',
      attempt: 1,
      as: 'o/new',
      renamedFrom: 'o/old',
      tookNameOf: 'R_2',
      repoId: 'R_1',
    };
    await writeBatch(message, w.deps);
    expect(w.outcome()?.entries).toEqual({ 'o/old': entry });
    const before = w.outcome();
    await writeBatch(message, w.deps);
    expect(w.outcome()).toEqual(before);
  });

  it('is not told twice when two names of a batch lead to it', async () => {
    const w = world(PREVIOUS);
    w.put(formerly('o/old'));
    await writeBatch(write({ 'o/old': statsOf('o/new'), 'o/new': statsOf('o/new') }), w.deps);
    const entries = Object.values(w.outcome()?.entries ?? {});
    expect(entries.filter((e) => e.renamedFrom)).toHaveLength(1);
  });

  it('is a duplicate under the name that another batch stored meanwhile', async () => {
    const w = world(PREVIOUS);
    w.put(formerly('o/old'));
    w.put(statsOf('o/old', { batchId: 'b-s00002-00001-1' }));
    await writeBatch(write({ 'o/new': statsOf('o/new') }), w.deps);
    expect(w.outcome()?.entries['o/new']).toMatchObject({ state: 'duplicate', as: 'o/old' });
  });
});

describe('a repository that is renamed between two tries at its batch', () => {
  const old = (): RepoStats => statsOf('o/old', { stars: 1 });
  const renamed = (more: Partial<RepoStats> = {}): RepoStats =>
    statsOf('o/new', { stars: 2, collectedAt: '2030-01-01T00:00:00Z', ...more });

  it('stays the one document that it was, when it is collected again', async () => {
    const w = world();
    await writeBatch(write({ 'o/old': old() }), w.deps);
    const attempt = w.markPending('o/old');
    await writeBatch(write({ 'o/old': renamed({ attempt }) }, [], attempt), w.deps);
    expect([...w.documents.keys()]).toEqual([old().id]);
    const kept = { state: 'created', attempt, detail: 'its name is o/new by now' };
    expect(w.outcome()).toMatchObject({ created: 1, pending: 0, entries: { 'o/old': kept } });
    expect(w.outcome()!.entries['o/old']).not.toHaveProperty('as');
  });

  it('stays so when it has its old name back', async () => {
    const w = world();
    await writeBatch(write({ 'o/old': renamed() }), w.deps);
    const attempt = w.markPending('o/old');
    await writeBatch(write({ 'o/old': old() }, [], attempt), w.deps);
    expect([...w.documents.keys()]).toEqual([renamed().id]);
    expect(w.outcome()).toMatchObject({ created: 1, entries: { 'o/old': { as: 'o/new' } } });
  });

  it('stays so when the writer died before it could say that it had stored it', async () => {
    const w = world();
    w.put(old());
    await writeBatch(write({ 'o/old': renamed() }), w.deps);
    expect([...w.documents.keys()]).toEqual([old().id]);
    expect(w.outcome()).toMatchObject({ created: 1, entries: { 'o/old': { state: 'created' } } });
  });

  it('is stored under its new name when the old one is another repository or another batch has it', async () => {
    for (const other of [{ repoId: 'R_2' }, { batchId: 'b-s00001-00001-2' }]) {
      const w = world();
      w.put({ ...old(), ...other });
      await writeBatch(write({ 'o/old': renamed() }), w.deps);
      expect(w.outcome()).toMatchObject({ created: 1, entries: { 'o/old': { as: 'o/new' } } });
      expect(w.documents.size).toBe(2);
    }
  });
});

describe('what the writer is told of GitHub', () => {
  it('goes into the outcome: costs by query, and refused credentials', async () => {
    const w = world();
    const queries = { stats: { calls: 1, points: 1, seconds: 0.5 } };
    const message = {
      ...write({ 'o/a': statsOf('o/a') }),
      cost: { ...cost, queries },
      refusedBy: ['b', 'a'],
    };
    await writeBatch(message, w.deps);
    expect(w.outcome()).toMatchObject({ queries, refusedBy: ['a', 'b'] });
  });
});

describe('two names of one repository in a batch', () => {
  const both = { 'o/old': statsOf('o/new'), 'o/new': statsOf('o/new') };
  const states = (w: ReturnType<typeof world>) =>
    Object.fromEntries(Object.entries(w.outcome()?.entries ?? {}).map(([n, e]) => [n, e.state]));

  it('are stored once: the first stands for it', async () => {
    const w = world();
    await writeBatch(write(both), w.deps);
    expect(w.outcome()?.entries).toMatchObject({
      'o/old': { state: 'created', as: 'o/new' },
      'o/new': { state: 'duplicate', as: 'o/new' },
    });
    expect(w.documents.size).toBe(1);
  });

  it('are counted once when they come in messages of their own, in either order', async () => {
    for (const order of [
      ['o/old', 'o/new'],
      ['o/new', 'o/old'],
    ]) {
      const w = world();
      for (const name of order) await writeBatch(write({ [name]: statsOf('o/new') }), w.deps);
      expect(w.outcome()).toMatchObject({ created: 1, duplicate: 1 });
      for (const name of order) await writeBatch(write({ [name]: statsOf('o/new') }), w.deps);
      expect(w.outcome()).toMatchObject({ created: 1, duplicate: 1 });
    }
  });

  it('are counted once after a rerun, in whatever order they come', async () => {
    const w = world();
    await writeBatch(write(both), w.deps);
    const attempt = w.markPending('o/old', 'o/new');
    await writeBatch(write({ 'o/new': statsOf('o/new') }, [], attempt), w.deps);
    await writeBatch(write({ 'o/old': statsOf('o/new') }, [], attempt), w.deps);
    expect(states(w)).toEqual({ 'o/old': 'created', 'o/new': 'duplicate' });
  });

  it('keep the canonical name of what was created when its rerun fails', async () => {
    const w = world();
    await writeBatch(write(both), w.deps);
    const attempt = w.markPending('o/old');
    await writeBatch(write({}, [{ name: 'o/old', reason: 'timeout' }], attempt), w.deps);
    expect(w.outcome()?.entries['o/old']).toEqual({
      state: 'created',
      attempt,
      as: 'o/new',
      reason: 'timeout',
    });
  });
});
