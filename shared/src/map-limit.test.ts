import { describe, expect, it } from 'vitest';
import { mapLimit } from './map-limit.ts';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('mapping with a limit', () => {
  it('gives results in order, with no more than the limit in flight', async () => {
    let inFlight = 0;
    let most = 0;
    const results = await mapLimit([5, 1, 4, 2, 3], 2, async (n) => {
      most = Math.max(most, ++inFlight);
      for (let i = 0; i < n; i++) await tick();
      inFlight--;
      return n * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });

  it('begins nothing new after a rejection, and rejects only when nothing is in flight any more', async () => {
    const ended: number[] = [];
    const begun: number[] = [];
    const work = async (n: number): Promise<void> => {
      begun.push(n);
      for (let i = 0; i < n; i++) await tick();
      if (n === 1) throw new Error('no');
      ended.push(n);
    };
    await expect(mapLimit([1, 5, 2, 3], 2, work)).rejects.toThrow('no');
    expect(begun).toEqual([1, 5]);
    expect(ended).toEqual([5]);
  });

  it('maps nothing to nothing', async () => {
    expect(await mapLimit([], 4, () => Promise.reject(new Error('never')))).toEqual([]);
  });
});
