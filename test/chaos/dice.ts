/** Chance by a seed: the same seed, the same draws. */
import { textHash, uniform } from '@github-repo-stats/local/github/hash';

const KIND = textHash('chaos');

export class Dice {
  readonly #seed: number;
  #throws = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }
  /** From [low, high), whole. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low));
  }
  /** From [low, high), to two digits. */
  seconds(low: number, high: number): number {
    return Number((low + this.#next() * (high - low)).toFixed(2));
  }
  often(share: number): boolean {
    return this.#next() < share;
  }
  oneOf<T>(list: readonly T[]): T {
    return list[this.whole(0, list.length)]!;
  }
  #next(): number {
    return uniform(this.#seed, KIND, this.#throws++);
  }
}
