/** The reporter is killed between the steps by which it tells of an end: there is one revision, and each notice comes once or twice. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Summary } from '../services/reporter/src/summary.ts';
import { atCosmos, atSink, CrashSite, SOURCES, type Place } from './crash-point.ts';

let site: CrashSite;
beforeAll(async () => {
  site = await CrashSite.open();
});
afterAll(() => site.close());

const app = 'reporter';
/** Of the notices of revision 1: claim of the event, mark, claim of the mail, mark. */
const step = (nth: number) => ({ operation: 'replace', id: 'notices.1', nth }) as const;

const places: [where: string, place: Place, events: number, mails: number][] = [
  ['before it sums up the run', atCosmos(app, 'before', { operation: 'upsert', id: 'summary.1' }), 1, 1],
  [
    'between the summary and the announcement',
    atCosmos(app, 'after', { operation: 'upsert', id: 'summary.1' }),
    1,
    1,
  ],
  [
    'before it announces the revision',
    atCosmos(app, 'before', { operation: 'create', id: 'notices.1' }),
    1,
    1,
  ],
  [
    'between announcing the revision and the run document',
    atCosmos(app, 'after', { operation: 'create', id: 'notices.1' }),
    1,
    1,
  ],
  ['between the run document and the claim of the event', atCosmos(app, 'before', step(1)), 1, 1],
  ['between the claim and the event', atCosmos(app, 'after', step(1)), 1, 1],
  ['between the event and its mark', atSink(app, 'after', { sink: 'event-grid' }), 2, 1],
  ['between the mark of the event and the claim of the mail', atCosmos(app, 'before', step(3)), 1, 1],
  ['between the claim and the mail', atCosmos(app, 'after', step(3)), 1, 1],
  // The first mail tells of the start.
  ['between the mail and its mark', atSink(app, 'after', { sink: 'send-grid', nth: 2 }), 1, 2],
  ['after the last mark', atCosmos(app, 'after', step(4)), 1, 1],
];

it.each(places)('dies %s', async (_where, place, events, mails) => {
  const runId = await site.crash(app, place, () => site.pipeline.run(SOURCES));
  const { is, ought } = await site.endOf(runId);
  expect(is).toEqual(ought);
  const stats = await site.pipeline.stats(runId);
  const summary = await site.pipeline.document<Summary>('runInfo', 'summary.1', runId);
  expect(summary?.totals).toMatchObject({
    repositories: stats.length,
    stars: stats.reduce((sum, { stars }) => sum + stars, 0),
  });
  // What was taken and not marked is sent again, nothing else is.
  const ids = (await site.pipeline.events()).map(({ id }) => id);
  expect(ids.filter((id) => id === `${runId}.1`)).toHaveLength(events);
  const subjects = (await site.pipeline.mails()).map(({ subject }) => subject);
  expect(subjects.filter((s) => s.endsWith(`repositories (run ${runId})`))).toHaveLength(mails);
});
