/** A run always ends, whatever hinders it, and hinders no other: runs that overlap, a schedule beside them, and runs that are stuck. */
import type { Run } from '@github-repo-stats/shared/documents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { latestOccurrence } from '../shared/src/schedule.ts';
import { Pipeline } from './pipeline.ts';

/** Fires by itself once a year; tests let it fire when they want. */
const YEARLY = '0 0 0 1 1 *';
/** The schedule's only occurrence for the time of a test. */
const OCCURRENCE = String(latestOccurrence(YEARLY, new Date()));
const SOURCES = { fullOrgs: [{ orgName: 'acme' }] };
const REPOSITORIES = 20;
const RING_MS = 300;
const SKIPPED = 'scheduled run skipped, another is under way';
const DAY_MS = 86_400_000;

interface Platform {
  pipeline: Pipeline;
  /** Lets a timer of the scheduler fire, as often as it is asked. */
  fire: (timer: 'schedule' | 'sweep') => Promise<void>;
  /** Rings the sweeps of both apps, once a minute by themselves, until this has come. */
  swept: <T>(coming: Promise<T>) => Promise<T>;
}

/** @param scale of the scheduler's waiting times. */
async function open(scale: string): Promise<Platform> {
  const pipeline = await Pipeline.start({
    world: { repositories: REPOSITORIES, owners: [{ login: 'acme' }] },
    settings: { NumberOfReposToQueryPerCall: '10', RunSchedule: YEARLY },
    durationScale: 0.05,
    extra: {
      scheduler: { 'AzureWebJobs.schedule.Disabled': 'false', DurationScale: scale },
    },
  });
  const stored = await pipeline.api('sources', { method: 'PUT', body: JSON.stringify(SOURCES) });
  expect(stored.status).toBe(200);
  const ring = async (port: number, timer: string): Promise<void> => {
    const path = `http://127.0.0.1:${port}/admin/functions/${timer}`;
    expect((await fetch(path, { method: 'POST', body: '{}' })).status).toBe(202);
  };
  return {
    pipeline,
    fire: (timer) => ring(pipeline.supervisor.ports.scheduler, timer),
    async swept(coming) {
      const bell = setInterval(() => {
        for (const port of [pipeline.supervisor.ports.scheduler, pipeline.supervisor.ports.reporter])
          void ring(port, 'sweep').catch(() => undefined);
      }, RING_MS);
      try {
        return await coming;
      } finally {
        clearInterval(bell);
      }
    },
  };
}

const runOf = async ({ pipeline }: Platform, runId: string): Promise<Run | undefined> =>
  pipeline.document<Run>('runInfo', runId, runId);
const everything = { status: 'completed', totalCreatedCount: REPOSITORIES, totalFailedCount: 0 };

describe('runs beside each other', () => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await open('0.05');
  });
  afterAll(() => platform.pipeline.stop());

  /** Starts a run that is not at its end for some seconds. */
  async function slowRun(): Promise<string> {
    await platform.pipeline.supervisor.faults.order('service-bus', [
      { fault: { lateMs: 4_000 }, operation: 'send', queue: 'write' },
    ]);
    return platform.pipeline.run(SOURCES);
  }

  it('overlap when they are asked for, and each ends with everything', async () => {
    const { pipeline } = platform;
    const first = await slowRun();
    const second = await pipeline.run(SOURCES);
    expect(await pipeline.ended(second)).toMatchObject(everything);
    expect(await runOf(platform, first)).toMatchObject({ status: 'running' });
    expect(await pipeline.ended(first)).toMatchObject(everything);
    for (const runId of [first, second]) expect(await pipeline.stats(runId)).toHaveLength(REPOSITORIES);
  });

  it('leave out an occurrence of the schedule, with a note, while one is under way', async () => {
    const { pipeline } = platform;
    const active = await slowRun();
    await platform.fire('schedule');
    const note = await pipeline.logged((r) => r.message === SKIPPED);
    expect(note).toMatchObject({ level: 'warning', runId: OCCURRENCE, active });
    expect(await runOf(platform, OCCURRENCE)).toBeUndefined();
    expect(await pipeline.ended(active)).toMatchObject(everything);
  });

  it('are one for an occurrence whose timer fires again and again, also when it has ended', async () => {
    const { pipeline } = platform;
    const before = ((await (await pipeline.api('runs?days=366')).json()) as { runs: Run[] }).runs.length;
    await Promise.all([platform.fire('schedule'), platform.fire('schedule')]);
    expect(await pipeline.ended(OCCURRENCE)).toMatchObject({
      ...everything,
      trigger: 'schedule',
      revision: 1,
    });
    await platform.fire('schedule');
    // A timer never overlaps itself: once this firing has left its note, the one before it is over.
    const active = await slowRun();
    await platform.fire('schedule');
    await pipeline.logged((r) => r.message === SKIPPED && r['active'] === active);
    await pipeline.ended(active);
    const { runs } = (await (await pipeline.api('runs?days=366')).json()) as { runs: Run[] };
    expect(runs).toHaveLength(before + 2);
    expect(runs.find((run) => run.id === OCCURRENCE)).toMatchObject({ revision: 1, status: 'completed' });
    expect((await pipeline.events()).filter((event) => event.id.startsWith(OCCURRENCE))).toHaveLength(1);
  });
});

