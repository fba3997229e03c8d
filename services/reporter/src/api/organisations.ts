/** GET api/runs/{runId}/organisations: totals and changes by owner, with the points of a small chart. */
import { ownerOf } from '@github-repo-stats/shared/ids';
import * as z from 'zod';
import { BestOf } from '../best-of.ts';
import { addTo, noChange, noTotals } from '../fold-rows.ts';
import { OrgTotals } from '../summary.ts';
import { ORGANISATION_SORTS, OrganisationList, type OrganisationSort } from './contract.ts';
import { listDigest, readCursor, writeCursor } from './cursor.ts';
import type { ApiDeps } from './deps.ts';
import { asOfRun, versionOf, type KnownRun } from './known-runs.ts';
import { latestOfDays, runIdOfDay, versionOfKeys } from './past-summaries.ts';
import { RequestProblem } from './problem.ts';
import { rowsOfRun } from './repositories.ts';
import { comparing } from './repository-table.ts';
import { after, limit, order, route, type Route } from './route.ts';
import { comparedWith, startOf } from './run-brief.ts';

const Query = z.strictObject({
  sort: z.enum(ORGANISATION_SORTS).default('stars'),
  order,
  after,
  limit,
});

/** Days that the small chart of an owner tells of. */
const TREND_DAYS = 30;

const valueOf = ({ totals, change }: OrgTotals, sort: OrganisationSort): number | null => {
  if (sort === 'owner') return null;
  const [metric, window] = sort.split('.') as [keyof OrgTotals['totals'], keyof OrgTotals['change']];
  if (window === undefined) return totals[metric];
  const since = change[window];
  return since ? since[metric as keyof typeof since] : null;
};

export function organisations(deps: ApiDeps): Route {
  const { store, runs, past, now } = deps;

  /** All owners of a run. A summary has the largest ones; when there are more, they are added up from the rows. */
  async function ownersOf(run: KnownRun): Promise<OrgTotals[]> {
    const summary = run.revision > 0 ? await store.summary(run.runId, run.revision) : undefined;
    if (!summary) return [];
    if (summary.orgsTotal <= summary.orgs.length) return summary.orgs;
    try {
      return await added(deps, run);
    } catch (error) {
      // Kept no more: then the largest ones are what is known.
      if (error instanceof RequestProblem) return summary.orgs;
      throw error;
    }
  }

  // Today is one of them.
  const trendKeys = async () => latestOfDays(await past.since(runIdOfDay(now(), TREND_DAYS - 1)));

  /** Stars of owners at the end of each of these days. */
  async function trends(): Promise<{ at: string[]; of: (owner: string) => (number | null)[] }> {
    const keys = await trendKeys();
    const owners = await Promise.all(keys.map((key) => past.owners(key)));
    return {
      at: keys.map(({ runId }) => startOf(runId)),
      of: (owner) => owners.map((known) => known.get(owner.toLowerCase())?.totals.stars ?? null),
    };
  }

  return route({
    path: 'runs/{runId}/organisations',
    about: 'Totals and changes by owner. As CSV or NDJSON all of them',
    query: Query,
    answer: OrganisationList,
    async version({ params, query }) {
      if (query.after) return undefined;
      const version = versionOf(await runs.run(params['runId']!));
      return version === undefined ? undefined : `${version} ${versionOfKeys(await trendKeys())}`;
    },
    async handle({ params, query }) {
      const ordering = { sort: query.sort, order: query.order };
      const list = listDigest({ of: 'organisations', ...ordering });
      const cursor = query.after === undefined ? undefined : readCursor(query.after, list);
      const run = await runs.run(cursor && params['runId'] === 'latest' ? cursor.runId : params['runId']!);
      const compare = comparing(ordering, 'owner');
      const key = (owner: OrgTotals) => ({ value: valueOf(owner, query.sort), repo: () => owner.owner });
      const place = cursor && {
        value: typeof cursor.value === 'number' ? cursor.value : null,
        repo: () => cursor.name,
      };
      const owners = await ownersOf(run);
      const best = new BestOf<OrgTotals>(query.limit + 1, (a, b) => compare(key(a), key(b)));
      for (const owner of owners) if (!place || compare(key(owner), place) > 0) best.add(owner);
      const found = best.list();
      const hasMore = found.length > query.limit && found.pop() !== undefined;
      const last = found.at(-1);
      const trend = await trends();
      return {
        asOf: asOfRun(run, now()),
        runId: run.runId,
        total: owners.length,
        comparedWith: comparedWith(run.compareTo),
        trendAt: trend.at,
        items: found.map((owner) => ({ ...owner, trend: trend.of(owner.owner) })),
        ...(hasMore &&
          last && {
            next: writeCursor({
              list,
              value: valueOf(last, query.sort),
              name: last.owner,
              runId: run.runId,
            }),
          }),
      };
    },
    table: {
      row: OrgTotals,
      async *rows({ params }) {
        yield* await ownersOf(await runs.run(params['runId']!));
      },
    },
  });
}

/** Owners of any number: memory grows with them alone. */
async function added(deps: ApiDeps, run: KnownRun): Promise<OrgTotals[]> {
  const owners = new Map<string, OrgTotals>();
  for await (const packed of rowsOfRun(deps, run))
    for (let i = 0; i < packed.count; i++) {
      const row = packed.row(i);
      const key = ownerOf(row.repo);
      let owner = owners.get(key);
      if (!owner) {
        owner = { owner: row.repo.slice(0, row.repo.indexOf('/')), totals: noTotals(), change: noChange() };
        owners.set(key, owner);
      }
      addTo(owner, row);
    }
  return [...owners.values()];
}
