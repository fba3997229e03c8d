import { Run, Source } from '@github-repo-stats/shared/documents';
import { ResolveSource } from '@github-repo-stats/shared/messages';
import { describe, expect, it } from 'vitest';
import { RUN_ID, SELECTION, schedulerWorld } from './run.fixture.ts';
import { emitSources, startRun } from './start-run.ts';

describe('starting a run', () => {
  it('stores run and selection, then its sources, then sends their first pages, then it is running', async () => {
    const w = schedulerWorld();
    expect(await startRun(RUN_ID, 'schedule', SELECTION, w.deps)).toBe('started');
    expect(w.steps).toEqual(['run', 'sources', 'send', 'running']);
    const run = w.runs.get(RUN_ID)!;
    expect(run).toMatchObject({
      status: 'running',
      trigger: 'schedule',
      date: '20210120',
      startedAt: '2021-01-20T07:21:38.000Z',
      sourcesTotal: 2,
      revision: 0,
    });
    expect(Run.parse(run)).toEqual(run);
    expect(w.selections.get(RUN_ID)).toEqual(SELECTION);
    const [owner, single] = [...w.sources.values()].map((s) => Source.parse(s));
    expect(owner).toMatchObject({ sourceId: 's00001', what: { kind: 'owner', owner: 'microsoft' } });
    expect(single).toMatchObject({ sourceId: 's00002', what: { names: ['octokit/octokit.rb'] } });
    expect(w.sent.map((e) => ResolveSource.parse(e.body))).toEqual(
      ['s00001', 's00002'].map((sourceId) => ({ runId: RUN_ID, sourceId, page: 1, attempt: 1, wait: 0 })),
    );
    expect(w.sent.map((e) => e.sessionId)).toEqual(['cred-default', 'cred-default']);
  });

  it('does nothing when a run of this id exists: a timer that fires twice is harmless', async () => {
    const w = schedulerWorld();
    await startRun(RUN_ID, 'schedule', SELECTION, w.deps);
    const other = { owners: [], repositories: ['o/a'] };
    expect(await startRun(RUN_ID, 'request', other, w.deps)).toBe('exists');
    expect(w.sent).toHaveLength(2);
    expect(w.selections.get(RUN_ID)).toEqual(SELECTION);
  });

  it('names the run before it from which renames are told: of the same selection, if there is one', async () => {
    const w = schedulerWorld();
    const other = { owners: [], repositories: ['o/a'] };
    const id = (n: number): string => String(Number(RUN_ID) + n);
    for (const [n, selection] of [SELECTION, other, SELECTION, other].entries())
      await startRun(id(n), 'schedule', selection, w.deps);
    expect([...w.runs.values()].map((r) => r.previousRunId)).toEqual([undefined, id(0), id(0), id(1)]);
    expect(w.runs.get(id(2))?.selectionDigest).toBe(w.runs.get(id(0))?.selectionDigest);
  });

  it('starts once when two timers fire at the same time', async () => {
    const w = schedulerWorld();
    const results = await Promise.all([1, 2].map(() => startRun(RUN_ID, 'schedule', SELECTION, w.deps)));
    expect(results.toSorted()).toEqual(['exists', 'started']);
    expect(w.sent).toHaveLength(2);
  });

  it('goes on from its selection after a crash, with the same sources', async () => {
    const whole = schedulerWorld();
    await startRun(RUN_ID, 'schedule', SELECTION, whole.deps);
    const w = schedulerWorld();
    const crashing = {
      ...w.deps,
      resolveQueue: { ...w.deps.resolveQueue, send: () => Promise.reject(new Error('crash')) },
    };
    await expect(startRun(RUN_ID, 'schedule', SELECTION, crashing)).rejects.toThrow('crash');
    expect(w.runs.get(RUN_ID)?.status).toBe('starting');
    await emitSources(RUN_ID, w.selections.get(RUN_ID)!, w.deps);
    expect([...w.sources]).toEqual([...whole.sources]);
    expect(w.sent).toEqual(whole.sent);
    expect(w.runs.get(RUN_ID)?.status).toBe('running');
  });

  it('splits single repositories into chunks of 100, none lost', async () => {
    const w = schedulerWorld();
    const repositories = Array.from({ length: 250 }, (_, i) => `o/r${i}`);
    await startRun(RUN_ID, 'request', { owners: [], repositories }, w.deps);
    const chunks = [...w.sources.values()].map(({ what }) =>
      what.kind === 'repositories' ? what.names : [],
    );
    expect(chunks.map((c) => c.length)).toEqual([100, 100, 50]);
    expect(chunks.flat()).toEqual(repositories);
    expect(w.runs.get(RUN_ID)?.sourcesTotal).toBe(3);
  });
});
