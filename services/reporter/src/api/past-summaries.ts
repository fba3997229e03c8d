/** Which runs were summed up in a span of time, one of them per day, and their owners: what charts of totals and small ones are drawn from. */
import type { OrgTotals } from '../summary.ts';
import type { ApiStore, SummaryKey } from './api-store.ts';
import { lastRevisions } from './last-revisions.ts';
import { TimedMemory } from './timed-memory.ts';

const DAY = 86_400;
const KEPT_MS = 60_000;
const MOST_SPANS = 20;
/** A summary that is listed costs 2 to 5 RU, and there are thousands a year: those before the last days are listed anew only so often. */
const WHOLE_MS = 3_600_000;
const ANEW_SECONDS = 2 * DAY;
/** Summaries whose owners are kept: 100 owners each. */
const MOST_SUMMARIES = 120;

export type PastRun = Pick<SummaryKey, 'runId' | 'revision' | 'status'>;
type Owner = Pick<OrgTotals, 'owner' | 'totals'>;

export class PastSummaries {
  readonly #store: ApiStore;
  readonly #now: () => number;
  readonly #spans: TimedMemory<PastRun[]>;
  readonly #owners = new Map<string, ReadonlyMap<string, Owner>>();
  #whole: { since: string; runs: PastRun[]; readAt: number } | undefined;

  /** @param now monotonic ms. */
  constructor(store: ApiStore, now: () => number) {
    this.#store = store;
    this.#now = now;
    this.#spans = new TimedMemory(KEPT_MS, MOST_SPANS, now);
  }

  /**
   * The last revision of each run since then, the oldest first; of the last two days as it was a minute ago, of earlier ones an hour.
   * @param since run id.
   */
  since(since: string): Promise<PastRun[]> {
    return this.#spans.get(since, () => this.#read(since));
  }

  async #read(since: string): Promise<PastRun[]> {
    const whole = this.#whole;
    const latest = whole?.runs.at(-1);
    if (!whole || !latest || Number(whole.since) > Number(since) || this.#now() - whole.readAt >= WHOLE_MS) {
      const runs = await this.#list(since);
      this.#whole = { since, runs, readAt: this.#now() };
      return runs;
    }
    const from = Math.max(Number(since), Number(latest.runId) - ANEW_SECONDS);
    const fresh = await this.#list(String(from));
    const runs = [...whole.runs.filter(({ runId }) => Number(runId) < from), ...fresh];
    this.#whole = { ...whole, runs };
    return runs.filter(({ runId }) => Number(runId) >= Number(since));
  }

  async #list(since: string): Promise<PastRun[]> {
    const runs: PastRun[] = [];
    for await (const { runId, revision, status } of lastRevisions(this.#store.summaryKeys({ since })))
      runs.push({ runId, revision, status });
    return runs.reverse();
  }

  /** The owners that a summary tells of, by their names in lower case: a revision's never change. */
  async owners({ runId, revision }: PastRun): Promise<ReadonlyMap<string, Owner>> {
    const name = `${runId}.${revision}`;
    const kept = this.#owners.get(name);
    if (kept) return kept;
    const summary = await this.#store.summary(runId, revision);
    const owners = new Map(
      summary?.orgs.map(({ owner, totals }) => [owner.toLowerCase(), { owner, totals }]),
    );
    if (summary) this.#owners.set(name, owners);
    // The oldest goes first: a Map keeps the order in which things were put into it.
    if (this.#owners.size > MOST_SUMMARIES) this.#owners.delete(this.#owners.keys().next().value!);
    return owners;
  }
}

/** The run id of so many days ago, at midnight UTC: the same all day long, so that answers can be confirmed. */
export const runIdOfDay = (now: Date, days: number): string =>
  String(Math.max(0, (Math.floor(now.getTime() / 1000 / DAY) - days) * DAY));

/** Of every so many days (UTC) the latest run that was completed. @param keys the oldest first. */
export function latestOfDays(keys: readonly PastRun[], days = 1): PastRun[] {
  const latest = new Map<number, PastRun>();
  for (const key of keys)
    if (key.status === 'completed') latest.set(Math.floor(Number(key.runId) / DAY / days), key);
  return [...latest.values()];
}

/** Tells the answers that are made of them apart. */
export const versionOfKeys = (keys: readonly PastRun[]): string =>
  keys.map(({ runId, revision }) => `${runId}.${revision}`).join(' ');
