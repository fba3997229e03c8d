/** GET api/runs: the runs that were summed up and those under way, the latest first. */
import * as z from 'zod';
import { listDigest, readCursor, writeCursor } from './cursor.ts';
import type { ShownRun } from './api-store.ts';
import type { ApiDeps } from './deps.ts';
import { lastRevisions } from './last-revisions.ts';
import { after, limit, route, type Route } from './route.ts';
import { briefOfRun, briefOfSummary } from './run-brief.ts';
import { ListedRun, RunList } from './run-list-contract.ts';

const LIST = listDigest({ of: 'runs' });

export function runList({ store, runs, now }: ApiDeps): Route {
  // Its numbers are checked when it has ended.
  const underWay = (run: ShownRun): ListedRun => ({ ...briefOfRun(run), quality: null });
  /** @param before a run id: those before it. */
  async function* briefs(before?: string): AsyncGenerator<ListedRun> {
    const { active } = await runs.now();
    const waiting = active.filter(({ id }) => before === undefined || Number(id) < Number(before));
    for await (const summary of lastRevisions(store.summaries({ before }))) {
      while (waiting[0] && Number(waiting[0].id) >= Number(summary.runId)) yield underWay(waiting.shift()!);
      // Opened again: its document says what holds now.
      if (!active.some(({ id }) => id === summary.runId))
        yield { ...briefOfSummary(summary), quality: summary.qualityState ?? null };
    }
    for (const run of waiting) yield underWay(run);
  }
  return route({
    path: 'runs',
    about: 'Runs, the latest first',
    query: z.strictObject({ after, limit }),
    answer: RunList,
    async handle({ query }) {
      const before = query.after === undefined ? undefined : readCursor(query.after, LIST).runId;
      const items: ListedRun[] = [];
      let next: string | undefined;
      for await (const brief of briefs(before)) {
        if (items.length === query.limit) {
          const { runId } = items.at(-1)!;
          next = writeCursor({ list: LIST, value: null, name: '', runId });
          break;
        }
        items.push(brief);
      }
      return { asOf: now().toISOString(), items, ...(next !== undefined && { next }) };
    },
    table: { row: ListedRun, rows: () => briefs() },
  });
}
