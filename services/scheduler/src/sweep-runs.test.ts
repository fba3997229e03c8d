import type { Run, Source } from '@github-repo-stats/shared/documents';
import type { Progress } from '@github-repo-stats/shared/progress';
import { describe, expect, it } from 'vitest';
import type { Missing } from './missing.ts';
import { newRun } from './new-run.ts';
import { RUN_ID, SELECTION, START } from './run.fixture.ts';
import { GIVE_UP_MS, QUIET_MS, STALLED_MS, STARTING_MS, sweepRuns, type SweepDeps } from './sweep-runs.ts';

const MINUTE = 60_000;
const batch: Missing = {
  kind: 'batch',
  message: {
    runId: RUN_ID,
    batchId: 'b-s00001-00001-1',
    repos: [{ nameWithOwner: 'o/a' }],
    attempt: 1,
    firstAttempt: 1,
    wait: 0,
  },
};
const source: Missing = {
  kind: 'source',
  source: { runId: RUN_ID, sourceId: 's00001' } as Source,
  message: { runId: RUN_ID, sourceId: 's00001', page: 1, attempt: 1, wait: 0 },
};

/** One run under way that misses a source and a batch; the clock stands where the test puts it. */
function world(more: Partial<Run> = {}) {
  const run: Run = { ...newRun(RUN_ID, 'schedule', 1, START), status: 'running', totalPlanned: 2, ...more };
  const w = {
    runs: [run],
    run,
    minutes: 0,
    progress: {
      sourcesResolved: 0,
      failedSources: 0,
      planned: 2,
      created: 0,
      failed: 0,
      duplicate: 0,
      pending: 0,
      reopened: 0,
      sourcesReopened: 0,
    } as Progress,
    announcedWait: 0,
    emitted: [] as string[],
    resent: [] as Missing[],
    failed: [] as Missing[],
    stalled: [] as string[],
    logged: [] as string[],
  };
  const deps: SweepDeps = {
    store: {
      activeRuns: () => Promise.resolve(w.runs),
      readSelection: () => Promise.resolve(SELECTION),
      measure: () => Promise.resolve(w.progress),
      announcedWait: () => Promise.resolve(w.announcedWait),
      markStalled: (r, cause) => {
        w.stalled.push(cause);
        Object.assign(r, { status: 'stalled', stalledAt: new Date(deps.now()).toISOString() });
        return Promise.resolve();
      },
      async *missing() {
        yield* await Promise.resolve([batch, source]);
      },
    },
    emitSources: (runId) => Promise.resolve(void w.emitted.push(runId)),
    resend: (missing) => Promise.resolve(void w.resent.push(missing)),
    fail: (missing) => Promise.resolve(void w.failed.push(missing)),
    cause: () => Promise.resolve('dead letters in fetch: 1'),
    resends: new Map(),
    now: () => START.getTime() + w.minutes * MINUTE,
    scale: 1,
    log: (_level, text) => void w.logged.push(text),
  };
  const sweepAt = (minutes: number): Promise<void> => {
    w.minutes = minutes;
    return sweepRuns(deps);
  };
  /** How much of anything was done. */
  const done = (): number => w.emitted.length + w.resent.length + w.failed.length + w.stalled.length;
  return Object.assign(w, { deps, sweepAt, done });
}

const minutesOf = (ms: number): number => ms / MINUTE;

