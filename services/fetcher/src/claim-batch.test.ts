import type { Outcome, OutcomeEntry } from '@github-repo-stats/shared/documents';
import { UnreadableMessage, type FetchBatch } from '@github-repo-stats/shared/messages';
import { emptyOutcome } from '@github-repo-stats/shared/outcome';
import { describe, expect, it } from 'vitest';
import { claimBatch, type ClaimStore } from './claim-batch.ts';

const runId = '1611127298';
const batchId = 'b-s00001-00001-1';
const repo = (name: string) => ({ nameWithOwner: `o/${name}`, id: `R_${name}` });
const planned = { batchId, repos: [repo('a'), repo('b'), repo('c')] };
const message = (more: Partial<FetchBatch> = {}): FetchBatch => ({
  runId,
  batchId,
  repos: [{ nameWithOwner: 'o/a' }, { nameWithOwner: 'o/b' }, { nameWithOwner: 'o/c' }],
  attempt: 2,
  firstAttempt: 1,
  wait: 3,
  ...more,
});

function storeOf(entries?: Record<string, OutcomeEntry>): ClaimStore & { reopened: string[][] } {
  const reopened: string[][] = [];
  const outcome: Outcome | undefined = entries && { ...emptyOutcome(runId, batchId), entries };
  return {
    reopened,
    readBatch: (run, batch) => Promise.resolve(run === runId && batch === batchId ? planned : undefined),
    readOutcome: () => Promise.resolve(outcome),
    reopen: (_run, _batch, names) => {
      reopened.push([...names]);
      return Promise.resolve(5);
    },
  };
}
const claim = (m: Parameters<typeof claimBatch>[0], entries?: Record<string, OutcomeEntry>) =>
  claimBatch(m, storeOf(entries));

describe('claiming a batch', () => {
  it('gives the whole batch, with the node ids that the plan knows, when nothing is settled', async () => {
    expect(await claim(message())).toEqual({ kind: 'fetch', message: message({ repos: planned.repos }) });
  });

  it('asks for plan and outcome at once, so that GitHub waits for one answer only', async () => {
    const asked: string[] = [];
    const never = (what: string) => () => (asked.push(what), new Promise<undefined>(() => undefined));
    void claimBatch(message(), { ...storeOf(), readBatch: never('plan'), readOutcome: never('outcome') });
    await Promise.resolve();
    expect(asked).toEqual(['plan', 'outcome']);
  });

  it('gives what is not settled meanwhile', async () => {
    const claimed = await claim(message(), {
      'o/a': { state: 'created', attempt: 1 },
      'o/b': { state: 'duplicate', attempt: 1 },
    });
    expect(claimed).toMatchObject({ kind: 'fetch', message: { repos: [repo('c')], attempt: 2, wait: 3 } });
  });

  it('gives names that are pending for this attempt or an older one', async () => {
    const claimed = await claim(message(), {
      'o/a': { state: 'pending', attempt: 2 },
      'o/b': { state: 'pending', attempt: 1 },
      'o/c': { state: 'pending', attempt: 3 },
    });
    expect(claimed).toMatchObject({ kind: 'fetch', message: { repos: [repo('a'), repo('b')] } });
  });

  it('leaves nothing when all is settled, be it as failed', async () => {
    const failed = { state: 'failed', attempt: 1, reason: 'not-found' } as const;
    expect(await claim(message(), { 'o/a': failed, 'o/b': failed, 'o/c': failed })).toEqual({
      kind: 'nothing',
    });
  });

  it('leaves nothing to a message that a newer attempt has overtaken', async () => {
    const pending = { state: 'pending', attempt: 3 } as const;
    expect(await claim(message({ repos: [repo('a')] }), { 'o/a': pending })).toEqual({ kind: 'nothing' });
  });

  it('takes a name that a message holds twice once', async () => {
    const claimed = await claim(message({ repos: [repo('a'), repo('a')] }));
    expect(claimed).toMatchObject({ message: { repos: [repo('a')] } });
  });

  it.each([
    ['names', { names: ['o/b'] }, ['o/b']],
    ['repos', { repos: [{ nameWithOwner: 'o/c' }] }, ['o/c']],
    ['both', { names: ['o/b'], repos: [{ nameWithOwner: 'o/b' }, { nameWithOwner: 'o/c' }] }, ['o/b', 'o/c']],
    ['neither', {}, ['o/a', 'o/b', 'o/c']],
    ['empty lists', { names: [], repos: [] }, ['o/a', 'o/b', 'o/c']],
  ])(
    'reopens what was dropped by hand with %s, and forwards it as the next attempt',
    async (_, named, names) => {
      const store = storeOf();
      const claimed = await claimBatch({ runId, batchId, ...named }, store);
      expect(store.reopened).toEqual([names]);
      const repos = planned.repos.filter((r) => names.includes(r.nameWithOwner));
      expect(claimed).toEqual({
        kind: 'forward',
        message: { runId, batchId, repos, attempt: 5, firstAttempt: 5, wait: 0 },
      });
    },
  );

  it.each([
    ['run', message({ runId: '1611127299' })],
    ['batch', message({ batchId: 'b-s00001-00001-2' })],
    ['name', message({ repos: [repo('a'), repo('stranger')] })],
    ['name dropped by hand', { runId, batchId, names: ['o/stranger'] }],
  ])('does not understand a message of an unknown %s, and marks nothing', async (_, unknown) => {
    const store = storeOf();
    await expect(claimBatch(unknown, store)).rejects.toThrow(UnreadableMessage);
    expect(store.reopened).toEqual([]);
  });
});
