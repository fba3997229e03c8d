import type { OutcomeEntry } from '@github-repo-stats/shared/documents';
import { RUN_ID, runOf } from '@github-repo-stats/shared/run.fixture';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { FeedHints } from './feed-hints.ts';
import { foldFeed } from './fold-feed.ts';
import { outcomeOf } from './reporter.fixture.ts';

let now = 0;
let hints = new FeedHints(() => now);
let checked: string[] = [];
let remaining: number | undefined;
beforeEach(() => {
  now = 0;
  hints = new FeedHints(() => now);
  checked = [];
  remaining = undefined;
});

/** Runs that were looked at for a page of the feed. */
async function looks(...documents: unknown[]): Promise<string[]> {
  checked = [];
  await foldFeed(documents, {
    hints,
    check: (runId) => {
      checked.push(runId);
      return Promise.resolve(remaining);
    },
    log: () => undefined,
    now: () => now,
  });
  return checked;
}
const source = (runId: string, failedCount = 0) => ({
  id: 'source.s00001',
  type: 'source',
  runId,
  failedCount,
});
const plan = (runId: string, planned: number, lastCount = 0) => ({ type: 'plan', runId, planned, lastCount });
const settled = (runId: string, created: number, failed = 0, duplicate = 0) => ({
  type: 'outcome',
  runId,
  created,
  failed,
  duplicate,
});

describe('the change feed', () => {
  it('leads to one look per run, however many of its documents are on a page', async () => {
    expect(await looks(plan('1', 5), settled('1', 1), plan('2', 5), settled('1', 2))).toEqual(['1', '2']);
  });

  it.each([
    ['a document of somebody else', { hello: 'world' }],
    ['no document at all', null],
    ['a document without its run', { type: 'outcome', created: 1 }],
    ['counts that are none', { type: 'outcome', runId: '1', created: 'many' }],
    ['a notice', { type: 'notices', runId: '1', open: 1 }],
    ['a selection', { type: 'selection', runId: '1' }],
  ])('skips %s', async (_, document) => {
    expect(await looks(document)).toEqual([]);
  });

  it('goes on with other runs when the look at one fails, and never throws', async () => {
    const seen: string[] = [];
    const logged: unknown[] = [];
    await foldFeed([settled('1', 1), settled('2', 1)], {
      hints,
      check: (runId) => {
        seen.push(runId);
        return runId === '1' ? Promise.reject(new Error('away')) : Promise.resolve(0);
      },
      log: (...args) => void logged.push(args),
      now: () => now,
    });
    expect(seen).toEqual(['1', '2']);
    expect(logged).toEqual([
      ['warn', expect.any(String), expect.objectContaining({ runId: '1', error: 'away' })],
      ['info', 'outcomes folded', expect.objectContaining({ runId: '1', outcomes: 1 })],
      ['info', 'outcomes folded', expect.objectContaining({ runId: '2', outcomes: 1 })],
    ]);
    expect(await looks(plan('1', 1))).toEqual(['1']);
  });

  it('says how many outcomes of each run came, and how long the oldest of them had waited', async () => {
    now = 100_500;
    const logged: unknown[] = [];
    const page = [
      { ...settled('1', 1), _ts: 98 },
      { ...settled('1', 2), _ts: 97 },
      { ...plan('1', 3), _ts: 90 },
      { ...settled('2', 1), _ts: 101 },
      plan('3', 1),
    ];
    const check = async (): Promise<number> => (now += 250);
    await foldFeed(page, { hints, check, log: (...args) => void logged.push(args), now: () => now });
    expect(logged).toEqual([
      ['info', 'outcomes folded', { runId: '1', outcomes: 2, waited: 3.5, seconds: 0.25 }],
      // Cosmos DB counts whole seconds, by a clock of its own: never less than nothing.
      ['info', 'outcomes folded', { runId: '2', outcomes: 1, waited: 0, seconds: 0.25 }],
    ]);
  });

  it('leads to a look at a run that is not known, whatever passes of it', async () => {
    expect(await looks(source('1'))).toEqual(['1']);
  });

  it('leads to no look while a run still waits for more than what passed', async () => {
    remaining = 10;
    await looks(runOf());
    expect(await looks(settled(RUN_ID, 5, 2, 1), plan(RUN_ID, 65), source(RUN_ID))).toEqual([]);
    expect(await looks(runOf({ totalReceived: 8 }))).toEqual([]);
  });

  it('leads to a look when as many are settled as were missing', async () => {
    remaining = 10;
    await looks(runOf());
    expect(await looks(settled(RUN_ID, 8, 1))).toEqual([]);
    expect(await looks(settled(RUN_ID, 0, 0, 1))).toEqual([RUN_ID]);
  });

  it.each([
    ['its beginning', runOf()],
    ['a last plan, be it empty', plan(RUN_ID, 0, 1)],
    ['a failed source', source(RUN_ID, 1)],
    ['a batch', outcomeOf('b1', { 'o/a': { state: 'created', attempt: 1 } satisfies OutcomeEntry })],
  ])('leads to a look by %s when nothing else is missing', async (_, document) => {
    remaining = 0;
    await looks(plan(RUN_ID, 1));
    expect(await looks(plan(RUN_ID, 0), source(RUN_ID))).toEqual([]);
    expect(await looks(document)).toEqual([RUN_ID]);
  });

  it('leads to a look now and then, every 30 seconds at most', async () => {
    remaining = 1_000_000;
    await looks(runOf());
    const times: number[] = [];
    for (now = 1_000; now <= 120_000; now += 1_000)
      if ((await looks(settled(RUN_ID, 1), runOf())).length > 0) times.push(now);
    expect(times).toEqual([30_000, 60_000, 90_000, 120_000]);
  });

  it('remembers some runs only: a forgotten one is looked at once more', async () => {
    remaining = 10;
    for (let i = 0; i < 64; i++) await looks(plan(String(i), 1));
    expect(await looks(plan('0', 1))).toEqual([]);
    await looks(plan('64', 1));
    expect(await looks(plan('0', 1))).toEqual(['0']);
  });
});

