/**
 * One store after the other is lost in the middle of a run, and restored by the recipe of docs/operations.md that has the same title: every
 * repository is accounted for.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container, ItemDefinition } from '@azure/cosmos';
import { containerDefinition, type ContainerKey } from '@github-repo-stats/shared/topology';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CrashSite, SOURCES } from './crash-point.ts';

const APPS = ['scheduler', 'resolver', 'fetcher', 'writer', 'reporter'];
/** The second of the two batches of a run comes so much later, so that a store can be lost between them. */
const LATE_MS = 4_000;

const page = readFileSync(join(import.meta.dirname, '../docs/operations.md'), 'utf8');
const [, chapter = ''] = page.split('\n## Restoring after losing one store\n');
const recipes = [...chapter.split('\n## ')[0]!.matchAll(/^### (.+)$/gm)].map(([, title]) => title!);

let site: CrashSite;
beforeAll(async () => {
  site = await CrashSite.open();
});
afterAll(() => site.close());

const containerOf = (key: ContainerKey): Container => site.pipeline.supervisor.containers[key];

/** Starts a run, and resolves when one of its two batches is written and the other is under way. */
async function halfDone(): Promise<string> {
  const { pipeline } = site;
  await pipeline.supervisor.faults.order('service-bus', [
    { fault: { lateMs: LATE_MS }, operation: 'send', queue: 'fetch', nth: 2 },
  ]);
  const runId = await pipeline.run(SOURCES);
  await pipeline.logged((r) => r.message === 'batch written' && r.runId === runId);
  return runId;
}

/** All that a container holds, as its backup has it. */
async function backUp(key: ContainerKey): Promise<ItemDefinition[]> {
  const { resources } = await containerOf(key).items.readAll<ItemDefinition>().fetchAll();
  return resources;
}

const lose = async (key: ContainerKey): Promise<void> => void (await containerOf(key).delete());

/** Makes a container again as infrastructure does, and brings back what the backup has. */
async function make(key: ContainerKey, backup: readonly ItemDefinition[] = []): Promise<void> {
  const { database, id } = containerOf(key);
  await database.containers.create(containerDefinition(key, id));
  for (const document of backup) await containerOf(key).items.upsert(document);
}

/** Restarts apps, as `az functionapp restart` does. */
async function restart(...apps: string[]): Promise<void> {
  const { supervisor } = site.pipeline;
  const away = new Set(apps);
  for (const app of apps) supervisor.kill(app, 'SIGTERM');
  while (away.size > 0) away.delete(((await once(supervisor, 'back')) as [{ name: string }])[0].name);
}

/** Resolves when an app of the run waits for a platform that is away. */
const waits = (app: string, since: number): Promise<unknown> =>
  site.pipeline.logged(
    (r) =>
      site.pipeline.logs.indexOf(r) >= since && r.app === app && String(r['reason']).startsWith('outage: '),
  );

/** Half a run, the loss, and the end: by default with everything that there is. */
async function ends(runId: string): Promise<void> {
  const { is, ought } = await site.endOf(runId);
  expect(is).toEqual(ought);
}

describe('a store that is lost in the middle of a run', () => {
  it('The container pace', async () => {
    const runId = await halfDone();
    await lose('pace');
    const since = site.pipeline.logs.length;
    await waits('fetcher', since);
    await make('pace');
    await ends(runId);
    const calls = (await site.pipeline.calls()) as {
      tokens: Record<string, { maxInFlight: Record<string, number> }>;
    };
    for (const { maxInFlight } of Object.values(calls.tokens)) expect(maxInFlight['stats']).toBe(1);
  });

  it('The container leases', async () => {
    const runId = await halfDone();
    await lose('leases');
    // The sweep needs no leases.
    await ends(runId);
    await make('leases');
    await restart('reporter');
    await expect.poll(() => backUp('leases'), { timeout: 10_000 }).toHaveLength(1);
    await ends(await site.pipeline.run(SOURCES));
  });

  it('The storage account of an app', async () => {
    const runId = await halfDone();
    const { supervisor, folder } = site.pipeline;
    const back = once(supervisor, 'back');
    supervisor.once('died', () => void rm(join(folder, 'state'), { recursive: true, force: true }));
    supervisor.kill('scheduler', 'SIGTERM');
    await back;
    await ends(runId);
    expect((await site.pipeline.api('sources')).status).toBe(200);
  });

  it('The Service Bus namespace', async () => {
    const runId = await halfDone();
    const { supervisor, folder } = site.pipeline;
    const [died, back] = [once(supervisor, 'died'), once(supervisor, 'back')];
    supervisor.kill('service-bus', 'SIGKILL');
    await died;
    const lost = ['', '-wal', '-shm'].map((end) =>
      rm(join(folder, `service-bus.sqlite${end}`), { force: true }),
    );
    await Promise.all(lost);
    await back;
    await restart(...APPS);
    const resent = site.pipeline.logged(
      (r) => r.message === 'what a quiet run misses was sent again' && r.runId === runId,
    );
    await ends(runId);
    expect(await resent).toMatchObject({ messages: 1 });
  });

  it('The container repo-stats', async () => {
    const runId = await halfDone();
    const backup = await backUp('repoStats');
    expect(backup.filter((document) => document['runId'] === runId)).toHaveLength(51);
    const since = site.pipeline.logs.length;
    await lose('repoStats');
    await waits('writer', since);
    await make('repoStats', backup);
    await restart('writer');
    await ends(runId);
  });

  it('the container repo-stats, without a backup: the next run has everything', async () => {
    const runId = await halfDone();
    await lose('repoStats');
    await make('repoStats');
    await restart('writer');
    const run = await site.swept(site.pipeline.ended(runId));
    expect(run).toMatchObject({ status: 'completed', totalReceived: 60, totalCreatedCount: 60 });
    expect(await site.pipeline.stats(runId)).toHaveLength(9);
    await ends(await site.pipeline.run(SOURCES));
  });

  it('The container repos', async () => {
    await ends(await site.pipeline.run(SOURCES));
    await lose('repos');
    // Neither numbers nor outcomes need it; what is new does.
    await site.pipeline.happens({ event: 'add', owner: 'acme', name: 'brand-new' });
    const since = site.pipeline.logs.length;
    const runId = await site.pipeline.run(SOURCES);
    await waits('writer', since);
    await make('repos');
    await restart('writer');
    await ends(runId);
    expect(await backUp('repos')).toEqual([
      expect.objectContaining({ type: 'first-sights', repos: ['acme/brand-new'], runId }),
    ]);
  });

  it('The container run-info', async () => {
    const runId = await halfDone();
    const backup = await backUp('runInfo');
    const since = site.pipeline.logs.length;
    await lose('runInfo');
    await waits('fetcher', since);
    expect((await site.pipeline.api(`runs/${runId}`)).status).toBe(503);
    await lose('leases');
    await make('runInfo', backup);
    await make('leases');
    await restart(...APPS);
    await ends(runId);
  });

  it('the container run-info, without a backup: what is under way ends as dead letters, and the next run is as any other', async () => {
    const stored = { fullOrgs: [{ orgName: 'acme', exclude: ['nothing-of-it'] }], individualRepos: [] };
    const put = { method: 'PUT', body: JSON.stringify(stored) };
    expect((await site.pipeline.api('sources', put)).status).toBe(200);
    const kept = await (await site.pipeline.api('sources')).text();
    const runId = await halfDone();
    await lose('runInfo');
    await make('runInfo');
    await restart(...APPS);
    await site.pipeline.logged((r) => r.message === 'message cannot be understood' && r.app === 'fetcher');
    const letters = async (): Promise<{ sequenceNumber: string; runId?: string }[]> => {
      type Queues = { queues: { queue: string; letters: { sequenceNumber: string; runId?: string }[] }[] };
      const { queues } = (await (await site.pipeline.api('deadletters')).json()) as Queues;
      return queues.flatMap((q) => q.letters);
    };
    await expect.poll(letters, { timeout: 60_000 }).toEqual([expect.objectContaining({ runId })]);
    const [letter] = await letters();
    const discard = `deadletters/fetch/${letter!.sequenceNumber}`;
    expect((await site.pipeline.api(discard, { method: 'DELETE' })).status).toBe(204);
    expect(await (await site.pipeline.api('sources')).json()).not.toEqual(stored);
    expect((await site.pipeline.api('sources', { method: 'PUT', body: kept })).status).toBe(200);
    expect(await (await site.pipeline.api('sources')).json()).toEqual(stored);
    expect((await site.pipeline.api(`runs/${runId}`)).status).toBe(404);
    await ends(await site.pipeline.run(SOURCES));
  });

  it('is every one that there is a recipe for', () => {
    const here = readFileSync(import.meta.filename, 'utf8');
    expect(recipes).toHaveLength(7);
    expect(recipes.filter((title) => !here.includes(`it('${title}', async`))).toEqual([]);
  });
});
