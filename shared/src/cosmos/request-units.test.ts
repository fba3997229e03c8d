import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { paced, unpaced } from './request-units.ts';

/** A clock that moves when it is told to: `run` moves it to the next sleeper until nobody sleeps. */
function fakeClock() {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  /** All that can go on without time passing has gone on. */
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    monotonic: () => now,
    sleep: (ms: number) =>
      new Promise<void>((wake) => void sleepers.push({ at: now + Math.max(0, ms), wake })),
    pass: (ms: number) => void (now += ms),
    async run(): Promise<void> {
      for (await settle(); sleepers.length > 0; await settle()) {
        sleepers.sort((a, b) => a.at - b.at);
        const next = sleepers.shift()!;
        now = Math.max(now, next.at);
        next.wake();
      }
    },
  };
}

interface Operation {
  /** Idle time before it is asked for, and how long the request takes, in ms. */
  idle: number;
  takes: number;
  ru: number;
}

/** When each operation began and ended, with `lanes` operations in flight at a time. */
async function operate(
  budget: number,
  estimate: number,
  operations: readonly Operation[],
  lanes: number,
): Promise<{ from: number; to: number; ru: number }[]> {
  const clock = fakeClock();
  const pacer = paced(budget, estimate, clock);
  const log: { from: number; to: number; ru: number }[] = [];
  const queue = [...operations];
  const lane = async (): Promise<void> => {
    for (let o = queue.shift(); o; o = queue.shift()) {
      if (o.idle > 0) await clock.sleep(o.idle);
      await pacer.admit('write');
      const from = clock.monotonic();
      if (o.takes > 0) await clock.sleep(o.takes);
      pacer.charged(o.ru, 'write');
      log.push({ from, to: clock.monotonic(), ru: o.ru });
    }
  };
  const done = Promise.all(Array.from({ length: lanes }, lane));
  await clock.run();
  await done;
  return log;
}

/** The most that any ten seconds can hold, wherever between its beginning and its end each operation was billed. */
const mostInTenSeconds = (log: readonly { from: number; to: number; ru: number }[]): number =>
  Math.max(
    0,
    ...log.map(({ to: start }) =>
      log
        .filter(({ from, to }) => to >= start && from <= start + 10_000)
        .reduce((sum, { ru }) => sum + ru, 0),
    ),
  );

const begins = (log: readonly { from: number }[]): number[] => log.map(({ from }) => Math.round(from));
const gapsOf = (log: readonly { from: number }[]): number[] =>
  log.slice(1).map((o, i) => o.from - log[i]!.from);

const operation = fc.record({
  idle: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, fc.nat(1_000)),
  takes: fc.oneof({ weight: 30, arbitrary: fc.nat(150) }, fc.nat(3_000)),
  ru: fc.double({ min: 3, max: 60, noNaN: true }),
});
const budgets = fc.integer({ min: 100, max: 300 });
const rounding = 1e-3;
/** So that ten seconds are full of them. */
const many = { minLength: 200, maxLength: 400 };
const SAVED_SECONDS = 0.2;
/** Begins of operations of `ru` each: the budget is filled at 98 %, so that two tenths of a second can be saved up in ten. */
const atRate = (n: number, ru: number, budget: number): number =>
  Math.round((n * ru * 1000) / (budget * 0.98));

