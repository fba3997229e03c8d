/** Decides from what passes in the change feed when a run is worth measuring: at its likely end, and now and then. */

/** What a run was known to wait for when it was measured, and what passed since. */
interface Known {
  at: number;
  remaining: number | undefined;
  planned: number;
  settled: number;
}

/** Progress is summed at most so often, in ms. */
const PROGRESS_MS = 30_000;
/** Runs that are remembered; a forgotten one is measured once more. */
const MAX_RUNS = 64;

/**
 * Memory per run is constant: what was missing at the last measurement, plus what was planned, less what was settled since.
 * It errs towards measuring too early, which costs some RU; the sweep is the guarantee.
 */
export class FeedHints {
  readonly #runs = new Map<string, Known>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes in what passed of one run; true when it is to be measured now. */
  passed(runId: string, planned: number, settled: number): boolean {
    const known = this.#runs.get(runId);
    if (!known) return true;
    known.planned += planned;
    known.settled += settled;
    if (this.#now() - known.at >= PROGRESS_MS) return true;
    return known.settled > 0 && known.settled >= (known.remaining ?? 0) + known.planned;
  }

  /** Remembers a measurement. */
  measured(runId: string, remaining: number | undefined): void {
    this.#runs.delete(runId);
    this.#runs.set(runId, { at: this.#now(), remaining, planned: 0, settled: 0 });
    if (this.#runs.size > MAX_RUNS) this.#runs.delete(this.#runs.keys().next().value ?? '');
  }
}
