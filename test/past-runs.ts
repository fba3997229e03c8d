/** Runs of earlier days, copied from one that was collected, as the services would have stored them: history for tests and benches of what is read. */
import { BulkOperationType, type Container, type JSONObject, type OperationInput } from '@azure/cosmos';
import type { Outcome, Plan, RepoStats, Run, Source } from '@github-repo-stats/shared/documents';
import { statsId } from '@github-repo-stats/shared/ids';
import { DEFAULT_QUALITY_RULES } from '@github-repo-stats/shared/quality-rules';
import { mergeRows, rowOf } from '@github-repo-stats/shared/rows';
import { changeOf, REACH, WINDOWS, type CompareTo, type Window } from '@github-repo-stats/shared/trend';
import { summarise } from '../services/reporter/src/build-summary.ts';
import { summaryStore } from '../services/reporter/src/store.ts';

const DAY = 86_400;

export interface PastRuns {
  containers: { runInfo: Container; repoStats: Container; repos: Container };
  /** The run that is copied, its statistics, sources, plans and outcomes: all of them, or the reporter would think it open. */
  run: Run;
  stats: readonly RepoStats[];
  sources: readonly Source[];
  plans: readonly Plan[];
  outcomes: readonly Outcome[];
  /** How many days before it each of them began. */
  days: readonly number[];
  /** Runs whose every statistics document is stored, by their days; of the others only those of `shown`. */
  whole: readonly number[];
  shown: ReadonlySet<string>;
}

/** How many stars a repository had fewer so many days before: by its place, so that a few grew much and most did not. */
export const fewerStars = (place: number, stars: number, days: number): number =>
  Math.min(stars, place % 50 === 0 ? days * (1 + (place % 7)) : place % 9 === 0 ? Math.floor(days / 10) : 0);

/** @returns the ids of the runs, by their days. */
export async function storePastRuns(past: PastRuns): Promise<Map<number, string>> {
  const ids = new Map(past.days.map((days) => [days, String(Number(past.run.id) - days * DAY)]));
  const ordered = past.days.toSorted((a, b) => b - a);
  for (const days of ordered) await storePastRun(past, days, ids);
  return ids;
}

async function storePastRun(past: PastRuns, days: number, ids: ReadonlyMap<number, string>): Promise<void> {
  const { runInfo, repoStats, repos } = past.containers;
  const runId = ids.get(days)!;
  const before = earlierOf(days, past.days);
  const earlier = (iso: string): string => new Date(Date.parse(iso) - days * DAY * 1000).toISOString();
  const starsAt = (place: number, then: number): number => {
    const now = past.stats[place]!.stars;
    return now - fewerStars(place, now, then);
  };
  const stats = past.stats.map((stat, place): RepoStats => {
    const { previousName: _name, tookNameOf: _taken, turned: _turned, ...rest } = stat;
    const stars = starsAt(place, days);
    const baselines = Object.fromEntries(
      WINDOWS.map((w) => [w, before[w] === null ? null : { ...stat, stars: starsAt(place, before[w]) }]),
    );
    return {
      ...rest,
      id: statsId(stat.repo, runId),
      runId,
      stars,
      collectedAt: earlier(stat.collectedAt),
      change: changeOf({ ...stat, stars }, baselines),
    };
  });
  const compareTo = Object.fromEntries(
    WINDOWS.map((w) => [w, before[w] === null ? null : ids.get(before[w])!]),
  ) as CompareTo;
  const { startedAt, endedAt = startedAt, progressAt } = past.run;
  const run: Run = {
    ...past.run,
    id: runId,
    runId,
    date: earlier(startedAt).slice(0, 10).replaceAll('-', ''),
    startedAt: earlier(startedAt),
    endedAt: earlier(endedAt),
    progressAt: earlier(progressAt),
    compareTo,
  };
  await storeDocuments(runInfo, [
    run,
    ...[...past.outcomes, ...past.sources, ...past.plans].map((document) => ({ ...document, runId })),
    ...rowsOf(runId, stats),
  ]);
  await storeDocuments(
    repoStats,
    stats.filter(({ repo }) => past.whole.includes(days) || past.shown.has(repo)),
  );
  const rules = { alerts: [], quality: DEFAULT_QUALITY_RULES, holdsEvent: false };
  await summarise(run, summaryStore(runInfo, repos), rules, new Date());
}

/** Days before of the runs that one is compared with, as the scheduler chooses them. */
function earlierOf(days: number, all: readonly number[]): Record<Window, number | null> {
  const latest = (least: number, most: number): number | null => {
    const within = all.filter((d) => (d - days) * DAY >= least && (d - days) * DAY <= most);
    return within.length > 0 ? Math.min(...within) : null;
  };
  return {
    previous: latest(1, Infinity),
    d7: latest(REACH.d7.least, REACH.d7.most),
    d30: latest(REACH.d30.least, REACH.d30.most),
  };
}

function* rowsOf(runId: string, stats: readonly RepoStats[]): Generator<object> {
  const byBatch = Map.groupBy(stats, ({ batchId }) => batchId);
  for (const [batchId, batch] of byBatch)
    yield mergeRows(undefined, { runId, batchId }, batch.map(rowOf), 40 * DAY)!;
}

/** As many as one request may have. */
const AT_ONCE = 100;
const CREATED = 201;

/** By `bulk`: `executeBulkOperations` paces itself by timers, which takes ten times as long. @throws when one of them is refused. */
export async function storeDocuments(container: Container, documents: readonly object[]): Promise<void> {
  for (let i = 0; i < documents.length; i += AT_ONCE) {
    const operations = documents.slice(i, i + AT_ONCE).map((document): OperationInput => {
      const { _rid, _self, _etag, _attachments, _ts, ...resourceBody } = document as JSONObject;
      const partitionKey = (resourceBody['repo'] ?? resourceBody['runId']) as string;
      return { operationType: BulkOperationType.Create, resourceBody, partitionKey };
    });
    const results = await container.items.bulk(operations);
    const refused = results.find(({ statusCode }) => statusCode !== CREATED);
    if (refused) throw new Error(`Not stored: ${refused.statusCode}`);
  }
}
