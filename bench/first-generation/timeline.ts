/** One step of the first generation after the other, with what its host takes between them, and how long each stage took. */
import type { Host, StageName } from './host.ts';
import { sleep } from './sleep.ts';

export class Timeline {
  /** Seconds by stage; the steps of a stage are added up. */
  readonly stages = new Map<StageName, number>();
  /** Seconds between the steps. */
  between = 0;
  readonly #host: Host;
  readonly #signal: AbortSignal;

  constructor(host: Host, signal: AbortSignal) {
    this.#host = host;
    this.#signal = signal;
  }

  /** The next step begins when the last has ended. */
  async step<T>(name: StageName, batches: number, work: () => T | Promise<T>): Promise<T> {
    await this.end();
    const from = performance.now();
    const result = await work();
    await sleep(this.#host.ofStage(name, batches), this.#signal);
    this.stages.set(name, (this.stages.get(name) ?? 0) + (performance.now() - from) / 1000);
    return result;
  }

  /** What the host takes after a step. */
  async end(): Promise<void> {
    const from = performance.now();
    await sleep(this.#host.perStep, this.#signal);
    this.between += (performance.now() - from) / 1000;
  }
}
