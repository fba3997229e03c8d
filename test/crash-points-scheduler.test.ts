/** The scheduler is killed between the steps by which it starts a run: there is one run, and it ends with exactly what is true. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atBus, atCosmos, CrashSite, SOURCES, type Place } from './crash-point.ts';

let site: CrashSite;
beforeAll(async () => {
  site = await CrashSite.open();
});
afterAll(() => site.close());

const app = 'scheduler';
const send = { operation: 'send', queue: 'resolve' } as const;
const places: [where: string, place: Place][] = [
  ['between the key and the run', atCosmos(app, 'before', { operation: 'batch' })],
  ['between the run and its sources', atCosmos(app, 'after', { operation: 'batch' })],
  ['between the sources and the sends', atCosmos(app, 'after', { operation: 'create', id: 'source.*' })],
  ['before the sends', atBus(app, 'before', send)],
  ['after the sends', atBus(app, 'after', send)],
];

const requestRun = (key: string): Promise<Response> =>
  site.pipeline.api('runs', {
    method: 'POST',
    body: JSON.stringify({ sources: SOURCES }),
    headers: { 'Idempotency-Key': key },
  });

it.each(places)('dies %s, and the request is repeated', async (where, place) => {
  // The answer never comes, since the scheduler dies over it.
  const first = await site.crash(app, place, () => requestRun(where).catch(() => undefined));
  expect(first).toBeUndefined();
  const again = await requestRun(where);
  expect(again.status).toBe(202);
  const { runId } = (await again.json()) as { runId: string };
  const { is, ought } = await site.endOf(runId);
  expect(is).toEqual(ought);
});

it('made one run of each request', async () => {
  const query = `SELECT VALUE c.id FROM c WHERE c.type = 'run'`;
  const { runInfo } = site.pipeline.supervisor.containers;
  expect((await runInfo.items.query<string>(query).fetchAll()).resources).toHaveLength(places.length);
});
