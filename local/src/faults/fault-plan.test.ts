import { describe, expect, it } from 'vitest';
import { fitsPattern } from './fault-plan.ts';
import { readFaults, type RequestFault } from './fault-schema.ts';
import { standing } from './standing.fixture.ts';

const status = { status: 503 } as const;
const all = (): boolean => true;

describe('orders of faults', () => {
  it('hit as often as was ordered, from the n-th that fits on', () => {
    const { plan, order, hits } = standing('cosmos');
    expect(plan.active).toBe(false);
    order({ fault: status, nth: 3, times: 2 });
    const taken = Array.from({ length: 6 }, () => plan.take(all) !== undefined);
    expect(taken).toEqual([false, false, true, true, false, false]);
    expect([hits, plan.active]).toEqual([[1, 1], false]);
  });

  it('count only what fits them', () => {
    const { plan, order } = standing('cosmos');
    order({ fault: status, operation: 'read', nth: 2 }, { fault: status, operation: 'create' });
    const is = (operation: string) => plan.take((o) => o.operation === operation)?.operation;
    expect(['read', 'create', 'create', 'read'].map(is)).toEqual([undefined, 'create', undefined, 'read']);
  });

  it('hit a share, the same one for a seed, until they are taken back', () => {
    const share = (seed: number): boolean[] => {
      const { plan, order } = standing('cosmos');
      order({ fault: status, rate: 0.3, seed });
      return Array.from({ length: 1000 }, () => plan.take(all) !== undefined);
    };
    const hit = share(1).filter(Boolean).length;
    expect(hit).toBeGreaterThan(240);
    expect(hit).toBeLessThan(360);
    expect(share(1)).toEqual(share(1));
    expect(share(2)).not.toEqual(share(1));
    const { plan, order } = standing('cosmos');
    order({ fault: status, rate: 1 });
    expect(Array.from({ length: 50 }, () => plan.take(all)).every(Boolean)).toBe(true);
    order();
    expect([plan.take(all), plan.active]).toEqual([undefined, false]);
  });

  it('go on counting when others are ordered meanwhile, and in the next life of their component', () => {
    const { plan } = standing('cosmos');
    const [order] = readFaults('cosmos', [{ fault: status, times: 2 }]);
    const cosmos = order as RequestFault;
    plan.set([{ number: 1, order: cosmos, hits: 0 }]);
    plan.take(all);
    plan.set([
      { number: 1, order: cosmos, hits: 0 },
      { number: 2, order: { ...cosmos, times: 1 }, hits: 1 },
    ]);
    expect([plan.take(all), plan.take(all)]).toEqual([cosmos, undefined]);
  });
});

describe('a pattern', () => {
  it.each([
    ['run-info', 'run-info', true],
    ['run-info', 'run-info-2', false],
    ['outcome.*', 'outcome.b-s00001', true],
    ['outcome.*', 'x.outcome.b', false],
    ['*:again-*', 'b-1:2:0:again-7', true],
    ['a*b*c', 'abbc', true],
    ['a*bc*c', 'abc', false],
    ['aa*aa', 'aaa', false],
    ['*', '', true],
  ])('%s on %s: %s', (pattern, text, fits) => {
    expect(fitsPattern(pattern, text)).toBe(fits);
  });
});

describe('what cannot be ordered', () => {
  it.each([
    ['github', { fault: 'reset' }, 'only of cosmos, service-bus, sinks'],
    ['cosmos', { fault: { status: 418 } }, 'fault'],
    ['cosmos', { fault: status, table: 'x' }, 'table'],
    ['cosmos', { fault: status, times: 2, rate: 0.5 }, 'has both times and rate'],
    ['sinks', { fault: { kill: 'reporter', when: 'during' }, sink: 'event-grid' }, 'fault'],
    ['service-bus', { operation: 'receive', fault: 'refuse' }, 'operation'],
  ])('is refused: %s %o', (component, order, words) => {
    expect(() => readFaults(component, [order])).toThrow(
      expect.objectContaining({ code: 'fault-refused', message: expect.stringContaining(words) as string }),
    );
  });
});
