import type { AnyQueueName } from '@github-repo-stats/shared/topology';
import Long from 'long';
import { describe, expect, it } from 'vitest';
import { settleDeadLetters, type DeadLetterDeps } from './dead-letters.ts';
import type { DeadLetter } from './letter-box.ts';
import { RUN_ID } from './run.fixture.ts';

const BATCH = { runId: RUN_ID, batchId: 'b-s00001-00001-1' };
const cost = { calls: 1, points: 1, seconds: 1 };
const repos = [{ nameWithOwner: 'o/a' }, { nameWithOwner: 'o/b' }];
const exhausted = { reason: 'delivery-exhausted', detail: 'MaxDeliveryCountExceeded' };

/** A dead-letter queue that is peeked `page` letters at a time. */
function world(bodies: unknown[], page = 2) {
  const letters: DeadLetter[] = bodies.map((body, i) => ({
    sequenceNumber: String(i),
    after: Long.fromNumber(i + 1),
    enqueuedAt: undefined,
    messageId: `m${i}`,
    body,
    reason: 'MaxDeliveryCountExceeded',
  }));
  const failedSources: unknown[] = [];
  const failedBatches: unknown[] = [];
  const logged: string[] = [];
  const away: { error?: Error } = {};
  const deps: DeadLetterDeps = {
    peek: (_queue, from) => Promise.resolve(letters.slice(from?.toNumber() ?? 0).slice(0, page)),
    failSource: ({ runId, sourceId }, why) => {
      if (away.error) return Promise.reject(away.error);
      failedSources.push({ runId, sourceId, ...why });
      return Promise.resolve();
    },
    failBatch: ({ runId, batchId }, names, attempt, why) => {
      if (away.error) return Promise.reject(away.error);
      failedBatches.push({ runId, batchId, names, attempt, ...why });
      return Promise.resolve(2);
    },
    positions: new Map(),
    log: (_level, text, fields) =>
      void logged.push(`${text} ${String('messageId' in fields ? fields.messageId : '')}`),
  };
  const settle = (queue: AnyQueueName): Promise<number> => settleDeadLetters(queue, deps);
  return { deps, settle, letters, failedSources, failedBatches, logged, away };
}

describe('looking through dead letters', () => {
  it('lets the source of a page fail by name', async () => {
    const w = world([{ runId: RUN_ID, sourceId: 's00001', page: 3, cursor: 'c', attempt: 1, wait: 0 }]);
    expect(await w.settle('resolve')).toBe(1);
    expect(w.failedSources).toEqual([{ runId: RUN_ID, sourceId: 's00001', ...exhausted }]);
    expect(w.logged).toEqual(['dead letter m0']);
  });

  it('lets the names of a FetchBatch fail, of its attempt alone', async () => {
    const w = world([{ ...BATCH, repos, attempt: 3, firstAttempt: 2, wait: 1 }]);
    await w.settle('fetch');
    expect(w.failedBatches).toEqual([{ ...BATCH, names: ['o/a', 'o/b'], attempt: 3, ...exhausted }]);
  });

  it('lets the names of a WriteStats fail, those that had failed before too', async () => {
    const failures = [{ name: 'o/b', reason: 'timeout' }];
    const w = world([{ ...BATCH, attempt: 2, wait: 0, stats: [], failures, cost }]);
    await w.settle('write');
    expect(w.failedBatches).toEqual([{ ...BATCH, names: ['o/b'], attempt: 2, ...exhausted }]);
  });

  it.each([
    ['names', { names: ['o/a'] }, ['o/a']],
    ['repos', { repos: ['o/a', { nameWithOwner: 'o/b' }] }, ['o/a', 'o/b']],
    ['no names', {}, undefined],
  ])('lets what was dropped by hand with %s fail, and no more', async (_, named, names) => {
    const w = world([{ ...BATCH, ...named }]);
    await w.settle('fetch');
    expect(w.failedBatches).toEqual([{ ...BATCH, names, attempt: undefined, ...exhausted }]);
  });

  it.each([
    ['fetch', { ...BATCH, repos: [], attempt: 1 }, 'repos'],
    ['write', { ...BATCH, attempt: 1, stats: 'none', failures: [], cost }, 'stats'],
  ] as const)('reads the reason of an unreadable letter of %s out of it again', async (queue, body, path) => {
    const w = world([body]);
    await w.settle(queue);
    expect(w.failedBatches).toEqual([
      {
        ...BATCH,
        names: undefined,
        attempt: undefined,
        reason: 'unreadable-message',
        detail: expect.stringContaining(`${path}:`) as unknown,
      },
    ]);
    expect(w.logged).toEqual(['dead letter that cannot be understood m0']);
  });

  it.each(['resolve', 'fetch', 'write'] as const)(
    'settles nothing for a letter of %s that names no run or batch, and goes on',
    async (queue) => {
      const w = world(['nonsense', null, { runId: RUN_ID }, 42]);
      expect(await w.settle(queue)).toBe(4);
      expect({ sources: w.failedSources, batches: w.failedBatches }).toEqual({ sources: [], batches: [] });
      expect(w.logged).toHaveLength(4);
    },
  );

  it('settles nothing for the event of a run, which the archiver comes back to by itself', async () => {
    const w = world([{ type: 'GithubStats.RunCompleted', data: { runInfoId: RUN_ID } }, 'nonsense']);
    expect(await w.settle('archive')).toBe(2);
    expect({ sources: w.failedSources, batches: w.failedBatches }).toEqual({ sources: [], batches: [] });
    expect(w.logged).toEqual(['dead letter m0', 'dead letter that cannot be understood m1']);
  });

  it('looks at every letter once, page by page, and at new ones later', async () => {
    const body = { ...BATCH, repos, attempt: 1 };
    const w = world(Array(5).fill(body));
    expect(await w.settle('fetch')).toBe(5);
    expect(await w.settle('fetch')).toBe(0);
    w.letters.push({ ...w.letters[0]!, after: Long.fromNumber(6) });
    expect(await w.settle('fetch')).toBe(1);
    expect(w.failedBatches).toHaveLength(6);
  });

  it('keeps a position per queue', async () => {
    const w = world([{ ...BATCH, repos, attempt: 1 }]);
    await w.settle('fetch');
    expect(await w.settle('write')).toBe(1);
  });

  it('stops at a letter that cannot be settled now, and begins there again', async () => {
    const w = world(Array(3).fill({ ...BATCH, repos, attempt: 1 }));
    w.away.error = Object.assign(new Error('Cosmos DB is away'), { code: 503 });
    await expect(w.settle('fetch')).rejects.toThrow('away');
    delete w.away.error;
    expect(await w.settle('fetch')).toBe(3);
  });
});
