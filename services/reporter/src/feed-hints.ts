/** Decides from what passes in the change feed when a run is worth measuring: at its likely end, and now and then. */

/** What a run was known to wait for when it was measured; how many settled repositories had passed by then, and by now. */
interface Known {
  /** When it was measured first, and last. */
  since: number;
  at: number;
  remaining: number;
  passedThen: number;
  passed: number;
}

/**
 * Progress is summed at most so often: every half minute, in long runs after a hundredth of their time, since a sum costs more the more there
 * is, and at the latest after five minutes, since after ten quiet ones what is missing is sent again.
 */
const PROGRESS_MS = 30_000;
const PROGRESS_SHARE = 0.01;
const LATEST_MS = 300_000;
/** Runs that are remembered; a forgotten one is measured once more. */
const MAX_RUNS = 64;

/**
 * Memory per run is constant: what was missing at the last measurement, less what was settled since. Plans are not counted:
 * one that passes may have been measured already, and counted twice it would hide the end. So this errs towards measuring
 * too early, which costs some RU; and whatever was settled last is always measured, since no less can be missing by then.
 */
export class FeedHints {
  readonly #runs = new Map<string, Known>();
  readonly #now: () => number;

  /** @param monotonic ms. */
  constructor(monotonic: () => number) {
    this.#now = monotonic;
  }

  /**
   * Takes in what passed of one run; true when it is to be measured now.
   * @param turned something else passed by which a run may have ended: its beginning, a last plan, a failed source.
   */
  passed(runId: string, settled: number, turned: boolean): boolean {
    const known = this.#runs.get(runId);
    if (!known) return true;
    known.passed += settled;
    if (this.#now() - known.at >= Math.max(PROGRESS_MS, this.#apart(known))) return true;
    return (turned || settled > 0) && known.passed - known.passedThen >= known.remaining;
  }

  /** Whether the sweep is to look at a run: not at one under way that was measured lately, for its age. */
  isDue(runId: string): boolean {
    const known = this.#runs.get(runId);
    return !known || known.remaining === 0 || this.#now() - known.at >= this.#apart(known);
  }

  #apart({ since }: Known): number {
    return Math.min(LATEST_MS, (this.#now() - since) * PROGRESS_SHARE);
  }

  /**
   * Measures a run and remembers what it waits for. What passes meanwhile may not be part of the measurement, so it counts on.
   * @param measure resolves to how many repositories are missing; undefined for a run at its end.
   */
  async measure(runId: string, measure: (runId: string) => Promise<number | undefined>): Promise<void> {
    const passedThen = this.#runs.get(runId)?.passed ?? 0;
    const remaining = (await measure(runId)) ?? 0;
    const { passed, since } = this.#runs.get(runId) ?? { passed: passedThen, since: this.#now() };
    this.#runs.delete(runId);
    this.#runs.set(runId, { since, at: this.#now(), remaining, passedThen, passed });
    if (this.#runs.size > MAX_RUNS) this.#runs.delete(this.#runs.keys().next().value ?? '');
  }
}
