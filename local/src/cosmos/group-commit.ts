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
 * commit; when the transaction itself fails (a full disk), every job of the group fails with that error.
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
    if (jobs.length === 0) return;
    this.#jobs = [];
    try {
      this.#store.transaction(() => {
        for (const job of jobs) job.run();
      });
    } catch (error) {
      for (const job of jobs) job.fail(error);
      return;
    }
    for (const job of jobs) job.settle();
  }
}
