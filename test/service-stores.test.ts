/** What scheduler and reporter read and write in run-info, in the embedded Cosmos DB with the real SDK. */
import type { Container } from '@azure/cosmos';
import type { OutcomeEntry, Plan, Run, Selection } from '@github-repo-stats/shared/documents';
import type { Notices } from '@github-repo-stats/shared/notices';
import { failSource } from '@github-repo-stats/shared/fail-source';
import { batchId, credentialLane, planId } from '@github-repo-stats/shared/ids';
import { mergeOutcome } from '@github-repo-stats/shared/outcome';
import { endedSources, isComplete, measureProgress } from '@github-repo-stats/shared/progress';
import { createOnce, readDocument } from '@github-repo-stats/shared/run-info';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedCosmos, type EmbeddedCosmos } from './embedded-cosmos.ts';
import { noticesStore, openNotices, reporterStore, runsToSweep } from '../services/reporter/src/store.ts';
import { missingOf, type Missing } from '../services/scheduler/src/missing.ts';
import { newRun, sourcesOf } from '../services/scheduler/src/new-run.ts';
import { requestStore, rerunStore, startStore, sweepStore } from '../services/scheduler/src/store.ts';
import { sweepRuns } from '../services/scheduler/src/sweep-runs.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const SELECTION: Selection = {
  owners: ['a', 'b'].map((owner) => ({ owner, exclude: [], individual: [] })),
  repositories: [],
};
let embedded: EmbeddedCosmos;
let runInfo: Container;
let pace: Container;
let n = 1_611_127_298;
/** Each test has a run of its own, with two sources, running. */
let runId: string;