describe('the last change of a run', () => {
  /** A pipeline of batches: plans come, outcomes come, and the feed shows either some steps later. */
  it('always leads to a look that sees it, however the feed lags and whoever else looks', async () => {
    const step = fc.record({
      what: fc.constantFrom('plan' as const, 'settle' as const, 'feed' as const, 'sweep' as const),
      n: fc.integer({ min: 0, max: 9 }),
      /** Repositories settled while a look at the run is under way. */
      meanwhile: fc.nat(3),
    });
    const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const own = new FeedHints(() => 0);
      let feed: unknown[] = [];
      let planned = 0;
      let done = 0;
      let seen = { planned: 0, done: 0 };
      const settle = (n: number): void => {
        const count = Math.min(n, planned - done);
        if (count === 0) return;
        done += count;
        feed.push(settled('1', count));
      };
      const check = (meanwhile: number) => async (): Promise<number> => {
        seen = { planned, done };
        const missing = planned - done;
        settle(meanwhile);
        await Promise.resolve();
        return missing;
      };
      const show = (meanwhile: number): Promise<void> => {
        const page = feed;
        feed = [];
        return foldFeed(page, { hints: own, check: check(meanwhile), log: () => undefined, now: () => now });
      };
      for (const { what, n, meanwhile } of steps) {
        if (what === 'settle') settle(n);
        if (what === 'feed') await show(meanwhile);
        if (what === 'sweep')
          // The feed goes on while the sweep looks.
          await Promise.all([own.measure('1', check(meanwhile)), show(0)]);
        if (what !== 'plan') continue;
        planned += n;
        feed.push(plan('1', n));
      }
      planned += 1;
      feed.push(plan('1', 1, 1));
      settle(planned);
      while (feed.length > 0) await show(0);
      expect(seen).toEqual({ planned, done: planned });
    });
    await fc.assert(property, { numRuns: 500 });
  });
});

describe('a long run', () => {
  const HOUR = 3_600_000;
  const SOME = settled('1', 1);

  it('is summed up after a hundredth of its time', async () => {
    remaining = 1_000_000;
    await looks(SOME);
    now = 2 * HOUR;
    expect(await looks(SOME)).toEqual(['1']);
    now += 0.01 * 2 * HOUR;
    expect(await looks(SOME)).toEqual([]);
    now += 1_000;
    expect(await looks(SOME)).toEqual(['1']);
  });

  it('is summed up every five minutes at the latest', async () => {
    remaining = 1_000_000;
    await looks(SOME);
    now = 100 * HOUR;
    await looks(SOME);
    now += 300_000;
    expect(await looks(SOME)).toEqual(['1']);
  });

  it('is summed up at its likely end, whenever that is', async () => {
    remaining = 2;
    await looks(SOME);
    now = 100 * HOUR;
    await looks(SOME);
    now += 1_000;
    expect(await looks(settled('1', 2))).toEqual(['1']);
  });

  it('is left alone by the sweep for as long, but not when it is young, at its end, or not known', async () => {
    expect(hints.isDue('1')).toBe(true);
    remaining = 1_000_000;
    await looks(SOME);
    now = 60_000;
    expect(hints.isDue('1')).toBe(true);
    now = 2 * HOUR;
    await looks(SOME);
    now += 60_000;
    expect(hints.isDue('1')).toBe(false);
    now += 60_000;
    expect(hints.isDue('1')).toBe(true);
    remaining = undefined;
    await looks(SOME);
    expect(hints.isDue('1')).toBe(true);
  });
});
