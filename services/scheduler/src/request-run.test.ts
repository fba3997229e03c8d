import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestRun } from './request-run.ts';
import { RUN_ID, SELECTION, START, schedulerWorld } from './run.fixture.ts';
import { startRun } from './start-run.ts';

const next = String(Number(RUN_ID) + 1);

describe('requesting a run', () => {
  it('starts it under the second of the request', async () => {
    const w = schedulerWorld();
    expect(await requestRun(SELECTION, undefined, w.deps)).toBe(RUN_ID);
    expect(w.runs.get(RUN_ID)).toMatchObject({ trigger: 'request' });
    expect(w.runs.get(RUN_ID)).not.toHaveProperty('requestKey');
  });

  it('takes the next free second when that one is taken', async () => {
    const w = schedulerWorld();
    await startRun(RUN_ID, 'schedule', SELECTION, w.deps);
    expect(await requestRun(SELECTION, undefined, w.deps)).toBe(next);
    expect(await requestRun(SELECTION, undefined, w.deps)).toBe(String(Number(RUN_ID) + 2));
  });

  it('gives the same run for the same key, be it a day later', async () => {
    const w = schedulerWorld();
    expect(await requestRun(SELECTION, 'key', w.deps)).toBe(RUN_ID);
    const later = { ...w.deps, now: () => new Date(START.getTime() + 86_400_000) };
    expect(await requestRun(SELECTION, 'key', later)).toBe(RUN_ID);
    expect(w.runs.size).toBe(1);
    expect(w.runs.get(RUN_ID)?.requestKey).toBe('key');
  });

  it('gives runs of their own for different keys of the same second', async () => {
    const w = schedulerWorld();
    expect(await requestRun(SELECTION, 'one', w.deps)).toBe(RUN_ID);
    expect(await requestRun(SELECTION, 'two', w.deps)).toBe(next);
    expect(await requestRun(SELECTION, 'two', w.deps)).toBe(next);
  });

  it('moves on when a scheduled run takes the second after the key was tied to it', async () => {
    const w = schedulerWorld();
    await w.deps.requests.tieKey('key', RUN_ID);
    await startRun(RUN_ID, 'schedule', SELECTION, w.deps);
    expect(await requestRun(SELECTION, 'key', w.deps)).toBe(next);
    expect(await requestRun(SELECTION, 'key', w.deps)).toBe(next);
  });

  it('makes the run that a crash left out between tying the key and starting', async () => {
    const w = schedulerWorld();
    const crashing = { ...w.deps.store, createRun: () => Promise.reject(new Error('crash')) };
    await expect(requestRun(SELECTION, 'key', { ...w.deps, store: crashing })).rejects.toThrow('crash');
    const later = { ...w.deps, now: () => new Date(START.getTime() + 5_000) };
    expect(await requestRun(SELECTION, 'key', later)).toBe(RUN_ID);
    expect([...w.runs.keys()]).toEqual([RUN_ID]);
  });

  it('makes one run per key and one per request without a key, however the requests interleave', async () => {
    const request = fc.record({
      key: fc.constantFrom('a', 'b', undefined),
      second: fc.integer({ min: 0, max: 2 }),
    });
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(request, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (scheduler, asked, scheduled) => {
        const w = schedulerWorld(() => scheduler.schedule(Promise.resolve()));
        const timer = scheduled ? startRun(RUN_ID, 'schedule', SELECTION, w.deps) : undefined;
        const all = Promise.all(
          asked.map(({ key, second }) =>
            requestRun(SELECTION, key, {
              ...w.deps,
              now: () => new Date(START.getTime() + second * 1000),
            }),
          ),
        );
        const ids = await scheduler.waitFor(all);
        const timed = timer && (await scheduler.waitFor(timer));
        const idsOf = (key: string | undefined): string[] => ids.filter((_, i) => asked[i]!.key === key);
        for (const key of ['a', 'b']) expect(new Set(idsOf(key)).size).toBeLessThanOrEqual(1);
        const distinct = [new Set(idsOf('a')), new Set(idsOf('b')), idsOf(undefined)].flatMap((s) => [...s]);
        expect(new Set(distinct).size).toBe(distinct.length);
        // No run that nobody knows of.
        expect(w.runs.size).toBe(distinct.length + (timed === 'started' ? 1 : 0));
        for (const id of ids) expect(w.runs.has(id)).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });
});