describe('a run that is stuck', () => {
  let platform: Platform;
  // Half an hour is two seconds.
  beforeAll(async () => {
    platform = await open('0.001');
  });
  afterAll(() => platform.pipeline.stop());

  const mailsOf = async (runId: string): Promise<string[]> =>
    (await platform.pipeline.mails())
      .map((mail) => mail.subject)
      .filter((subject) => subject.includes(runId));

  /** Starts a run whose fetcher is frozen, and resolves when it is stalled. */
  async function stalled(): Promise<string> {
    const { pipeline, swept } = platform;
    pipeline.supervisor.kill('fetcher', 'SIGSTOP');
    const runId = await pipeline.run(SOURCES);
    await swept(pipeline.logged((r) => r.message === 'run is stalled' && r.runId === runId));
    // Told just before it is stored, and again when it moved after all.
    const status = async (): Promise<string | undefined> => (await runOf(platform, runId))?.status;
    await swept(expect.poll(status, { timeout: 30_000 }).toBe('stalled'));
    return runId;
  }

  it('is reported and mailed with its cause, and blocks neither the schedule nor itself once the cause is gone', async () => {
    const { pipeline, swept } = platform;
    const runId = await stalled();
    const cause = /fetch has [1-9]\d* messages?.* \([1-9]\d* of this run\) and no dead letter/;
    const shown = (await (await pipeline.api(`runs/${runId}`)).json()) as Run;
    expect(shown).toMatchObject({ status: 'stalled', stalledCause: expect.stringMatching(cause) });
    await swept(
      expect
        .poll(() => mailsOf(runId), { timeout: 20_000 })
        .toContainEqual(expect.stringMatching(/stuck|stalled/i)),
    );
    await platform.fire('schedule');
    await expect.poll(() => runOf(platform, OCCURRENCE), { timeout: 10_000 }).toBeDefined();
    pipeline.supervisor.kill('fetcher', 'SIGCONT');
    expect(await swept(pipeline.ended(runId))).toMatchObject(everything);
    expect(await swept(pipeline.ended(OCCURRENCE))).toMatchObject(everything);
    expect(await runOf(platform, runId)).not.toHaveProperty('stalledCause');
  });

  it('is settled after a further day: what is missing has failed as stalled, and what comes later changes nothing', async () => {
    const { pipeline, swept } = platform;
    const runId = await stalled();
    // A day goes by.
    const now = (await runOf(platform, runId))!;
    const stalledAt = new Date(Date.parse(now.stalledAt!) - DAY_MS).toISOString();
    await pipeline.supervisor.containers.runInfo.items.upsert({ ...now, stalledAt });
    const run = await swept(pipeline.ended(runId));
    expect(run).toMatchObject({
      status: 'failed',
      totalPlanned: REPOSITORIES,
      totalReceived: REPOSITORIES,
      totalFailedCount: REPOSITORIES,
      failuresByReason: { stalled: REPOSITORIES },
    });
    expect((await mailsOf(runId)).at(-1)).toContain('run failed');
    const handled = pipeline.logged(
      (r) => r.app === 'fetcher' && r.message === 'message handled' && r.runId === runId,
    );
    pipeline.supervisor.kill('fetcher', 'SIGCONT');
    expect(await handled).toMatchObject({ result: 'completed' });
    expect(await pipeline.stats(runId)).toEqual([]);
    expect(await runOf(platform, runId)).toMatchObject({ status: 'failed', revision: 1 });
    const again = await pipeline.api(`runs/${runId}/rerun`, { method: 'POST' });
    expect(again.status).toBe(202);
    expect(await swept(pipeline.ended(runId, 2))).toMatchObject(everything);
  });
});
