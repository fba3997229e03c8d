/** More than one instance of each app, as scaling out brings them: the work is shared, and nothing is done twice. */
import { afterEach, expect, it } from 'vitest';
import { comparable, Pipeline } from './pipeline.ts';

const APPS = ['scheduler', 'resolver', 'fetcher', 'writer', 'reporter'];
let pipeline: Pipeline;
afterEach(() => pipeline.stop());

it('two instances of every app do a run together, each call under its own grant, and one may go in the middle', async () => {
  const credentials = ['first', 'second'];
  pipeline = await Pipeline.start({
    world: { repositories: 400, owners: [{ login: 'acme' }, { login: 'globex' }] },
    settings: { NumberOfReposToQueryPerCall: '5', Simulator_Latency: 'none' },
    orders: { credentials: credentials.map((name) => ({ name, token: `token-of-${name}` })) },
    durationScale: 0.05,
  });
  const { supervisor } = pipeline;
  const names = await Promise.all(APPS.map((app) => supervisor.addInstance(app)));
  expect(names.map((name) => name.replace(/-\d+$/, ''))).toEqual(APPS);
  const runId = await pipeline.run({ fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }] });
  await pipeline.logged((r) => r.message === 'batch written' && r.runId === runId);
  await supervisor.removeInstance(names[2]!);
  expect(supervisor.processes().map(({ name }) => name)).not.toContain(names[2]);
  const run = await pipeline.ended(runId);
  expect(run).toMatchObject({ status: 'completed', totalCreatedCount: 400, totalFailedCount: 0 });
  expect((await pipeline.stats(runId)).map(comparable)).toEqual((await pipeline.truth()).map(comparable));
  const { tokens } = (await pipeline.calls()) as {
    tokens: Record<string, { maxInFlight: Record<string, number> }>;
  };
  for (const { maxInFlight } of Object.values(tokens))
    expect(Math.max(...Object.values(maxInFlight))).toBe(1);
  expect(Object.keys(tokens).sort()).toEqual(credentials);
});

it('a lease that somebody else has is not read on, and the run ends by the sweep or once it is given back', async () => {
  pipeline = await Pipeline.start({
    world: { repositories: 60, owners: [{ login: 'acme' }] },
    settings: { NumberOfReposToQueryPerCall: '10', Simulator_Latency: 'none' },
    durationScale: 0.05,
  });
  const { supervisor } = pipeline;
  const { leases } = supervisor.containers;
  const all = async () => (await leases.items.readAll<{ id: string; Owner: string }>().fetchAll()).resources;
  await expect.poll(all).toMatchObject([{ Owner: 'reporter' }]);
  const second = await supervisor.addInstance('reporter');
  const [lease] = await all();
  await leases.item(lease!.id, lease!.id).replace({ ...lease, Owner: second });
  const runId = await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] });
  const run = await pipeline.ended(runId);
  expect(run).toMatchObject({ status: 'completed', totalCreatedCount: 60 });
  expect(await all()).toMatchObject([{ Owner: second }]);
});

it('of what is no app there is neither another instance nor a clock', async () => {
  pipeline = await Pipeline.start({ world: { repositories: 1, owners: [{ login: 'acme' }] } });
  await expect(pipeline.supervisor.addInstance('cosmos')).rejects.toThrow('There is no app cosmos');
  await expect(pipeline.supervisor.setClock('cosmos', 1)).rejects.toThrow('There is no app cosmos');
});
