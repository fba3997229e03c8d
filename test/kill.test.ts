/** Any process may be killed at any instant: the run still ends with every repository accounted for, once. */
import { describe, expect, it } from 'vitest';
import { Pipeline, comparable } from './pipeline.ts';

const world = { repositories: 260, owners: [{ login: 'acme' }, { login: 'globex' }] };
const sources = { fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }] };
const settings = { NumberOfReposToQueryPerCall: '10', Simulator_Latency: 'none' };
/** The wait for a foreign grant is 20 s: here 1 s. */
const durationScale = 0.05;

/** What was stored in the end, and what is true. */
async function storedAndTrue(pipeline: Pipeline, runId: string): Promise<[unknown[], unknown[]]> {
  const run = await pipeline.ended(runId);
  const truth = await pipeline.truth();
  expect(run).toMatchObject({
    status: 'completed',
    totalCreatedCount: truth.length,
    failuresByReason: {},
    totalFailedCount: 0,
  });
  const calls = (await pipeline.calls()) as {
    tokens: Record<string, { maxInFlight: Record<string, number> }>;
  };
  for (const { maxInFlight } of Object.values(calls.tokens)) {
    expect(maxInFlight.stats).toBeLessThanOrEqual(1);
    expect(maxInFlight.listing).toBeLessThanOrEqual(1);
  }
  return [(await pipeline.stats(runId)).map(comparable), truth.map(comparable)];
}

describe('killed in the middle of a run', () => {
  it('each of the five services, one after the other', async () => {
    const pipeline = await Pipeline.start({ world, settings, durationScale });
    try {
      const runId = await pipeline.run(sources);
      const happened: Record<string, string> = {
        resolver: 'page planned',
        fetcher: 'batch fetched',
        writer: 'batch written',
      };
      for (const [service, message] of Object.entries(happened)) {
        await pipeline.logged((r) => r.app === service && r.message === message && r.runId === runId);
        pipeline.supervisor.kill(service, 'SIGKILL');
      }
      pipeline.supervisor.kill('scheduler', 'SIGKILL');
      pipeline.supervisor.kill('reporter', 'SIGKILL');
      const [stored, truth] = await storedAndTrue(pipeline, runId);
      expect(stored).toEqual(truth);
      expect((await pipeline.events()).map((e) => e.id)).toContain(`${runId}.1`);
    } finally {
      await pipeline.stop();
    }
  });

  it('the broker and Cosmos DB', async () => {
    const pipeline = await Pipeline.start({ world, settings, durationScale });
    try {
      const runId = await pipeline.run(sources);
      await pipeline.logged((r) => r.message === 'batch written' && r.runId === runId);
      pipeline.supervisor.kill('service-bus', 'SIGKILL');
      pipeline.supervisor.kill('cosmos', 'SIGKILL');
      const [stored, truth] = await storedAndTrue(pipeline, runId);
      expect(stored).toEqual(truth);
    } finally {
      await pipeline.stop();
    }
  });

  it('everything at once, and started again on the same folder', async () => {
    const first = await Pipeline.start({ world, settings, durationScale });
    const runId = await first.run(sources);
    await first.logged((r) => r.message === 'batch written' && r.runId === runId);
    first.supervisor.killAll();
    await first.stop(true);
    const second = await Pipeline.start({ world, settings, durationScale, folder: first.folder });
    try {
      const [stored, truth] = await storedAndTrue(second, runId);
      expect(stored).toEqual(truth);
    } finally {
      await second.stop();
    }
  });
});
