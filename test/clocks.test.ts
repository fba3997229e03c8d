/** Clocks that are wrong: a run that is started in the future or the past is found, ends once, and no wait is endless. */
import { afterEach, expect, it } from 'vitest';
import type { Outcome } from '@github-repo-stats/shared/documents';
import { comparable, Pipeline } from './pipeline.ts';

const HOUR = 3_600_000;
const APPS = ['scheduler', 'resolver', 'fetcher', 'writer', 'reporter'];
let pipeline: Pipeline;
afterEach(() => pipeline.stop());

const start = async (): Promise<void> => {
  pipeline = await Pipeline.start({
    world: { repositories: 120, owners: [{ login: 'acme' }] },
    settings: { NumberOfReposToQueryPerCall: '10', Simulator_Latency: 'none' },
    durationScale: 0.05,
  });
};

async function holds(runId: string): Promise<void> {
  const run = await pipeline.ended(runId);
  expect(run).toMatchObject({ status: 'completed', totalCreatedCount: 120, totalFailedCount: 0 });
  const stored = (await pipeline.stats(runId)).map(comparable);
  expect(stored).toEqual((await pipeline.truth()).map(comparable));
  expect(
    (await pipeline.ofRun<Outcome>(runId, 'outcome')).flatMap((o) => Object.keys(o.entries)),
  ).toHaveLength(120);
  expect((await pipeline.events()).map((e) => e.id)).toEqual([`${runId}.1`]);
}

it.for([
  ['in the future', HOUR],
  ['in the past', -HOUR],
] as const)(
  'a run that a scheduler starts %s is found by its id and in the list, and ends',
  async ([, offset]) => {
    await start();
    const before = Date.now();
    await pipeline.supervisor.setClock('scheduler', offset);
    const runId = await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] });
    expect(Math.abs(Number(runId) * 1000 - (before + offset))).toBeLessThan(HOUR / 2);
    await holds(runId);
    expect((await pipeline.api(`runs/${runId}`)).status).toBe(200);
    const list = (await (await pipeline.api('runs')).json()) as { runs: { id: string }[] };
    expect(list.runs.map(({ id }) => id)).toContain(runId);
  },
);

it('a clock stays where it was set when its app dies, and goes back when it is put right', async () => {
  await start();
  const { supervisor } = pipeline;
  await supervisor.setClock('scheduler', 10 * HOUR);
  const back = new Promise((resolve) => supervisor.once('back', resolve));
  supervisor.kill('scheduler', 'SIGKILL');
  await back;
  const ahead = Number(await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] }));
  expect(ahead * 1000).toBeGreaterThan(Date.now() + 9 * HOUR);
  await supervisor.setClock('scheduler', 0);
  const right = Number(await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] }));
  expect(right * 1000).toBeLessThan(Date.now() + HOUR);
  await Promise.all([ahead, right].map((runId) => pipeline.ended(String(runId))));
});

it('clocks that jump to and fro while a run is under way change nothing of what comes out', async () => {
  await start();
  let jumps = 0;
  const jumping: Promise<void>[] = [];
  pipeline.supervisor.on('log', ({ message }) => {
    if (message !== 'batch fetched') return;
    const app = APPS[jumps % APPS.length]!;
    jumping.push(pipeline.supervisor.setClock(app, jumps++ % 2 === 0 ? HOUR / 6 : -HOUR / 6));
  });
  await holds(await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] }));
  await Promise.all(jumping);
  expect(jumps).toBeGreaterThanOrEqual(12);
});
