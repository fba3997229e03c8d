/** The documents of a run as several writers at a time leave them, in the embedded Cosmos DB with the real SDK. */
import type { Container } from '@azure/cosmos';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome, OutcomeEntry, Plan, Run, Source } from '@github-repo-stats/shared/documents';
import type { Pace } from '@github-repo-stats/shared/pace';
import { failUnsettled, plannedBatch } from '@github-repo-stats/shared/fail-batch';
import { CallGate } from '@github-repo-stats/shared/github/gate';
import { paceStore } from '@github-repo-stats/shared/github/pace-store';
import { batchId, outcomeId, planId } from '@github-repo-stats/shared/ids';
import { measureProgress } from '@github-repo-stats/shared/progress';
import { markPending } from '@github-repo-stats/shared/rerun';
import {
  createOnce,
  readDocument,
  reopenRun,
  replaceIfUnchanged,
  updateOutcome,
} from '@github-repo-stats/shared/run-info';
import { isOutage } from '@github-repo-stats/shared/settlement';
import { startEmbeddedCosmos, type EmbeddedCosmos } from './embedded-cosmos.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
let embedded: EmbeddedCosmos;
let runInfo: Container;
let pace: Container;
let n = 1_611_127_298;
/** Each test has a run of its own. */
let runId: string;

beforeAll(async () => {
  embedded = await startEmbeddedCosmos();
  ({ runInfo, pace } = embedded);
});
afterAll(() => embedded.close());
beforeEach(() => {
  runId = String(n++);
});

const created = (attempt = 1): OutcomeEntry => ({ state: 'created', attempt });
const failed = (attempt = 1): OutcomeEntry => ({ state: 'failed', attempt, reason: 'timeout' });
const batch = batchId('s00001', 1, 1);
const names = ['a/1', 'a/2', 'a/3'];

async function plan(change: Partial<Plan> = {}): Promise<void> {
  const document: Plan = {
    id: planId('s00001', 1),
    runId,
    type: 'plan',
    sourceId: 's00001',
    page: 1,
    batches: [{ batchId: batch, repos: names.map((nameWithOwner) => ({ nameWithOwner })) }],
    last: true,
    lastCount: 1,
    planned: names.length,
    calls: 1,
    points: 1,
    seconds: 0.1,
    ...change,
  };
  expect(await createOnce(runInfo, document)).toBe(true);
}
const settle = (entries: Record<string, OutcomeEntry>) => {
  const ids = { runId, batchId: batch };
  return updateOutcome(runInfo, ids, () => ({ ...ids, entries }));
};
const outcome = async (): Promise<Outcome | undefined> =>
  (await readDocument<Outcome>(runInfo, outcomeId(batch), runId))?.document;
const states = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    Object.entries((await outcome())?.entries ?? {}).map(([k, e]) => [k, `${e.state} ${e.attempt}`]),
  );

describe('a document', () => {
  it('is created once, however often it is tried', async () => {
    const document = { id: 'x', runId, type: 'selection' };
    const tries = await Promise.all([1, 2, 3, 4].map((by) => createOnce(runInfo, { ...document, by })));
    expect(tries.filter(Boolean)).toHaveLength(1);
    expect(await readDocument(runInfo, 'y', runId)).toBeUndefined();
  });

  it('is replaced by one of many that read it, and not at all when it is gone', async () => {
    const document = { id: 'x', runId, type: 'selection', by: 0 };
    await createOnce(runInfo, document);
    const { etag } = (await readDocument(runInfo, 'x', runId))!;
    const tries = await Promise.all(
      [1, 2, 3].map((by) => replaceIfUnchanged(runInfo, { ...document, by }, runId, etag)),
    );
    const won = tries.filter((t) => t !== undefined);
    expect(won).toHaveLength(1);
    expect((await readDocument(runInfo, 'x', runId))?.etag).toBe(won[0]);
    expect(await replaceIfUnchanged(runInfo, { ...document, id: 'gone' }, runId, etag)).toBeUndefined();
  });

  it('of a container that is not there is not taken for a missing one: its platform is away', async () => {
    const lost = runInfo.database.container('lost');
    const asked = async (what: Promise<unknown>): Promise<boolean> =>
      isOutage(await what.catch((error: unknown) => error));
    expect(await asked(readDocument(lost, 'x', runId))).toBe(true);
    expect(await asked(createOnce(lost, { id: 'x', runId }))).toBe(true);
    expect(await asked(replaceIfUnchanged(lost, { id: 'x', runId }, runId, 'etag'))).toBe(true);
    expect(await asked(measureProgress(lost, runId))).toBe(true);
  });
});

