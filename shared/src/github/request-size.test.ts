import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Learned } from '../pace.ts';
import { UNLEARNED, learn, requestSize, secondsPerRepository } from './request-size.ts';

/** By some calls. */
const sized = (size: number): Learned => ({ ...UNLEARNED, size, calls: 3 });
/** Learns from so many requests of the size that was learned, each taking 0.3 s and so many seconds per repository. */
function after(requests: number, seconds: number, from?: Learned): Learned {
  let learned = from;
  for (let i = 0; i < requests; i++) {
    const repositories = requestSize(learned, 10_000);
    const took = 0.3 + repositories * seconds;
    learned = learn(learned, { repositories, seconds: Math.min(took, 10), tooMuch: took > 10 }, 1);
  }
  return learned!;
}

describe('the size of the next request', () => {
  it('begins smaller than what times out where repositories are slow', () => {
    expect(requestSize(undefined, 100)).toBeLessThanOrEqual(25);
  });

  it('is never more than is left, than GitHub takes, or than a little over what was learned', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }), (size, left) => {
        const n = requestSize(sized(size), left);
        expect(n).toBeGreaterThanOrEqual(1);
        expect(n).toBeLessThanOrEqual(Math.min(left, 100, Math.max(1, size * 1.4)));
      }),
    );
  });

  it('cuts a batch into equal requests rather than leaving a small rest', () => {
    expect(requestSize(sized(61), 65)).toBe(65);
    expect(requestSize(sized(61), 100)).toBe(50);
    expect(requestSize(sized(25), 65)).toBe(33);
  });
});

describe('learning from an answer', () => {
  it.each([0.02, 0.06, 0.15])('comes to requests of about four seconds at %f s a repository', (seconds) => {
    const { size } = after(30, seconds);
    const took = 0.3 + size * seconds;
    expect(took).toBeGreaterThan(size < 100 ? 3.4 : 0);
    expect(took).toBeLessThan(4.6);
  });

  it('doubles at most, until a request was too large', () => {
    expect(learn(sized(10), { repositories: 10, seconds: 0.1, tooMuch: false }, 1).size).toBe(20);
  });

  it('is taught by the very first answer when that was too much, however few were asked for', () => {
    const slow = { repositories: 5, seconds: 10, tooMuch: true };
    const learned = learn(undefined, slow, 1);
    expect(learned).toMatchObject({ size: 2, halved: true });
    expect(learn(sized(20), slow, 1)).toEqual(sized(20));
  });

  it('halves what was too much, holds, then grows in small steps', () => {
    let learned = learn(sized(60), { repositories: 60, seconds: 10, tooMuch: true }, 1);
    expect(learned).toMatchObject({ size: 30, halved: true });
    const sizes = Array.from({ length: 10 }, () => {
      learned = learn(learned, { repositories: learned.size, seconds: 0.5, tooMuch: false }, 1);
      return learned.size;
    });
    expect(sizes.slice(0, 5)).toEqual([30, 30, 30, 30, 30]);
    for (const [i, size] of sizes.entries()) expect(size).toBeLessThanOrEqual((sizes[i - 1] ?? 30) * 1.1 + 1);
    expect(sizes.at(-1)).toBeGreaterThan(30);
  });

  it('takes no lesson for large requests from a small one', () => {
    expect(learn(sized(40), { repositories: 3, seconds: 0.31, tooMuch: false }, 1)).toEqual(sized(40));
    expect(learn(sized(40), { repositories: 1, seconds: 10, tooMuch: true }, 1)).toEqual(sized(40));
  });

  it('becomes smaller by itself when GitHub becomes slow', () => {
    const learned = after(20, 0.15, after(20, 0.02));
    expect(learned.size).toBeLessThan(35);
  });

  it('goes by what a second is here', () => {
    let learned: Learned | undefined;
    for (let i = 0; i < 20; i++) {
      const repositories = requestSize(learned, 10_000);
      learned = learn(learned, { repositories, seconds: 0.03 + repositories * 0.006, tooMuch: false }, 0.1);
    }
    expect(learned?.size).toBeGreaterThan(50);
    expect(learned?.size).toBeLessThan(70);
  });

  it('knows how long a repository takes', () => {
    expect(secondsPerRepository(after(30, 0.06), 9)).toBeCloseTo(0.065, 2);
    expect(secondsPerRepository(undefined, 9)).toBe(9);
    expect(secondsPerRepository(UNLEARNED, 9)).toBe(9);
  });
});