beforeAll(async () => {
  embedded = await startEmbeddedCosmos();
  ({ runInfo, pace } = embedded);
});
afterAll(() => embedded.close());
beforeEach(async () => {
  runId = String(n++);
  const store = startStore(runInfo);
  await store.createRun(newRun(runId, 'request', 2, NOW), SELECTION);
  for (const source of sourcesOf(runId, SELECTION)) await store.createSource(source);
  await store.markRunning(runId);
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
const run = async (): Promise<Run> => (await readDocument<Run>(runInfo, runId, runId))!.document;
const gone = { reason: 'not-found', detail: 'gone' } as const;
const fail = (sourceId: string): Promise<void> => failSource(runInfo, { runId, sourceId }, gone);

/** Stores the plan of a page; one batch per list of names. */
async function plan(sourceId: string, page: number, last: boolean, ...batches: string[][]): Promise<void> {
  const document: Plan = {
    id: planId(sourceId, page),
    runId,
    type: 'plan',
    sourceId,
    page,
    batches: batches.map((names, i) => ({
      batchId: batchId(sourceId, page, i + 1),
      repos: names.map((nameWithOwner) => ({ nameWithOwner })),
    })),
    ...(!last && { endCursor: 'c' }),
    last,
    lastCount: last ? 1 : 0,
    planned: batches.flat().length,
    calls: 1,
    points: 2,
    seconds: 0.5,
  };
  await createOnce(runInfo, document);
}
async function outcome(
  batch: string,
  states: Record<string, OutcomeEntry['state']>,
  attempt = 1,
): Promise<void> {
  const entries = Object.fromEntries(
    Object.entries(states).map(([name, state]) => [name, { state, attempt }]),
  );
  await createOnce(runInfo, mergeOutcome(undefined, { runId, batchId: batch, entries })!);
}

describe('the progress of a run', () => {
  it('counts a source that failed after its last plan was stored once, as resolved', async () => {
    await plan('s00001', 1, true, ['a/x']);
    await outcome(batchId('s00001', 1, 1), { 'a/x': 'created' });
    await fail('s00001');
    const progress = await measureProgress(runInfo, runId);
    expect(progress).toMatchObject({ sourcesResolved: 1, failedSources: 0, planned: 1, created: 1 });
    // Counted twice, it would stand for the other source, and end the run without it.
    expect(isComplete(await run(), progress)).toBe(false);
    await plan('s00002', 1, true);
    expect(isComplete(await run(), await measureProgress(runInfo, runId))).toBe(true);
    expect(await reporterStore(runInfo).failedSources(runId)).toEqual([]);
  });

  it('counts a source that failed between two of its pages as failed', async () => {
    await plan('s00001', 1, false, ['a/x']);
    await fail('s00001');
    await plan('s00002', 1, true);
    expect(await measureProgress(runInfo, runId)).toMatchObject({ sourcesResolved: 1, failedSources: 1 });
    expect(await endedSources(runInfo, runId)).toEqual({
      resolved: new Set(['s00002']),
      failed: new Set(['s00001']),
    });
    expect(await reporterStore(runInfo).failedSources(runId)).toEqual([{ source: 'a', ...gone }]);
  });
});

describe('the documents of a start', () => {
  it('are stored both or neither', async () => {
    const store = startStore(runInfo);
    const other: Selection = { owners: [], repositories: ['o/a'] };
    expect(await store.createRun(newRun(runId, 'schedule', 9, NOW), other)).toBe(false);
    expect(await run()).toMatchObject({ trigger: 'request', sourcesTotal: 2 });
    expect(await sweepStore(runInfo, pace).readSelection(runId)).toEqual(SELECTION);
  });

  it('leave a run that is past its beginning as it is', async () => {
    await sweepStore(runInfo, pace).markStalled(await run(), 'why');
    await startStore(runInfo).markRunning(runId);
    expect(await run()).toMatchObject({ status: 'stalled', stalledCause: 'why' });
  });
});

describe('a tied key', () => {
  it('stays with the first run, unless it is moved from there', async () => {
    const keys = requestStore(runInfo);
    const key = `key-of-${runId}`;
    expect(await keys.readKey(key)).toBeUndefined();
    const standing = await Promise.all(['1', '2', '3'].map((id) => keys.tieKey(key, id)));
    expect(new Set(standing).size).toBe(1);
    const first = standing[0]!;
    expect(await keys.tieKey(key, '9', 'another')).toBe(first);
    expect(await keys.tieKey(key, '9', first)).toBe('9');
    expect(await keys.readKey(key)).toBe('9');
  });
});

describe('what a run misses', () => {
  const missing = async (): Promise<Missing[]> => all(missingOf(runInfo, runId));
  const pageOf = (m: Missing): string =>
    m.kind === 'source' ? `${m.message.sourceId} ${m.message.page}` : 'batch';

  it('is the first page of a source that has no plan, else its latest page without a last one', async () => {
    await plan('s00002', 1, false, []);
    await plan('s00002', 2, false, []);
    expect((await missing()).map(pageOf)).toEqual(['s00001 1', 's00002 2']);
  });

  it('is nothing of a source that is resolved or has failed', async () => {
    await plan('s00001', 1, true);
    await fail('s00002');
    expect(await missing()).toEqual([]);
  });

  it('is what is not settled of each batch, as the attempt that is to settle it', async () => {
    await plan('s00001', 1, true, ['a/x', 'a/y'], ['a/z'], ['a/done']);
    await fail('s00002');
    await outcome(batchId('s00001', 1, 1), { 'a/x': 'created', 'a/y': 'pending' }, 3);
    await outcome(batchId('s00001', 1, 3), { 'a/done': 'failed' });
    const of = (i: number, name: string, attempt: number) => ({
      kind: 'batch',
      message: {
        runId,
        batchId: batchId('s00001', 1, i),
        repos: [{ nameWithOwner: name }],
        attempt,
        firstAttempt: attempt,
        wait: 0,
      },
    });
    expect(await missing()).toEqual([of(1, 'a/y', 3), of(2, 'a/z', 1)]);
  });

  it('is found to the last page of a run with more plans than one answer holds', async () => {
    for (let page = 1; page <= 130; page++) await plan('s00001', page, page === 130, [`a/r${page}`]);
    await fail('s00002');
    expect(await missing()).toHaveLength(130);
  });
});

describe('a stalled mark', () => {
  it('is not set on a run that moved meanwhile', async () => {
    const before = await run();
    await runInfo.item(runId, runId).replace({ ...before, progressAt: '2026-11-20T13:00:00.000Z' });
    await sweepStore(runInfo, pace).markStalled(before, 'why');
    expect((await run()).status).toBe('running');
  });
});

describe('an announced wait', () => {
  it('is the latest of all credentials that ever asked, and none where nothing was announced', async () => {
    const announcedWait = () => sweepStore(runInfo, pace).announcedWait();
    expect(await announcedWait()).toBe(0);
    const announce = (credential: string, notBefore?: string) =>
      pace.items.create({ id: credentialLane(credential), grants: {}, ...(notBefore && { notBefore }) });
    await announce('quiet');
    expect(await announcedWait()).toBe(0);
    await announce('default', '2026-11-20T12:00:01.000Z');
    await announce('stats-microsoft', '2026-11-20T12:00:03.000Z');
    await announce('other', '2026-11-20T12:00:02.000Z');
    expect(await announcedWait()).toBe(NOW.getTime() + 3_000);
  });

  it('keeps a run from being stalled, whichever credential it waits for', async () => {
    const stored = await run();
    const id = credentialLane('bot');
    const minutes = (n: number): number => Date.parse(stored.progressAt) + n * 60_000;
    await pace.items.create({ id, grants: {}, notBefore: new Date(minutes(120)).toISOString() });
    const sweepAt = (now: number): Promise<void> =>
      sweepRuns({
        store: { ...sweepStore(runInfo, pace), activeRuns: () => Promise.resolve([stored]) },
        emitSources: () => Promise.resolve(),
        resend: () => Promise.resolve(),
        fail: () => Promise.resolve(),
        cause: () => Promise.resolve('nothing moves'),
        resends: new Map(),
        now: () => now,
        scale: 1,
        log: () => undefined,
      });
    await sweepAt(minutes(119));
    expect((await run()).status).toBe('running');
    await sweepAt(minutes(151));
    expect((await run()).status).toBe('stalled');
  });
});

describe('failed batches', () => {
  it('are those with failed names, with these alone', async () => {
    await plan('s00001', 1, true, ['a/x', 'a/y'], ['a/z']);
    await outcome(batchId('s00001', 1, 1), { 'a/x': 'created', 'a/y': 'failed' });
    await outcome(batchId('s00001', 1, 2), { 'a/z': 'created' });
    const failed = await all(rerunStore(runInfo).failedBatches(runId));
    expect(failed).toEqual([{ batchId: batchId('s00001', 1, 1), names: ['a/y'] }]);
  });
});

describe('the sweep of the reporter', () => {
  it('finds runs under way, and ended runs with notices to send', async () => {
    expect(await runsToSweep(runInfo)).toContain(runId);
    await runInfo.item(runId, runId).replace({ ...(await run()), status: 'completed' });
    expect(await runsToSweep(runInfo)).not.toContain(runId);
    const off = { state: 'off', tries: 0 } as const;
    const notices: Notices = {
      id: 'notices.1',
      runId,
      type: 'notices',
      revision: 1,
      kind: 'end',
      open: 1,
      event: { state: 'due', tries: 0 },
      mail: off,
    };
    const store = noticesStore(runInfo);
    await store.create(notices);
    expect(await runsToSweep(runInfo)).toContain(runId);
    expect(await openNotices(runInfo, runId)).toEqual(['notices.1']);
    const { etag } = (await store.read(runId, 'notices.1'))!;
    expect(await store.replace({ ...notices, open: 0, event: off }, etag)).toBeDefined();
    expect(await store.replace(notices, etag)).toBeUndefined();
    expect(await openNotices(runInfo, runId)).toEqual([]);
    expect(await runsToSweep(runInfo)).not.toContain(runId);
  });

  it('sums what listing cost', async () => {
    await plan('s00001', 1, false);
    await plan('s00001', 2, true);
    expect(await reporterStore(runInfo).listingCosts(runId)).toEqual({ calls: 2, points: 4, seconds: 1 });
  });
});