describe('an outcome', () => {
  it('loses nothing of what many handlers write at the same time', async () => {
    const writers = Array.from({ length: 12 }, (_, i) => settle({ [`a/${i}`]: created() }));
    expect((await Promise.all(writers)).every((w) => w.changed)).toBe(true);
    expect(await outcome()).toMatchObject({ created: 12, failed: 0, pending: 0 });
  });

  it('is not written again by a message that is delivered again', async () => {
    await settle({ 'a/1': created() });
    const before = await readDocument(runInfo, outcomeId(batch), runId);
    expect((await settle({ 'a/1': created() })).changed).toBe(false);
    expect(await readDocument(runInfo, outcomeId(batch), runId)).toEqual(before);
  });

  it('is merged into one that is there, though it was taken for the first', async () => {
    await settle({ 'a/1': created() });
    const update = { runId, batchId: batch, entries: { 'a/1': failed(), 'a/2': created() } };
    const { changed } = await updateOutcome(runInfo, update, () => update, { isFirst: true });
    expect(changed).toBe(true);
    expect(await outcome()).toMatchObject({ created: 2, failed: 0, pending: 0 });
  });
});

describe('a batch whose message cannot be handled any more', () => {
  const why = { reason: 'delivery-exhausted', detail: 'x'.repeat(1_000) } as const;
  const ids = () => ({ runId, batchId: batch });

  it('has its unsettled names failed, with the reason and what can be said of it', async () => {
    await plan();
    await settle({ 'a/1': created() });
    expect(await failUnsettled(runInfo, ids(), undefined, why)).toBe(2);
    expect(await states()).toEqual({ 'a/1': 'created 1', 'a/2': 'failed 1', 'a/3': 'failed 1' });
    expect((await outcome())?.entries['a/2']).toMatchObject({
      reason: 'delivery-exhausted',
      detail: 'x'.repeat(300),
    });
    expect(await failUnsettled(runInfo, ids(), undefined, why)).toBe(0);
  });

  it('has no name failed that the message did not hold', async () => {
    await plan();
    expect(await failUnsettled(runInfo, ids(), ['a/2', 'b/foreign'], why, 1)).toBe(1);
    expect(await states()).toEqual({ 'a/2': 'failed 1' });
  });

  it('leaves to a newer attempt what that is to settle', async () => {
    await plan();
    await settle({ 'a/1': failed(), 'a/2': failed(), 'a/3': created() });
    await markPending(runInfo, ids(), () => ['a/1'], NOW);
    expect(await failUnsettled(runInfo, ids(), undefined, why, 1)).toBe(0);
    expect(await states()).toMatchObject({ 'a/1': 'pending 2' });
    expect(await failUnsettled(runInfo, ids(), undefined, why, 2)).toBe(1);
    expect(await states()).toMatchObject({ 'a/1': 'failed 2' });
  });

  it('is nothing at all when it was never planned', async () => {
    await plan();
    expect(await failUnsettled(runInfo, { runId, batchId: batchId('s00001', 1, 9) }, undefined, why)).toBe(0);
    expect(await failUnsettled(runInfo, { runId, batchId: 'no-batch-id' }, undefined, why)).toBe(0);
    expect(await plannedBatch(runInfo, '1', batch)).toBeUndefined();
    expect(await outcome()).toBeUndefined();
  });
});

