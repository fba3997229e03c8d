/** GET api/repositories/{owner}/{name}: how one repository developed, under whatever name. */
import { RepoStats } from '@github-repo-stats/shared/documents';
import type { KnownRepository } from '@github-repo-stats/shared/known-repository';
import { mergeRows, rowOf } from '@github-repo-stats/shared/rows';
import { z } from 'zod';
import type { StoredStats } from './api-store.ts';
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
  async function history({ params, query }: Asked<typeof Query>): Promise<RepositoryHistory> {
    const asked = `${params['owner']}/${params['name']}`;
    const since = runIdOfDay(now(), query.days);
    const { found, known } = await documentsOf(asked, since);
    const last = found.at(-1)!;
    const within = found.filter(({ runId }) => Number(runId) >= Number(since));
    return {
      asOf: atOf(last),
      repo: known?.names.at(-1)?.is ?? last.repo,
      firstSeenAt: known ? startOf(known.firstRunId) : null,
      latest: latestRow(last),
      points: thinned(within.map(pointOf), MOST_POINTS),
      names: (known?.names ?? []).map(({ is, runId }) => ({ repo: is, since: startOf(runId) })),
      archivedSince: sinceOf(known?.archived, true),
      goneSince: sinceOf(known?.present, false),
      missed: await missedBetween(within),
    };
  }

  /** Its documents, the oldest first; at least one. @throws RequestProblem when nothing is known of it. */
  async function documentsOf(
    asked: string,
    since: string,
  ): Promise<{ found: StoredStats[]; known: KnownRepository | undefined }> {
    let found = await all(store.history(asked, since));
    // Gone for longer than that: its last numbers are told all the same.
    if (found.length === 0) found = (await all(store.history(asked, '0'))).slice(-1);
    const repoId = found.at(-1)?.repoId;
    if (found.length === 0)
      throw notThere(
        `No run has ${asked.slice(0, 140)}; names are spelled as GitHub spells them, and api/runs/latest/repositories?search= finds them`,
      );
    const known = repoId === undefined ? undefined : await store.known(repoId);
    // The name may have been another repository's before, or be by now.
    const own = (document: StoredStats): boolean =>
      document.repoId === undefined || document.repoId === repoId;
    const others = (known?.names ?? []).map(({ is }) => is).filter((name) => name !== asked);
    const under = await Promise.all([...new Set(others)].map((name) => all(store.history(name, since))));
    const every = [found, ...under].flat().filter(own);
    return { found: every.sort((a, b) => Number(a.runId) - Number(b.runId)), known };
  }

  async function missedBetween(found: readonly StoredStats[]): Promise<string[]> {
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
      async *rows({ params, query }) {
        const { found } = await documentsOf(
          `${params['owner']}/${params['name']}`,
          runIdOfDay(now(), query.days),
        );
        for (const document of found) yield pointOf(document);
      },
    },
  });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const atOf = ({ collectedAt, runId }: StoredStats): string => collectedAt ?? startOf(runId);

const pointOf = (document: StoredStats): HistoryPoint => ({
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
