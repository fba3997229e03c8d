/** GET api/runs/{runId}/repositories: the table of repositories, by pages or whole. */
import { secondsLeft } from '@github-repo-stats/shared/rows';
import * as z from 'zod';
import { REPOSITORY_SORTS, RepositoryList, RepositoryRow } from './contract.ts';
import { listDigest, readCursor, writeCursor } from './cursor.ts';
import type { ApiDeps } from './deps.ts';
import { asOfRun, versionOf, type KnownRun } from './known-runs.ts';
import type { PackedRows } from './packed-rows.ts';
import { RequestProblem } from './problem.ts';
import { fitsOf, tablePage, type Filter, type Ordering, type Place } from './repository-table.ts';
import { after, limit, order, route, type Route } from './route.ts';
import { comparedWith } from './run-brief.ts';

const Query = z.strictObject({
  search: z.string().max(140).optional(),
  org: z.string().max(40).optional(),
  language: z.string().max(100).optional(),
  archived: z.enum(['hide', 'show', 'only']).default('hide'),
  sort: z.enum(REPOSITORY_SORTS).optional(),
  order,
  after,
  limit,
});
type Query = z.output<typeof Query>;

/** Repositories of a whole table that are sorted at a time. */
const SORTED_AT_A_TIME = 10_000;

const filterOf = ({ search, org, language, archived }: Query): Filter => ({
  search,
  org,
  language,
  archived,
});

/** The rows of a run. @throws RequestProblem when they are kept no more. */
export function rowsOfRun({ store, rows, now }: ApiDeps, run: KnownRun): AsyncIterable<PackedRows> {
  if (secondsLeft(run.runId, now().getTime() / 1000) <= 0)
    throw new RequestProblem(
      410,
      'It is kept no more',
      `The tables of run ${run.runId} were kept for 40 days; api/runs/${run.runId} still has its totals, and repo-stats each document`,
    );
  return rows.rows(versionOf(run), () => store.rows(run.runId));
}

export function repositories(deps: ApiDeps): Route {
  const { runs, now } = deps;
  return route({
    path: 'runs/{runId}/repositories',
    about:
      'The repositories of a run with their numbers and changes. As CSV or NDJSON all of them, in no order unless `sort` is given',
    query: Query,
    answer: RepositoryList,
    version: async ({ params, query }) =>
      query.after ? undefined : versionOf(await runs.run(params['runId']!)),
    async handle({ params, query }) {
      const filter = filterOf(query);
      const ordering: Ordering = { sort: query.sort ?? 'stars', order: query.order };
      const list = listDigest({ of: 'repositories', ...filter, ...ordering });
      const cursor = query.after === undefined ? undefined : readCursor(query.after, list);
      // A list goes on in the run in which it began, whichever is the latest by now.
      const run = await runs.run(cursor && params['runId'] === 'latest' ? cursor.runId : params['runId']!);
      const place: Place | undefined = cursor && { value: cursor.value, repo: cursor.name };
      const page = await tablePage(rowsOfRun(deps, run), {
        filter,
        ordering,
        after: place,
        limit: query.limit,
      });
      const last = page.found.at(-1);
      return {
        asOf: asOfRun(run, now()),
        runId: run.runId,
        total: page.total,
        archivedHidden: page.archivedHidden,
        comparedWith: comparedWith(run.compareTo),
        items: page.found.map(({ rows, i }) => rows.row(i)),
        ...(page.hasMore &&
          last && {
            next: writeCursor({ list, value: last.value, name: last.rows.repo(last.i), runId: run.runId }),
          }),
      };
    },
    table: {
      row: RepositoryRow,
      async *rows({ params, query }) {
        const run = await runs.run(params['runId']!);
        if (query.sort === undefined) yield* unsorted(rowsOfRun(deps, run), filterOf(query));
        else
          yield* sorted(() => rowsOfRun(deps, run), filterOf(query), {
            sort: query.sort,
            order: query.order,
          });
      },
    },
  });
}

async function* unsorted(rows: AsyncIterable<PackedRows>, filter: Filter): AsyncGenerator<RepositoryRow> {
  const fits = fitsOf(filter);
  for await (const packed of rows)
    for (let i = 0; i < packed.count; i++) if (fits(packed, i) === 'yes') yield packed.row(i);
}

async function* sorted(
  rows: () => AsyncIterable<PackedRows>,
  filter: Filter,
  ordering: Ordering,
): AsyncGenerator<RepositoryRow> {
  let after: Place | undefined;
  for (;;) {
    const page = await tablePage(rows(), { filter, ordering, after, limit: SORTED_AT_A_TIME });
    for (const { rows: packed, i } of page.found) yield packed.row(i);
    const last = page.found.at(-1);
    if (!page.hasMore || !last) return;
    after = { value: last.value, repo: last.rows.repo(last.i) };
  }
}
