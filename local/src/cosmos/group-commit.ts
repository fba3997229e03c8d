/** Writes that arrive in one turn of the event loop share one transaction and are answered after its commit. */
import { CosmosError } from './cosmos-error.ts';
import type { Store } from './store.ts';

interface Job {
  run: () => void;
  settle: () => void;
  fail: (error: unknown) => void;
}

/**
 * State: idle, or a flush is scheduled for this turn. `run` of each job happens inside the transaction, `settle` after its
 * commit. When the transaction fails, each job is run again in one of its own, so that only the one at fault fails.
 */
export class GroupCommit {
  readonly #store: Store;
  #jobs: Job[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Runs `write` in the next group. A CosmosError from it is its own answer and leaves the group intact, so it must be
   * thrown before anything is written, or after what was written has been rolled back to a savepoint.
   */
  run<T>(write: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let outcome: { value: T } | { refused: CosmosError } | undefined;
      this.#jobs.push({
        run: () => {
          try {
            outcome = { value: write() };
          } catch (error) {
            if (!(error instanceof CosmosError)) throw error;
            outcome = { refused: error };
          }
        },
        settle: () => {
          if (outcome && 'value' in outcome) resolve(outcome.value);
          else reject(outcome?.refused);
        },
        fail: reject,
      });
      if (this.#jobs.length === 1) setImmediate(() => this.flush());
    });
  }

  /** Commits what is waiting, now. */
  flush(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    if (jobs.length > 0 && !this.#commit(jobs) && jobs.length > 1) {
      for (const job of jobs) this.#commit([job]);
    }
  }

  /** False when the group failed as a whole: a single job is then answered with the error, several are left to be tried alone. */
  #commit(jobs: readonly Job[]): boolean {
    try {
      this.#store.transaction(() => {
        for (const job of jobs) job.run();
      });
    } catch (error) {
      if (jobs.length === 1) jobs[0]!.fail(error);
      return false;
    }
    for (const job of jobs) job.settle();
    return true;
  }
}
