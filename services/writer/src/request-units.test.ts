import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paced, unpaced } from './request-units.ts';

/** A clock that moves when it is told to: `run` moves it to the next sleeper until nobody sleeps. */
function fakeClock() {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
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

/** What was charged when, with `lanes` operations in flight at a time. */
async function charges(
  budget: number,
  estimate: number,
  operations: readonly Operation[],
  lanes: number,
): Promise<{ at: number; ru: number }[]> {
  const clock = fakeClock();
  const pacer = paced(budget, estimate, clock);
  const log: { at: number; ru: number }[] = [];
  const queue = [...operations];
  const lane = async (): Promise<void> => {
    for (let o = queue.shift(); o; o = queue.shift()) {
      if (o.idle > 0) await clock.sleep(o.idle);
      await pacer.admit('write');
      log.push({ at: clock.monotonic(), ru: o.ru });
      if (o.takes > 0) await clock.sleep(o.takes);
      pacer.charged(o.ru, 'write');
    }
  };
  const done = Promise.all(Array.from({ length: lanes }, lane));
  await clock.run();
  await done;
  return log;
}

/** The most that was charged in any second. */
const mostInASecond = (log: readonly { at: number; ru: number }[]): number =>
  Math.max(
    0,
    ...log.map(({ at: from }) =>
      log.filter(({ at }) => at >= from && at < from + 1000).reduce((sum, { ru }) => sum + ru, 0),
    ),
  );

const operation = fc.record({
  idle: fc.oneof(fc.constant(0), fc.nat(3_000)),
  takes: fc.oneof(fc.constant(0), fc.nat(200)),
  ru: fc.double({ min: 0.3, max: 60, noNaN: true }),
});
const budgets = fc.integer({ min: 100, max: 4_000 });
const rounding = 1e-6;

describe('pacing by request units', () => {
  it('charges no more than the budget and one operation in any second, whatever operations cost', async () => {
    const property = fc.asyncProperty(
      budgets,
      fc.integer({ min: 1, max: 100 }),
      fc.array(operation, { maxLength: 60 }),
      async (budget, estimate, operations) => {
        const log = await charges(budget, estimate, operations, 1);
        expect(log).toHaveLength(operations.length);
        const largest = Math.max(0, ...log.map((c) => c.ru));
        expect(mostInASecond(log)).toBeLessThanOrEqual(budget + largest + rounding);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('charges no more than that with operations in parallel that cost what was estimated', async () => {
    const property = fc.asyncProperty(
      budgets,
      fc.integer({ min: 1, max: 60 }),
      fc.array(operation, { maxLength: 60 }),
      fc.integer({ min: 2, max: 8 }),
      async (budget, ru, operations, lanes) => {
        const same = operations.map((o) => ({ ...o, ru }));
        expect(mostInASecond(await charges(budget, ru, same, lanes))).toBeLessThanOrEqual(
          budget + ru + rounding,
        );
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('charges no more than the budget and one operation per lane when the estimate is wrong', async () => {
    const property = fc.asyncProperty(
      budgets,
      fc.array(operation, { maxLength: 60 }),
      fc.integer({ min: 2, max: 8 }),
      async (budget, operations, lanes) => {
        const log = await charges(budget, 1, operations, lanes);
        const largest = Math.max(0, ...log.map((c) => c.ru));
        expect(mostInASecond(log)).toBeLessThanOrEqual(budget + lanes * largest + rounding);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('makes the next operation wait for what the last one cost more than was paid', async () => {
    const log = await charges(
      100,
      1,
      [
        { idle: 0, takes: 0, ru: 60 },
        { idle: 0, takes: 0, ru: 1 },
      ],
      1,
    );
    // 59 RU of the first, and the second by the new mean of 0.9 × 1 + 0.1 × 60.
    expect(log[1]!.at - log[0]!.at).toBeCloseTo(590 + 69);
  });

  it('keeps to the budget from an estimate that is far too low', async () => {
    const work = Array.from({ length: 30 }, () => ({ idle: 0, takes: 0, ru: 60 }));
    expect(mostInASecond(await charges(100, 1, work, 1))).toBeLessThanOrEqual(160);
  });

  it('uses the budget fully while there is work', async () => {
    const work = Array.from({ length: 400 }, () => ({ idle: 0, takes: 10, ru: 6 }));
    const log = await charges(400, 6, work, 8);
    const perSecond = (400 * 6) / (log.at(-1)!.at / 1000);
    expect(perSecond).toBeGreaterThan(390);
    expect(perSecond).toBeLessThanOrEqual(400 + rounding);
  });

  it('saves nothing up while idle', async () => {
    const after = [{ idle: 60_000, takes: 0, ru: 10 }, ...Array(20).fill({ idle: 0, takes: 0, ru: 10 })];
    const log = await charges(100, 10, after as Operation[], 1);
    const gaps = log.slice(1).map((c, i) => c.at - log[i]!.at);
    for (const gap of gaps) expect(gap).toBeCloseTo(100);
  });

  it('lets operations begin apart even at once after the start', async () => {
    const log = await charges(100, 10, Array(4).fill({ idle: 0, takes: 0, ru: 10 }) as Operation[], 4);
    expect(log.map((c) => Math.round(c.at))).toEqual([100, 200, 300, 400]);
  });

  it('learns what an operation costs from what was charged', async () => {
    const work = Array.from({ length: 100 }, () => ({ idle: 0, takes: 0, ru: 20 }));
    const log = await charges(100, 1, work, 1);
    expect(log.at(-1)!.at - log.at(-2)!.at).toBeCloseTo(200, 1);
  });

  it('keeps what was paid when the charge stays unknown', async () => {
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
    expect(clock.monotonic()).toBeCloseTo(200);
    expect(pacer.spent()).toBe(13);
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
    expect(gaps.at(-2)).toBeCloseTo(10, 1);
    expect(gaps.at(-1)).toBeCloseTo(80, 1);
    expect(clock.monotonic()).toBeCloseTo(9_000, 1);
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
