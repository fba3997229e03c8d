import { FetchBatch } from '@github-repo-stats/shared/messages';
import { describe, expect, it } from 'vitest';
import { rerun, type RerunStore } from './rerun.ts';
import { RUN_ID, memoryQueue } from './run.fixture.ts';

const repo = (name: string) => ({ nameWithOwner: name, id: `R_${name}` });

function world(failed: Record<string, string[]> = {}, failedSources: readonly string[] = []) {
  const batches: Record<string, string[]> = { b1: ['o/a', 'o/b', 'o/c'], b2: ['o/d'] };
  const queue = memoryQueue();
  const resolveQueue = memoryQueue();
  const marked: string[] = [];
  const pending: { batchId: string; names: readonly string[]; attempt: number }[] = [];
  let attempt = 1;
  const store: RerunStore = {
    readBatch: (runId, batchId) => {
      const names = runId === RUN_ID ? batches[batchId] : undefined;
      return Promise.resolve(names && { batchId, repos: names.map(repo) });
    },
    async *failedBatches() {
      for (const [batchId, names] of Object.entries(failed)) yield await Promise.resolve({ batchId, names });
    },
    markPending: (_runId, batchId, names) => {
      marked.push(`${batchId} ${names.join(' ')} after ${queue.sent.length}`);
      pending.push({ batchId, names, attempt: ++attempt });
      return Promise.resolve(attempt);
    },
    async *pendingBatches() {
      for (const batch of pending) yield await Promise.resolve(batch);
    },
    failedSources: () => Promise.resolve([...failedSources]),
    reopenSource: (_runId, sourceId) => {
      marked.push(`${sourceId} after ${resolveQueue.sent.length}`);
      return Promise.resolve();
    },
  };
  const messages = (): FetchBatch[] => queue.sent.map((e) => FetchBatch.parse(e.body));
  return {
    deps: { store, resolveQueue, fetchQueue: queue, credential: 'default' },
    queue,
    resolveQueue,
    marked,
    messages,
  };
}

describe('running again', () => {
  it('marks all failed repositories pending, then sends them as the next attempt', async () => {
    const w = world({ b1: ['o/b', 'o/c'], b2: ['o/d'] });
    expect(await rerun(RUN_ID, undefined, w.deps)).toEqual({
      kind: 'sent',
      sources: 0,
      batches: 2,
      repositories: 3,
    });
    expect(w.marked).toEqual(['b1 o/b o/c after 0', 'b2 o/d after 0']);
    const of = (batchId: string, names: string[], attempt: number) => ({
      runId: RUN_ID,
      batchId,
      repos: names.map(repo),
      attempt,
      firstAttempt: attempt,
      wait: 0,
    });
    expect(w.messages()).toEqual([of('b1', ['o/b', 'o/c'], 2), of('b2', ['o/d'], 3)]);
    expect(w.queue.sent.map((e) => e.sessionId)).toEqual(['cred-default', 'cred-default']);
  });

  it('opens all failed sources, then lists them again from their first page', async () => {
    const w = world({}, ['s00001', 's00003']);
    const sent = { kind: 'sent', sources: 2, batches: 0, repositories: 0 };
    expect(await rerun(RUN_ID, undefined, w.deps)).toEqual(sent);
    expect(w.marked).toEqual(['s00001 after 0', 's00003 after 0']);
    const of = (sourceId: string) => ({ runId: RUN_ID, sourceId, page: 1, attempt: 1, wait: 0 });
    expect(w.resolveQueue.sent.map((e) => e.body)).toEqual([of('s00001'), of('s00003')]);
  });

  it('of named batches leaves the failed sources alone', async () => {
    const w = world({}, ['s00001']);
    expect(await rerun(RUN_ID, ['b2'], w.deps)).toMatchObject({ sources: 0, batches: 1 });
    expect(w.resolveQueue.sent).toEqual([]);
  });

  it('takes all of the batches that are named, failed or not', async () => {
    const w = world({ b2: ['o/d'] });
    expect(await rerun(RUN_ID, ['b1'], w.deps)).toEqual({
      kind: 'sent',
      sources: 0,
      batches: 1,
      repositories: 3,
    });
    expect(w.messages().map((m) => m.repos)).toEqual([['o/a', 'o/b', 'o/c'].map(repo)]);
  });

  it('takes a batch that is named twice once', async () => {
    const w = world();
    expect(await rerun(RUN_ID, ['b2', 'b2'], w.deps)).toEqual({
      kind: 'sent',
      sources: 0,
      batches: 1,
      repositories: 1,
    });
    expect(w.marked).toHaveLength(1);
  });

  it('has nothing to do when nothing failed', async () => {
    const w = world();
    expect(await rerun(RUN_ID, undefined, w.deps)).toEqual({
      kind: 'sent',
      sources: 0,
      batches: 0,
      repositories: 0,
    });
    expect(w.queue.sent).toEqual([]);
  });

  it('refuses batches of no plan before anything is marked', async () => {
    const w = world();
    const result = await rerun(RUN_ID, ['b1', 'b8', 'b2', 'b9'], w.deps);
    expect(result).toEqual({ kind: 'unknown-batches', batchIds: ['b8', 'b9'] });
    expect(w.marked).toEqual([]);
    expect(w.queue.sent).toEqual([]);
  });

  it('does nothing for failed names that no plan knows', async () => {
    const w = world({ b9: ['o/x'], b1: ['o/x'] });
    expect(await rerun(RUN_ID, undefined, w.deps)).toMatchObject({ batches: 0 });
    expect(w.marked).toEqual([]);
  });
});