describe('pacing by request units', () => {
  it('keeps any ten seconds to the budget with operations that cost what was estimated, however long each takes', async () => {
    const property = fc.asyncProperty(
      budgets,
      fc.double({ min: 5, max: 15, noNaN: true }),
      fc.array(operation, many),
      fc.integer({ min: 1, max: 8 }),
      async (budget, ru, operations, lanes) => {
        const log = await operate(
          budget,
          ru,
          operations.map((o) => ({ ...o, ru })),
          lanes,
        );
        expect(log).toHaveLength(operations.length);
        expect(mostInTenSeconds(log)).toBeLessThanOrEqual(budget * 10 + rounding);
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  it('passes it by no more than what was in flight at too low an estimate, whatever operations cost', async () => {
    const property = fc.asyncProperty(
      budgets,
      fc.array(operation, many),
      fc.integer({ min: 1, max: 8 }),
      async (budget, operations, lanes) => {
        const log = await operate(budget, 1, operations, lanes);
        const largest = Math.max(...log.map(({ ru }) => ru));
        expect(mostInTenSeconds(log)).toBeLessThanOrEqual(budget * 10 + lanes * largest + rounding);
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  it('makes the next operation wait for what the last one cost more than was reserved', async () => {
    const cheap = { idle: 0, takes: 0, ru: 1 };
    const log = await operate(100, 1, [{ ...cheap, ru: 60 }, cheap], 1);
    // 59 RU of the first; then, as it costs more than can be saved up, all that can.
    expect(gapsOf(log)[0]).toBeCloseTo(atRate(1, 59 + 100 * SAVED_SECONDS, 100), -1);
  });

  it('uses the budget while there is work, though nothing can be sent between two batches', async () => {
    const work = Array.from({ length: 1000 }, (_, i) => ({ idle: i % 65 === 64 ? 150 : 0, takes: 5, ru: 6 }));
    const log = await operate(400, 6, work, 1);
    const perSecond = (1000 * 6) / (log.at(-1)!.to / 1000);
    expect(perSecond).toBeGreaterThan(400 * 0.97);
    expect(perSecond).toBeLessThanOrEqual(400);
  });

  it('saves nothing up while idle, since another instance may have spent it', async () => {
    const one = { idle: 0, takes: 0, ru: 10 };
    const log = await operate(100, 10, [{ ...one, idle: 60_000 }, ...Array<Operation>(20).fill(one)], 1);
    for (const gap of gapsOf(log)) expect(gap).toBeCloseTo(10_000 / 98);
    expect(log[0]!.from).toBeCloseTo(60_000 + 10_000 / 98);
  });

  it('lets operations begin apart even at once after the start', async () => {
    const log = await operate(100, 10, Array<Operation>(4).fill({ idle: 0, takes: 0, ru: 10 }), 4);
    expect(begins(log)).toEqual([1, 2, 3, 4].map((n) => atRate(n, 10, 100)));
  });

  it('has no more in flight than can be saved up, until one is answered', async () => {
    const log = await operate(100, 10, Array<Operation>(3).fill({ idle: 0, takes: 5_000, ru: 10 }), 3);
    const [first, second, third] = begins(log);
    expect(second! - first!).toBeLessThan(200);
    expect(third! - first!).toBeGreaterThanOrEqual(5_000);
  });

  it('lets an operation begin alone that costs more than can be saved up', async () => {
    const log = await operate(100, 50, Array<Operation>(3).fill({ idle: 0, takes: 700, ru: 50 }), 3);
    for (const [i, { from }] of log.slice(1).entries()) expect(from).toBeGreaterThanOrEqual(log[i]!.to);
  });

  it('keeps what was reserved when the charge stays unknown', async () => {
    const clock = fakeClock();
    const pacer = paced(100, 10, clock);
    const twice = (async () => {
      await pacer.admit('write');
      pacer.charged('unknown', 'write');
      await pacer.admit('write');
      pacer.charged(3, 'write');
    })();
    await clock.run();
    await twice;
    expect(clock.monotonic()).toBeCloseTo(20_000 / 98);
    expect(pacer.spent()).toBe(13);
  });

  it('does not learn from what was put off, which it is charged for', async () => {
    const clock = fakeClock();
    const pacer = paced(100, 10, clock);
    const all = (async () => {
      for (let i = 0; i < 100; i++) {
        await pacer.admit('write');
        pacer.charged(0.4, 'write', false);
      }
      // Two are in flight, and so all that can be saved up: a third has to wait for an answer.
      const third = vi.fn<() => void>();
      await pacer.admit('write');
      await pacer.admit('write');
      void pacer.admit('write').then(third);
      await clock.sleep(5_000);
      expect(third).not.toHaveBeenCalled();
      pacer.charged(10, 'write');
    })();
    await clock.run();
    await all;
    expect(pacer.spent()).toBeCloseTo(50);
  });
});

describe('pacing of reads beside writes', () => {
  it('pays each by what those of its kind cost', async () => {
    const clock = fakeClock();
    const pacer = paced(100, 6, clock);
    const gaps: number[] = [];
    const all = (async () => {
      for (let i = 0; i < 100; i++)
        for (const [kind, ru] of [
          ['read', 1],
          ['write', 8],
        ] as const) {
          const before = clock.monotonic();
          await pacer.admit(kind);
          gaps.push(clock.monotonic() - before);
          pacer.charged(ru, kind);
        }
    })();
    await clock.run();
    await all;
    expect(gaps.at(-2)).toBeCloseTo(1_000 / 98);
    expect(gaps.at(-1)).toBeCloseTo(8_000 / 98);
    expect(clock.monotonic()).toBeCloseTo(900_000 / 98, 0);
  });
});

describe('without a budget', () => {
  it('operations begin at once, and what they cost is still summed', async () => {
    const pacer = unpaced();
    await pacer.admit('write');
    pacer.charged(6, 'write');
    pacer.charged('unknown', 'write');
    pacer.charged(0.5, 'write');
    expect(pacer.spent()).toBe(6.5);
  });
});
