/** GET api/organisations/{owner}: how the totals of one owner developed. */
import * as z from 'zod';
import { OrganisationHistory, OrganisationPoint } from './contract.ts';
import type { ApiDeps } from './deps.ts';
import { latestOfDays, runIdOfDay, versionOfKeys } from './past-summaries.ts';
import { notThere } from './problem.ts';
import { days, route, type Asked, type Route } from './route.ts';
import { startOf } from './run-brief.ts';

const Query = z.strictObject({ days: days.default(30) });

/** Each is a document of up to 64 KB to read. */
const MOST_POINTS = 60;

export function organisation({ past, now }: ApiDeps): Route {
  const keysOf = async (span: number) =>
    latestOfDays(await past.since(runIdOfDay(now(), span)), Math.ceil((span + 1) / MOST_POINTS));

  async function history({ params, query }: Asked<typeof Query>): Promise<OrganisationHistory> {
    const asked = params['owner']!.toLowerCase();
    const keys = await keysOf(query.days);
    const owners = await Promise.all(keys.map((key) => past.owners(key)));
    const found = owners.map((known) => known.get(asked));
    // As it was spelled last.
    const owner = found.findLast((one) => one !== undefined)?.owner;
    if (owner === undefined)
      throw notThere(
        `No run of these ${query.days} days tells of ${asked.slice(0, 40)}; a summary has the 100 largest owners, and api/runs/latest/organisations lists all of the latest run`,
      );
    const points = keys.map(({ runId }, i): OrganisationPoint => ({
      runId,
      at: startOf(runId),
      totals: found[i]?.totals ?? null,
    }));
    return { asOf: points.at(-1)?.at ?? now().toISOString(), owner, points };
  }

  return route({
    path: 'organisations/{owner}',
    about: 'Totals of one owner: of the latest run of each day, or of every few days where there are many',
    query: Query,
    answer: OrganisationHistory,
    version: async ({ query }) => versionOfKeys(await keysOf(query.days)),
    handle: history,
    table: {
      row: OrganisationPoint,
      async *rows(asked) {
        yield* (await history(asked)).points;
      },
    },
  });
}