describe('sweeping runs', () => {
  it('writes and sends the sources again of a run that never got past its beginning', async () => {
    const w = world({ status: 'starting' });
    await w.sweepAt(minutesOf(STARTING_MS) - 0.01);
    expect(w.done()).toBe(0);
    await w.sweepAt(minutesOf(STARTING_MS));
    expect(w.emitted).toEqual([RUN_ID]);
  });

  it('leaves a run alone that has moved since it was written, however old that is', async () => {
    for (const moved of [
      { planned: 3 },
      { created: 1 },
      { duplicate: 1 },
      { sourcesResolved: 1 },
      { failedSources: 1 },
    ]) {
      const w = world();
      Object.assign(w.progress, moved);
      await w.sweepAt(minutesOf(GIVE_UP_MS) * 2);
      expect(w.done()).toBe(0);
    }
  });

  it('leaves a run alone that is quiet for a short time', async () => {
    const w = world();
    await w.sweepAt(minutesOf(QUIET_MS) - 0.01);
    expect(w.done()).toBe(0);
  });

  it('leaves a run alone while it waits for a time that was announced, and as long after it', async () => {
    const w = world();
    w.announcedWait = START.getTime() + 300 * MINUTE;
    await w.sweepAt(299);
    await w.sweepAt(300 + minutesOf(QUIET_MS) - 0.01);
    expect(w.done()).toBe(0);
    await w.sweepAt(300 + minutesOf(QUIET_MS));
    expect(w.resent).toHaveLength(2);
  });

  it('sends again what a quiet run misses, ever more seldom', async () => {
    const w = world();
    const times: number[] = [];
    for (let minute = 1; minute <= 200; minute++) {
      const before = w.resent.length;
      await w.sweepAt(minute);
      if (w.resent.length > before) times.push(minute);
    }
    expect(times).toEqual([10, 30, 70, 150]);
    expect(w.resent.slice(0, 2)).toEqual([batch, source]);
  });

  it('begins with the short pause again once the run has moved', async () => {
    const w = world();
    for (const minute of [10, 30]) await w.sweepAt(minute);
    w.progress.created = 1;
    await w.sweepAt(31);
    Object.assign(w.run, {
      totalReceived: 1,
      progressAt: new Date(START.getTime() + 31 * MINUTE).toISOString(),
    });
    await w.sweepAt(41);
    expect(w.resent).toHaveLength(6);
  });

  it('says once that a run is stalled after half an hour, with its cause, and goes on sending', async () => {
    const w = world();
    await w.sweepAt(minutesOf(STALLED_MS) - 0.01);
    expect(w.stalled).toEqual([]);
    for (let minute = 30; minute < 80; minute++) await w.sweepAt(minute);
    expect(w.stalled).toEqual(['dead letters in fetch: 1']);
    expect(w.resent.length).toBeGreaterThan(2);
    expect(w.failed).toEqual([]);
  });

  it('settles what is missing as failed after a stalled day, and sends nothing more', async () => {
    const w = world();
    const stalledAt = minutesOf(STALLED_MS);
    await w.sweepAt(stalledAt);
    await w.sweepAt(stalledAt + minutesOf(GIVE_UP_MS) - 0.01);
    expect(w.failed).toEqual([]);
    const resent = w.resent.length;
    await w.sweepAt(stalledAt + minutesOf(GIVE_UP_MS));
    expect(w.failed).toEqual([batch, source]);
    expect(w.resent).toHaveLength(resent);
  });

  it('looks at other runs though one cannot be looked at', async () => {
    const w = world();
    const other: Run = { ...w.run, id: '1611127299', runId: '1611127299', status: 'starting' };
    w.runs.push(other);
    w.deps.store.measure = () => Promise.reject(new Error('away'));
    await w.sweepAt(20);
    expect(w.emitted).toEqual(['1611127299']);
    expect(w.logged).toContain('a run could not be swept');
  });

  it('tries again at the next sweep when sending failed midway', async () => {
    const w = world();
    const failing: SweepDeps = {
      ...w.deps,
      resend: (m) => (m === source ? Promise.reject(new Error('away')) : w.deps.resend(m)),
    };
    w.minutes = 10;
    await sweepRuns(failing);
    await w.sweepAt(11);
    expect(w.resent).toEqual([batch, batch, source]);
  });

  it('forgets runs that are at their end', async () => {
    const w = world();
    await w.sweepAt(10);
    expect(w.deps.resends.size).toBe(1);
    w.runs = [];
    await w.sweepAt(11);
    expect(w.deps.resends.size).toBe(0);
  });

  it('scales its times', async () => {
    const w = world();
    w.deps.scale = 0.1;
    await w.sweepAt(minutesOf(QUIET_MS) * 0.1);
    expect(w.resent).toHaveLength(2);
  });
});
