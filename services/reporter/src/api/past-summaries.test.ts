/** What past runs cost to know: those of long ago are listed once an hour, owners of a summary are read once. */
import { describe, expect, it } from 'vitest';
import { streamOf } from '../reporter.fixture.ts';
import type { Summary } from '../summary.ts';
import type { ApiStore, SummaryKey } from './api-store.ts';
import { latestOfDays, PastSummaries, runIdOfDay, type PastRun } from './past-summaries.ts';

const DAY = 86_400;
const START = 1_700_006_400;
const MINUTE = 60_000;
const idOf = (days: number): string => String(START + days * DAY);

/** A run a day. */
function world(days: number) {
  const keys: SummaryKey[] = [];
  const listed: number[] = [];
  const read: string[] = [];
  const clock = { now: 0 };
  const add = (day: number, revision = 1): void => {
    const key = { runId: idOf(day), revision, endedAt: '', status: 'completed', compareTo: {} };
    keys.push(key as SummaryKey);
  };
  for (let day = 0; day < days; day++) add(day);
  const store = {
    summaryKeys({ since = '0' }) {
      const found = keys
        .filter(({ runId }) => Number(runId) >= Number(since))
        .sort((a, b) => Number(b.runId) - Number(a.runId));
      listed.push(found.length);
      return streamOf(found);
    },
    summary(runId, revision) {
      read.push(`${runId}.${revision}`);
      const isThere = keys.some((key) => key.runId === runId && key.revision === revision);
      const summary = { orgs: [{ owner: 'Acme', totals: { stars: revision } }] } as unknown as Summary;
      return Promise.resolve(isThere ? summary : undefined);
    },
  } as Partial<ApiStore> as ApiStore;
  return { past: new PastSummaries(store, () => clock.now), listed, read, clock, add };
}
const told = (runs: readonly PastRun[]): string[] =>
  runs.map(({ runId, revision }) => `${runId}.${revision}`);

describe('past runs', () => {
  it('are listed once a minute, and then those of the last days alone', async () => {
    const { past, listed, clock, add } = world(100);
    expect(await past.since(idOf(0))).toHaveLength(100);
    expect(await past.since(idOf(0))).toHaveLength(100);
    expect(listed).toEqual([100]);
    clock.now += MINUTE;
    add(100);
    add(99, 2);
    const runs = await past.since(idOf(0));
    expect(told(runs).slice(-3)).toEqual([`${idOf(98)}.1`, `${idOf(99)}.2`, `${idOf(100)}.1`]);
    expect(runs).toHaveLength(101);
    expect(listed.slice(1)).toEqual([5]);
  });

  it('of a shorter span are in those of a longer one', async () => {
    const { past, listed } = world(100);
    await past.since(idOf(0));
    expect(told(await past.since(idOf(90)))).toEqual(
      Array.from({ length: 10 }, (_, i) => `${idOf(90 + i)}.1`),
    );
    expect(listed).toEqual([100, 3]);
  });

  it('of a longer span are listed', async () => {
    const { past, listed } = world(100);
    await past.since(idOf(90));
    expect(await past.since(idOf(50))).toHaveLength(50);
    expect(listed).toEqual([10, 50]);
  });

  it('are all listed anew after an hour: an old one may have been collected again', async () => {
    const { past, clock, add } = world(10);
    await past.since(idOf(0));
    add(3, 2);
    clock.now += 59 * MINUTE;
    expect(told(await past.since(idOf(0)))).toContain(`${idOf(3)}.1`);
    clock.now += MINUTE;
    expect(told(await past.since(idOf(0)))).toContain(`${idOf(3)}.2`);
  });

  it('are none where none was summed up, until one is', async () => {
    const { past, clock, add } = world(0);
    expect(await past.since(idOf(0))).toEqual([]);
    add(1);
    clock.now += MINUTE;
    expect(told(await past.since(idOf(0)))).toEqual([`${idOf(1)}.1`]);
  });
});

describe('owners of a summary', () => {
  it('are read once for each revision, and found in any case', async () => {
    const { past, read } = world(1);
    const run: PastRun = { runId: idOf(0), revision: 1, status: 'completed' };
    expect((await past.owners(run)).get('acme')).toMatchObject({ owner: 'Acme', totals: { stars: 1 } });
    await past.owners(run);
    expect(read).toEqual([`${idOf(0)}.1`]);
  });

  it('are looked for again where there was none yet', async () => {
    const { past, add } = world(0);
    const run: PastRun = { runId: idOf(0), revision: 1, status: 'completed' };
    expect((await past.owners(run)).size).toBe(0);
    add(0);
    expect((await past.owners(run)).size).toBe(1);
  });

  it('are kept of a bounded number', async () => {
    const { past, read } = world(200);
    for (let day = 0; day < 200; day++)
      await past.owners({ runId: idOf(day), revision: 1, status: 'completed' });
    await past.owners({ runId: idOf(199), revision: 1, status: 'completed' });
    expect(read).toHaveLength(200);
    await past.owners({ runId: idOf(0), revision: 1, status: 'completed' });
    expect(read).toHaveLength(201);
  });
});

it('of a day the latest completed run counts', () => {
  const run = (id: number, status: PastRun['status'] = 'completed'): PastRun => ({
    runId: String(id),
    revision: 1,
    status,
  });
  const runs = [run(START), run(START + 60), run(START + 120, 'failed'), run(START + DAY)];
  expect(latestOfDays(runs).map(({ runId }) => Number(runId))).toEqual([START + 60, START + DAY]);
});

it('a span begins at midnight, so that it is the same all day long', () => {
  expect(runIdOfDay(new Date('2026-11-20T23:59:59Z'), 1)).toBe(
    String(Date.parse('2026-11-19T00:00:00Z') / 1000),
  );
});
