import { Run } from '@github-repo-stats/shared/documents';
import { RUN_ID, runOf } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { checkRun } from './check-run.ts';
import { outcomeOf, reporterWorld, streamOf } from './reporter.fixture.ts';

const created = { state: 'created', attempt: 1 } as const;
const failed = { state: 'failed', attempt: 1, reason: 'not-found' } as const;
const duplicate = { state: 'duplicate', attempt: 1 } as const;
const pending = { state: 'pending', attempt: 2 } as const;

describe('looking at a run', () => {
  it('does nothing for an unknown run', async () => {
    const w = reporterWorld(undefined, { planned: 0 });
    expect(await checkRun(RUN_ID, w.deps)).toBeUndefined();
    expect({ replaced: w.replaced, announced: w.announced }).toEqual({ replaced: 0, announced: [] });
  });

  it('writes nothing for an end that has been told, but sends what is still due of it', async () => {
    const w = reporterWorld(runOf({ status: 'completed', revision: 1, totalPlanned: 1 }), { planned: 1 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created })];
    expect(await checkRun(RUN_ID, w.deps)).toBeUndefined();
    expect({ replaced: w.replaced, announced: w.announced }).toEqual({ replaced: 0, announced: [] });
    expect(w.delivered).toHaveLength(1);
  });

  it('opens no run again whose plans and outcomes have expired, in whatever order they went', async () => {
    const history = { status: 'completed', revision: 1, sourcesResolved: 1, totalPlanned: 2 } as const;
    for (const left of [
      { planned: 0, resolved: 0 },
      { planned: 1, resolved: 0 },
    ]) {
      const w = reporterWorld(runOf(history), left);
      w.outcomes = [outcomeOf('b1', { 'o/a': created })];
      expect(await checkRun(RUN_ID, w.deps)).toBeUndefined();
      expect([w.replaced, w.run?.status]).toEqual([0, 'completed']);
    }
  });

  it('writes the totals of a run under way, and tells what it waits for', async () => {
    const w = reporterWorld(runOf({ sourcesTotal: 3 }), { planned: 10, resolved: 1 });
    w.failedSources = [{ source: 'x', reason: 'not-found' }];
    w.outcomes = [outcomeOf('b1', { 'o/a': created, 'o/b': failed, 'o/c': duplicate, 'o/d': created })];
    expect(await checkRun(RUN_ID, w.deps)).toBe(6);
    expect(w.run).toMatchObject({
      status: 'running',
      sourcesResolved: 2,
      totalPlanned: 10,
      totalReceived: 3,
      totalProcessed: 3,
      totalCreatedCount: 2,
      totalFailedCount: 1,
      totalDuplicateCount: 1,
      progressAt: w.now.toISOString(),
      revision: 0,
    });
  });

  it('writes nothing when no total changed', async () => {
    const w = reporterWorld(runOf({ sourcesTotal: 2 }), { planned: 2 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created })];
    await checkRun(RUN_ID, w.deps);
    expect(await checkRun(RUN_ID, w.deps)).toBe(1);
    expect(w.replaced).toBe(1);
  });

  it('sums a revision up before anybody can be told of it', async () => {
    const w = reporterWorld(runOf({ totalPlanned: 1 }), { planned: 1 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created })];
    const announced: string[] = [];
    await checkRun(RUN_ID, {
      ...w.deps,
      summarise(run) {
        announced.push(`summary ${run.revision}`);
        return Promise.resolve({});
      },
      announce: (_id, revision, kind) => Promise.resolve(void announced.push(`${kind} ${revision}`)),
    });
    expect(announced).toEqual(['start 0', 'summary 1', 'end 1']);
  });

  it('tells of the start, and keeps a starting run starting', async () => {
    const w = reporterWorld(runOf({ status: 'starting' }), { planned: 2 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created, 'o/b': created })];
    await checkRun(RUN_ID, w.deps);
    expect(w.run).toMatchObject({ status: 'starting', totalReceived: 2 });
    expect(w.announced).toEqual(['start 0']);
  });

  it('tells of a stalled run, until it moves', async () => {
    const stalled = { status: 'stalled', stalledAt: '2021-01-20T08:00:00.000Z', stalledCause: 'x' } as const;
    const w = reporterWorld(runOf({ ...stalled, totalPlanned: 2, sourcesResolved: 1 }), { planned: 2 });
    await checkRun(RUN_ID, w.deps);
    expect(w.announced).toEqual(['start 0', 'stalled 0']);
    expect(w.run?.status).toBe('stalled');
    w.outcomes = [outcomeOf('b1', { 'o/a': created })];
    await checkRun(RUN_ID, w.deps);
    expect(w.run).toMatchObject({ status: 'running', totalReceived: 1 });
    expect(w.run).not.toHaveProperty('stalledAt');
    expect(w.run).not.toHaveProperty('stalledCause');
  });

  it('opens an ended run again when names of it are pending', async () => {
    const ended = runOf({ status: 'completed', revision: 1, endedAt: '2021-01-20T07:29:00.000Z' });
    const w = reporterWorld(ended, { planned: 2 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created, 'o/b': pending }, { reopened: 1 })];
    expect(await checkRun(RUN_ID, w.deps)).toBe(1);
    expect(w.run).toMatchObject({ status: 'running', revision: 1, totalReceived: 1 });
    expect(w.run).not.toHaveProperty('endedAt');
  });

  it('opens an ended run again when a source of it is to be resolved again, and ends it once with the next revision', async () => {
    const ended = runOf({ status: 'completed', revision: 1, endedAt: '2021-01-20T07:29:00.000Z' });
    const w = reporterWorld(ended, { planned: 1, resolved: 0 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created })];
    w.sourcesReopened = 1;
    expect(await checkRun(RUN_ID, w.deps)).toBe(0);
    expect(w.run).toMatchObject({ status: 'running', revision: 1 });
    w.resolved = 1;
    await checkRun(RUN_ID, w.deps);
    expect(w.run).toMatchObject({ status: 'completed', revision: 2, reopened: 1 });
    await checkRun(RUN_ID, w.deps);
    expect(w.run).toMatchObject({ revision: 2 });
    expect(w.announced).toEqual(['end 2']);
  });

  it('ends a complete run: one more revision, lists and totals, announced before it is stored, then told', async () => {
    const w = reporterWorld(runOf(), { planned: 4 });
    w.listing = { calls: 2, points: 3, seconds: 0.5 };
    w.outcomes = [
      outcomeOf(
        'b1',
        { 'o/old': { ...created, as: 'o/new' }, 'o/b': failed },
        { calls: 1, points: 1, ru: 6.111 },
      ),
      outcomeOf(
        'b2',
        { 'o/c': created, 'o/d': duplicate },
        { calls: 2, points: 2, seconds: 1.25, ru: 6.222 },
      ),
    ];
    w.beforeReplace.push(() => expect(w.announced).toEqual(['start 0', 'end 1']));
    const logged: unknown[] = [];
    w.deps.log = (...entry) => void logged.push(entry);
    expect(await checkRun(RUN_ID, w.deps)).toBeUndefined();
    const revision = { runId: RUN_ID, revision: 1 };
    const seconds = (w.now.getTime() - Date.parse(runOf().startedAt)) / 1000;
    const repositories = { repositories: 4, created: 2, failed: 1, duplicates: 1, failedSources: 0 };
    const costs = { calls: 5, points: 6, githubSeconds: 1.75, requestUnits: 12.33 };
    expect(logged).toEqual([
      ['info', 'run ended', { ...revision, status: 'completed', seconds, ...repositories, ...costs }],
      ['warn', 'repositories failed', { ...revision, reason: 'not-found', repositories: 1 }],
    ]);
    expect(w.run).toEqual({
      ...runOf(),
      status: 'completed',
      revision: 1,
      endedAt: w.now.toISOString(),
      progressAt: w.now.toISOString(),
      sourcesResolved: 1,
      totalPlanned: 4,
      totalReceived: 3,
      totalProcessed: 3,
      totalCreatedCount: 2,
      totalFailedCount: 1,
      totalDuplicateCount: 1,
      createdList: 'o/new,o/c',
      failedList: 'o/b',
      failuresByReason: { 'not-found': 1 },
      failedFirst: { 'not-found': ['o/b'] },
      costs: { githubCalls: 5, githubPoints: 6, githubSeconds: 1.75, requestUnits: 12.33 },
    });
    expect(Run.parse(w.run)).toEqual(w.run);
    expect(w.delivered).toEqual([w.run]);
    expect(w.replaced).toBe(1);
  });

  it('says what the checks of its numbers found, and holds the event back where that is asked for', async () => {
    const w = reporterWorld(runOf(), { planned: 1 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created })];
    const limits = { warn: 0.1, fail: 0.5 };
    const result = { ...limits, measured: 0.9, said: '', examples: [] };
    w.quality = {
      checks: {
        'owner-shrank': { ...result, state: 'failed' },
        'stuck-source': { ...result, state: 'skipped', measured: null },
      },
      held: true,
    };
    const logged: unknown[] = [];
    w.deps.log = (...entry) => void logged.push(entry);
    await checkRun(RUN_ID, w.deps);
    expect(w.announced).toEqual(['start 0', 'end 1, event held']);
    const found = {
      state: 'failed',
      failed: 'owner-shrank',
      warned: '',
      skipped: 'stuck-source',
      held: 'true',
    };
    expect(logged).toContainEqual(['warn', 'numbers checked', { runId: RUN_ID, revision: 1, ...found }]);
  });

  it('tells renames, costs by query and refused credentials of plans and outcomes, anew with each revision', async () => {
    const stale = {
      renamed: [{ from: 'o/x', to: 'o/y' }],
      renamedTotal: 1,
      takenOver: [{ repo: 'o/y', was: 'R_1', is: 'R_2' }],
      takenOverTotal: 1,
      refusedCredentials: ['gone'],
    };
    const w = reporterWorld(runOf({ ...stale, revision: 1, previousRunId: '1611105698' }), { planned: 1 });
    const spent = { calls: 1, points: 1, seconds: 0.1 };
    w.listing = { ...spent, queries: { listing: spent }, refusedBy: ['a'] };
    const entry = { ...created, renamedFrom: 'o/before' };
    const more = {
      ...spent,
      queries: { stats: { ...spent, seconds: 0.1 + 0.2 } },
      refusedBy: ['b'],
      reopened: 1,
    };
    w.outcomes = [outcomeOf('b1', { 'o/a': entry }, more)];
    await checkRun(RUN_ID, w.deps);
    expect(w.run).toMatchObject({
      revision: 2,
      previousRunId: '1611105698',
      renamed: [{ from: 'o/before', to: 'o/a' }],
      renamedTotal: 1,
      refusedCredentials: ['a', 'b'],
      costs: { queries: { listing: spent, stats: { ...spent, seconds: 0.3 } } },
    });
    expect(w.run).not.toHaveProperty('takenOver');
    expect(w.run).not.toHaveProperty('takenOverTotal');
    expect(Run.parse(w.run)).toEqual(w.run);
  });

  it('ends a run again after a rerun, with the next revision', async () => {
    const before = { createdListTruncated: true, failedListTruncated: true, revision: 1, reopened: 1 };
    const w = reporterWorld(runOf(before), { planned: 1 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created }, { reopened: 2 })];
    await checkRun(RUN_ID, w.deps);
    expect(w.run).toMatchObject({ status: 'completed', revision: 2, reopened: 2 });
    expect(w.run).not.toHaveProperty('createdListTruncated');
    expect(w.run).not.toHaveProperty('failedListTruncated');
    expect(w.announced).toEqual(['end 2']);
    await checkRun(RUN_ID, w.deps);
    expect(w.replaced).toBe(1);
  });

  it('ends a stalled run like any other', async () => {
    const w = reporterWorld(runOf({ status: 'stalled', stalledAt: runOf().startedAt, stalledCause: 'x' }), {
      planned: 1,
    });
    w.outcomes = [outcomeOf('b1', { 'o/a': { ...failed, reason: 'stalled' } })];
    await checkRun(RUN_ID, w.deps);
    expect(w.run).toMatchObject({ status: 'failed', failuresByReason: { stalled: 1 } });
    expect(w.run).not.toHaveProperty('stalledCause');
  });

  it.each([
    ['every repository failed', [outcomeOf('b1', { 'o/a': failed })], 1, [], 'failed'],
    ['every source failed', [], 0, [{ source: 'x', reason: 'not-found' as const }], 'failed'],
    ['there was nothing to collect', [], 0, [], 'completed'],
    ['one of two came', [outcomeOf('b1', { 'o/a': failed, 'o/b': created })], 2, [], 'completed'],
  ])('ends as it should when %s', async (_, outcomes, planned, failedSources, status) => {
    const w = reporterWorld(runOf(), { planned, resolved: 1 - failedSources.length });
    Object.assign(w, { outcomes, failedSources });
    await checkRun(RUN_ID, w.deps);
    expect(w.run).toMatchObject({ status, failedSources });
  });

  it('looks again when somebody else wrote the run, and keeps what they wrote', async () => {
    const w = reporterWorld(runOf({ status: 'starting' }), { planned: 1 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created })];
    w.beforeReplace.push(() => w.write({ ...w.run!, status: 'running' }));
    expect(await checkRun(RUN_ID, w.deps)).toBeUndefined();
    expect(w.run).toMatchObject({ status: 'completed', revision: 1 });
  });

  it('tells of an end only when it is stored: a lost race is looked at again', async () => {
    const w = reporterWorld(runOf(), { planned: 1 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created })];
    w.beforeReplace.push(() => w.write({ ...w.run!, progressAt: '2021-01-20T07:29:00.000Z' }));
    await checkRun(RUN_ID, w.deps);
    expect(w.run).toMatchObject({ status: 'completed', revision: 1 });
    expect(w.delivered).toEqual([w.run]);
  });

  it('counts one revision when two reporters end a run at the same time', async () => {
    const w = reporterWorld(runOf(), { planned: 1 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created })];
    await Promise.all([checkRun(RUN_ID, w.deps), checkRun(RUN_ID, w.deps)]);
    expect(w.run).toMatchObject({ status: 'completed', revision: 1 });
    expect(w.replaced).toBe(1);
  });

  it('is not ended by sums that the outcomes no longer bear out', async () => {
    const w = reporterWorld(runOf(), { planned: 1 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created })];
    // Marked pending between the sums and the reading.
    w.deps.store.outcomes = () => {
      w.outcomes = [outcomeOf('b1', { 'o/a': { ...pending, was: 'created' } }, { reopened: 1 })];
      return streamOf(w.outcomes);
    };
    expect(await checkRun(RUN_ID, w.deps)).toBe(1);
    expect(w.run).toMatchObject({ status: 'running', revision: 0 });
    expect(w.announced).toEqual(['start 0']);
  });

  it('gives up for now when others write all the time', async () => {
    const w = reporterWorld(runOf(), { planned: 2 });
    w.outcomes = [outcomeOf('b1', { 'o/a': created })];
    w.beforeReplace.push(...Array.from({ length: 10 }, () => () => w.write(w.run!)));
    await expect(checkRun(RUN_ID, w.deps)).rejects.toThrow(RUN_ID);
  });
});