describe('a rerun', () => {
  const run = (status: Run['status']) => ({
    id: runId,
    runId,
    type: 'run',
    status,
    endedAt: 'then',
    progressAt: 'then',
  });
  const storedRun = async () => (await readDocument(runInfo, runId, runId))?.document;

  it('marks names one attempt later and opens the run again', async () => {
    await createOnce(runInfo, run('completed'));
    await settle({ 'a/1': failed(), 'a/2': created(3) });
    const failedOnes = (now: Outcome | undefined) =>
      Object.entries(now?.entries ?? {}).flatMap(([name, e]) => (e.state === 'failed' ? [name] : []));
    expect(await markPending(runInfo, { runId, batchId: batch }, failedOnes, NOW)).toBe(2);
    expect(await outcome()).toMatchObject({ pending: 1, failed: 0, created: 1, reopened: 1 });
    expect(await storedRun()).toMatchObject({ status: 'running', progressAt: NOW.toISOString() });
    expect(await storedRun()).not.toHaveProperty('endedAt');
  });

  it('of no name changes nothing', async () => {
    await createOnce(runInfo, run('completed'));
    await settle({ 'a/1': created() });
    expect(await markPending(runInfo, { runId, batchId: batch }, () => [], NOW)).toBe(0);
    expect(await storedRun()).toMatchObject({ status: 'completed', endedAt: 'then' });
    expect(await outcome()).toMatchObject({ reopened: 0 });
  });

  it('is not asked for when a message settles a name late and otherwise, but the run is opened to tell it', async () => {
    await createOnce(runInfo, run('completed'));
    await settle({ 'a/1': failed() });
    expect(await storedRun()).toMatchObject({ status: 'completed' });
    await settle({ 'a/1': created() });
    expect(await outcome()).toMatchObject({ created: 1, failed: 0, reopened: 1 });
    expect(await storedRun()).toMatchObject({ status: 'running' });
  });

  it.each(['starting', 'running', 'stalled'] as const)('leaves a run alone that is %s', async (status) => {
    await createOnce(runInfo, run(status));
    await reopenRun(runInfo, runId, NOW);
    expect(await storedRun()).toMatchObject(run(status));
  });

  it('of an unknown run opens none', async () => {
    await reopenRun(runInfo, runId, NOW);
    expect(await storedRun()).toBeUndefined();
  });
});

describe('progress', () => {
  const none = {
    sourcesResolved: 0,
    failedSources: 0,
    planned: 0,
    created: 0,
    failed: 0,
    duplicate: 0,
    pending: 0,
    reopened: 0,
    sourcesReopened: 0,
  };

  it('of a run without documents is nothing', async () => {
    expect(await measureProgress(runInfo, runId)).toEqual(none);
  });

  it('sums the plans, sources and outcomes of its run and of no other', async () => {
    await plan();
    await settle({ 'a/1': created() });
    runId = String(n++);
    const source = { runId, type: 'source', what: { kind: 'repositories', names }, failedCount: 0 } as const;
    const sources: Source[] = [
      { ...source, id: 'source.s00001', sourceId: 's00001' },
      {
        ...source,
        id: 'source.s00002',
        sourceId: 's00002',
        failedCount: 1,
        reason: 'not-found',
        reopened: 2,
      },
    ];
    for (const document of sources) await createOnce(runInfo, document);
    await plan({ last: false, lastCount: 0 });
    await plan({ id: planId('s00001', 2), page: 2, planned: 2 });
    await settle({ 'a/1': created(), 'a/2': failed(), 'a/3': { state: 'duplicate', attempt: 1 } });
    await markPending(runInfo, { runId, batchId: batch }, () => ['a/2'], NOW);
    expect(await measureProgress(runInfo, runId)).toEqual({
      sourcesResolved: 1,
      failedSources: 1,
      planned: 5,
      created: 1,
      failed: 0,
      duplicate: 1,
      pending: 1,
      reopened: 3,
      sourcesReopened: 2,
    });
  });
});

describe('the gate before GitHub', () => {
  it('keeps its grant in the pace document, which another instance takes when it is given back', async () => {
    const id = `cred-${runId}`;
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const clock = { now: Date.now, monotonic: () => performance.now(), sleep };
    const instance = () => new CallGate({ id, store: paceStore(pace), clock, scale: 1 });
    const [first, second] = [instance(), instance()];
    const holders: (string | undefined)[] = [];
    for (const gate of [first, first, second]) {
      const result = await gate.call('stats', async () => {
        const stored = await readDocument<Pace>(pace, id, id);
        holders.push(stored?.document.grants.stats?.holder);
        return { kind: 'data', data: {}, errors: [], points: 1, seconds: 0.1 };
      });
      expect(result.kind).toBe('sent');
      if (holders.length === 2) await first.release();
    }
    await second.release();
    expect(holders[0]).toBe(holders[1]);
    expect(holders[2]).not.toBe(holders[0]);
    expect((await readDocument<Pace>(pace, id, id))?.document.grants.stats?.released).toBe(true);
  });
});
