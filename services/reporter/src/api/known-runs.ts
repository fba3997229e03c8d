/**
 * Which runs are under way and which was the latest to end, as it was at most five seconds ago: what most answers hang on, and so
 * what confirms them without a query.
 */
import { TimedMemory } from './timed-memory.ts';
import { notThere } from './problem.ts';
import type { CompareTo } from '@github-repo-stats/shared/trend';
import type { ApiStore, ShownRun, SummaryKey } from './api-store.ts';

/** A run as something can be asked of it. */
export interface KnownRun {
  runId: string;
  /** The last revision that was summed up; 0 while there is none. */
  revision: number;
  /** When that ended; undefined while there is none. */
  endedAt: string | undefined;
  compareTo: Partial<CompareTo> | undefined;
  /** While it is under way, for the first time or again. */
  active: ShownRun | undefined;
}

export interface Now {
  active: readonly ShownRun[];
  /** The latest run that has ended, even when it was opened again since: what was told of it stands until it ends anew. */
  latest: KnownRun | undefined;
}

const KEPT_MS = 5_000;
const MOST_RUNS = 100;
/** Summaries that are read to find the latest run: it may have revisions, or be about to end. */
const LATEST = 3;

export class KnownRuns {
  readonly #store: ApiStore;
  readonly #now: TimedMemory<Now>;
  readonly #ended: TimedMemory<SummaryKey | undefined>;

  /** @param now monotonic ms. */
  constructor(store: ApiStore, now: () => number) {
    this.#store = store;
    this.#now = new TimedMemory(KEPT_MS, 1, now);
    this.#ended = new TimedMemory(KEPT_MS, MOST_RUNS, now);
  }

  now(): Promise<Now> {
    return this.#now.get('now', () => this.#read());
  }

  async #read(): Promise<Now> {
    const active = (await this.#store.activeRuns()).sort((a, b) => Number(b.id) - Number(a.id));
    let latest: KnownRun | undefined;
    for await (const { runId, revision, endedAt, compareTo } of this.#store.summaryKeys({ page: LATEST })) {
      if (latest && latest.runId !== runId) break;
      const run = active.find(({ id }) => id === runId);
      // Summed up, but its end is not stored yet.
      if (run && revision > run.revision) continue;
      if (revision > (latest?.revision ?? 0)) latest = { runId, revision, endedAt, compareTo, active: run };
    }
    return { active, latest };
  }

  /** @param runId or `latest`. @throws RequestProblem when there is no such run. */
  async run(runId: string): Promise<KnownRun> {
    const { active, latest } = await this.now();
    if (runId === 'latest') {
      if (latest) return latest;
      throw notThere('No run has ended yet; api/overview tells whether one is under way');
    }
    if (latest?.runId === runId) return latest;
    const run = active.find(({ id }) => id === runId);
    if (run)
      return { runId, revision: run.revision, endedAt: undefined, compareTo: run.compareTo, active: run };
    const ended = /^\d{1,11}$/.test(runId)
      ? await this.#ended.get(runId, () => this.#store.lastSummary(runId))
      : undefined;
    if (ended) {
      const { revision, endedAt, compareTo } = ended;
      return { runId, revision, endedAt, compareTo, active: undefined };
    }
    throw notThere(
      `There is no run ${runId.slice(0, 40)} that has ended or is under way; api/runs lists those that there are`,
    );
  }
}

/** When what is told of a run was true. @param now for a run under way. */
export const asOfRun = ({ active, endedAt }: KnownRun, now: Date): string =>
  active || endedAt === undefined ? now.toISOString() : endedAt;

/** Tells two answers about a run apart; undefined while it changes. */
export const versionOf = ({ runId, revision, active }: KnownRun): string | undefined =>
  active ? undefined : `${runId}.${revision}`;
