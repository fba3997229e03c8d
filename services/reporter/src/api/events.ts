/** GET api/events: what became of repositories, by the runs that saw it, the latest first. */
import { TURNS } from '@github-repo-stats/shared/trend';
import * as z from 'zod';
import type { ListedSummary } from './api-store.ts';
import { EventItem, EventList } from './contract.ts';
import { listDigest, readCursor, writeCursor } from './cursor.ts';
import type { ApiDeps } from './deps.ts';
import { runIdOfDay, versionOfKeys } from './past-summaries.ts';
import { after, days, limit, route, type Route } from './route.ts';
import { lastRevisions } from './last-revisions.ts';
import { startOf } from './run-brief.ts';

const Query = z.strictObject({ days: days.default(30), after, limit });

export function events({ store, past, now }: ApiDeps): Route {
  /** @param from where to go on: the item after which. */
  async function* items(span: number, from?: { runId: string; name: string }): AsyncGenerator<EventItem> {
    const since = runIdOfDay(now(), span);
    const before = from && String(Number(from.runId) + 1);
    let isAhead = from === undefined;
    for await (const summary of lastRevisions(store.summaries({ since, before })))
      for (const item of eventsOf(summary)) {
        if (isAhead || item.runId !== from?.runId) yield item;
        else isAhead = item.kind === from.name;
      }
  }

  return route({
    path: 'events',
    about: 'What was new, gone, renamed, archived or hidden, the latest first',
    query: Query,
    answer: EventList,
    version: async ({ query }) => versionOfKeys(await past.since(runIdOfDay(now(), query.days))),
    async handle({ query }) {
      const list = listDigest({ of: 'events', days: query.days });
      const cursor = query.after === undefined ? undefined : readCursor(query.after, list);
      const found: EventItem[] = [];
      let next: string | undefined;
      for await (const item of items(query.days, cursor)) {
        if (found.length === query.limit) {
          const { runId, kind } = found.at(-1)!;
          next = writeCursor({ list, value: null, name: kind, runId });
          break;
        }
        found.push(item);
      }
      return { asOf: now().toISOString(), items: found, ...(next !== undefined && { next }) };
    },
    table: { row: EventItem, rows: ({ query }) => items(query.days) },
  });
}

const PLAIN = ['new', 'gone', ...TURNS] as const;

/** In a fixed order, so that a page can go on within a run. */
export function eventsOf({ runId, events: seen }: Pick<ListedSummary, 'runId' | 'events'>): EventItem[] {
  const at = startOf(runId);
  const plain = PLAIN.map((kind): EventItem => {
    const { total, first } = seen[kind] ?? { total: 0, first: [] };
    return { runId, at, kind, total, names: first };
  });
  const renamed: EventItem = {
    runId,
    at,
    kind: 'renamed',
    total: seen.renamed.total,
    names: seen.renamed.first.map(({ from, to }) => `${from} → ${to}`),
  };
  const lost: EventItem = {
    runId,
    at,
    kind: 'lostAccess',
    total: seen.lostAccess.reduce((sum, { gone }) => sum + gone, 0),
    names: seen.lostAccess.map(({ owner, gone, of }) => `${owner} (${gone} of ${of})`),
  };
  return [...plain, renamed, lost].filter(({ total }) => total > 0);
}
