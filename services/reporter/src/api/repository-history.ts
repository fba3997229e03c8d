/** GET api/repositories/{owner}/{name}: how one repository developed, under whatever name. */
import { RepoStats } from '@github-repo-stats/shared/documents';
import type { KnownRepository } from '@github-repo-stats/shared/known-repository';
import { mergeRows, rowOf } from '@github-repo-stats/shared/rows';
import * as z from 'zod';
import type { StoredPoint, StoredStats } from './api-store.ts';
import { HistoryPoint, RepositoryHistory, type RepositoryRow } from './contract.ts';
import type { ApiDeps } from './deps.ts';
import { PackedRows } from './packed-rows.ts';
import { runIdOfDay } from './past-summaries.ts';
import { notThere } from './problem.ts';
import { days, route, type Asked, type Route } from './route.ts';
import { startOf } from './run-brief.ts';

const Query = z.strictObject({ days: days.default(30) });

const MOST_POINTS = 400;
const MOST_MISSED = 1000;
const DAY_MS = 86_400_000;

export function repositoryHistory({ store, past, now }: ApiDeps): Route {
  async function history(asked: Asked<typeof Query>): Promise<RepositoryHistory> {
    const { latest, known, found } = await lineOf(asked);
    return {
      asOf: atOf(latest),
      repo: known?.names.at(-1)?.is ?? latest.repo,
      // Of one that only ever was told as gone it is not known.
      firstSeenAt: known && known.names.length > 0 ? startOf(known.firstRunId) : null,
      latest: latestRow(latest),
      points: thinned(found.map(pointOf), MOST_POINTS),
      names: (known?.names ?? []).map(({ is, runId }) => ({ repo: is, since: startOf(runId) })),
      archivedSince: sinceOf(known?.archived, true),
      goneSince: sinceOf(known?.present, false),
      missed: await missedBetween(found),
    };
  }

  /**
   * What is known of it, under whatever names: its latest document, however old, and those of the time, the oldest first.
   * @throws RequestProblem when nothing is.
   */
  async function lineOf({ params, query }: Asked<typeof Query>): Promise<{
    latest: StoredStats;
    known: KnownRepository | undefined;
    found: StoredPoint[];
  }> {
    const asked = `${params['owner']}/${params['name']}`;
    const named = await store.latestStats(asked);
    if (!named)
      throw notThere(
        `No run has ${asked.slice(0, 140)}; names are spelled as GitHub spells them, and api/runs/latest/repositories?search= finds them`,
      );
    const { repoId } = named;
    const known = repoId === undefined ? undefined : await store.known(repoId);
    // The name may have been another repository's before, or be by now. The first generation did not tell them apart.
    const isOwn = (document: StoredPoint): boolean =>
      document.repoId === undefined || document.repoId === repoId;
    const current = known?.names.at(-1)?.is ?? asked;
    const underNow = current === asked ? undefined : await store.latestStats(current);
    const since = runIdOfDay(now(), query.days);
    const names = new Set([asked, ...(known?.names ?? []).map(({ is }) => is)]);
    const under = await Promise.all([...names].map((name) => all(store.history(name, since))));
    return {
      latest: [named, ...(underNow && isOwn(underNow) ? [underNow] : [])].sort(byRun).at(-1)!,
      known,
      found: under.flat().filter(isOwn).sort(byRun),
    };
  }

  async function missedBetween(found: readonly StoredPoint[]): Promise<string[]> {
    const [first, last] = [found[0], found.at(-1)];
    if (!first || !last) return [];
    const has = new Set(found.map(({ runId }) => runId));
    const keys = await past.since(first.runId);
    return keys
      .filter(({ runId }) => Number(runId) < Number(last.runId) && !has.has(runId))
      .slice(-MOST_MISSED)
      .map(({ runId }) => startOf(runId));
  }

  return route({
    path: 'repositories/{owner}/{name}',
    about: 'The numbers of one repository over time, with its names; spelled as GitHub spells it',
    query: Query,
    answer: RepositoryHistory,
    handle: history,
    table: {
      row: HistoryPoint,
      async *rows(asked) {
        for (const document of (await lineOf(asked)).found) yield pointOf(document);
      },
    },
  });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const byRun = (a: StoredPoint, b: StoredPoint): number => Number(a.runId) - Number(b.runId);

const atOf = ({ collectedAt, runId }: StoredPoint): string => collectedAt ?? startOf(runId);

const pointOf = (document: StoredPoint): HistoryPoint => ({
  runId: document.runId,
  at: atOf(document),
  repo: document.repo,
  stars: document.stars ?? null,
  forks: document.forks ?? null,
  openIssues: document.openIssues ?? null,
  closedIssues: document.closedIssues ?? null,
  openPRs: document.openPRs ?? null,
  closedPRs: document.closedPRs ?? null,
  mergedPRs: document.mergedPRs ?? null,
});

/** Null for a document of the first generation, which lacks what a row has. */
function latestRow(document: StoredStats): RepositoryRow | null {
  const known = RepoStats.safeParse(document);
  if (!known.success) return null;
  const { runId, batchId } = known.data;
  const rows = mergeRows(undefined, { runId, batchId }, [rowOf(known.data)], 1);
  return rows ? new PackedRows(rows).row(0) : null;
}

/** When a line began to say so, if that is how it ends; null when it says so from its beginning on. */
function sinceOf<T>(line: readonly { is: T; runId: string }[] | undefined, is: T): string | null {
  const last = line?.at(-1);
  return line && line.length > 1 && last?.is === is ? startOf(last.runId) : null;
}

/** The last of each of so many equal spans that at most so many remain. @param points the oldest first. */
export function thinned(points: readonly HistoryPoint[], most: number): HistoryPoint[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length <= most) return [...points];
  const dayOf = ({ at }: HistoryPoint): number => Math.floor(Date.parse(at) / DAY_MS);
  const days = Math.ceil((dayOf(last) - dayOf(first) + 1) / most);
  const lastOf = new Map(points.map((point) => [Math.floor((dayOf(point) - dayOf(first)) / days), point]));
  return [...lastOf.values()];
}
