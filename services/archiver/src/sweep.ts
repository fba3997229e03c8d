/** Looks at runs one after the other, for as long as one invocation may take; and how far back it has to look for them. */
import { FUNCTION_TIMEOUT_SECONDS } from '@github-repo-stats/shared/host-settings';

/** No other is begun after that, in ms: the host ends what takes longer than its time-out, and the next sweep goes on. */
const BEGIN_MS = (FUNCTION_TIMEOUT_SECONDS / 2) * 1000;

export async function sweep(
  runIds: readonly string[],
  monotonic: () => number,
  work: (runId: string) => Promise<void>,
): Promise<void> {
  const began = monotonic();
  for (const runId of runIds) {
    if (monotonic() - began >= BEGIN_MS) return;
    await work(runId);
  }
}

const DAY = 86_400;
/** Every sweep looks at the runs of so many days; what is older is looked for once a day, and first of all. */
const LATELY_DAYS = 3;

export class SweptSince {
  readonly #now: () => number;
  #allAt = -Infinity;

  /** @param now epoch seconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param look at runs that began since this epoch second. */
  async do(look: (since: number) => Promise<void>): Promise<void> {
    const now = Math.floor(this.#now());
    const all = now - this.#allAt >= DAY;
    await look(all ? 0 : now - LATELY_DAYS * DAY);
    if (all) this.#allAt = now;
  }
}
