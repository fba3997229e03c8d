/** Runs that could not be archived for what they are, not for an outage: they are tried again, but not in every sweep. */
import type { ArchiveResult } from './archive-run.ts';

/** What a sweep of five minutes later would find as it was, and pay for again. */
const LASTING: readonly ArchiveResult[] = ['incomplete', 'differs', 'history'];
const AGAIN_MS = 3_600_000;
/** Runs that are remembered; a forgotten one is tried once more. */
const MOST = 1000;

export class Hopeless {
  readonly #until = new Map<string, number>();
  readonly #monotonic: () => number;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  has(runId: string): boolean {
    return (this.#until.get(runId) ?? -Infinity) > this.#monotonic();
  }

  note(runId: string, result: ArchiveResult): void {
    this.#until.delete(runId);
    if (this.#until.size >= MOST) this.#until.clear();
    if (LASTING.includes(result)) this.#until.set(runId, this.#monotonic() + AGAIN_MS);
  }
}
