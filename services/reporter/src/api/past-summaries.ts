/** Which runs were summed up in a span of time, and one of them per day: what charts of totals and small ones are drawn from. */
import type { ApiStore, SummaryKey } from './api-store.ts';
import { lastRevisions } from './last-revisions.ts';
import { TimedMemory } from './timed-memory.ts';

const DAY = 86_400;
/** So long an earlier run that was collected again may be told as it was before. */
const KEPT_MS = 60_000;
const MOST_SPANS = 20;

export class PastSummaries {
  readonly #store: ApiStore;
  readonly #known: TimedMemory<SummaryKey[]>;

  /** @param now monotonic ms. */
  constructor(store: ApiStore, now: () => number) {
    this.#store = store;
    this.#known = new TimedMemory(KEPT_MS, MOST_SPANS, now);
  }

  /** The last revision of each run since then, the oldest first. @param since run id. */
  since(since: string): Promise<SummaryKey[]> {
    return this.#known.get(since, async () => {
      const keys: SummaryKey[] = [];
      for await (const key of lastRevisions(this.#store.summaryKeys({ since }))) keys.push(key);
      return keys.reverse();
    });
  }
}

/** The run id of so many days ago, at midnight UTC: the same all day long, so that answers can be confirmed. */
export const runIdOfDay = (now: Date, days: number): string =>
  String(Math.max(0, (Math.floor(now.getTime() / 1000 / DAY) - days) * DAY));

/** Of every so many days (UTC) the latest run that was completed. @param keys the oldest first. */
export function latestOfDays<T extends Pick<SummaryKey, 'runId' | 'status'>>(
  keys: readonly T[],
  days = 1,
): T[] {
  const latest = new Map<number, T>();
  for (const key of keys)
    if (key.status === 'completed') latest.set(Math.floor(Number(key.runId) / DAY / days), key);
  return [...latest.values()];
}

/** Tells the answers that are made of them apart. */
export const versionOfKeys = (keys: readonly SummaryKey[]): string =>
  keys.map(({ runId, revision }) => `${runId}.${revision}`).join(' ');
