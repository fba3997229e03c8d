/** Inputs at their limits: ten thousand single repositories with the longest names there are, and texts in any script. */
import type { Run } from '@github-repo-stats/shared/documents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pipeline, comparable } from './pipeline.ts';

const REPOSITORIES = 10_000;
/** What Cosmos DB takes of a document. */
const MOST_BYTES = 2 * 1024 * 1024;
const owner = (n: number): string => `${'o'.repeat(36)}${String(n).padStart(3, '0')}`;
/** An owner of 39 characters and a name of 100, which is as long as GitHub lets them be. */
const longest = (n: number): string => `${owner(n % 7)}/${String(n).padStart(6, '0')}${'n'.repeat(94)}`;

describe('ten thousand single repositories', () => {
  const individualRepos = Array.from({ length: REPOSITORIES }, (_, n) => longest(n));
  let pipeline: Pipeline;
  let stored: Response;
  let run: Run;
  beforeAll(async () => {
    pipeline = await Pipeline.start({
      world: { repositories: REPOSITORIES + 40, owners: [{ login: 'acme' }], individual: individualRepos },
      settings: { NumberOfReposToQueryPerCall: '100' },
    });
    stored = await pipeline.api('sources', { method: 'PUT', body: JSON.stringify({ individualRepos }) });
    const started = await pipeline.api('runs', { method: 'POST' });
    run = await pipeline.ended(((await started.json()) as { runId: string }).runId);
  }, 180_000);
  afterAll(() => pipeline.stop());

  it('are stored by one request, their names as long as names can be', async () => {
    expect(new Set(individualRepos.map((name) => name.length))).toEqual(new Set([140]));
    expect([stored.status, await stored.json()]).toEqual([200, { individualRepos }]);
  });

  it('are collected as a hundred sources of a hundred, all of them and truly', async () => {
    expect(run).toMatchObject({
      status: 'completed',
      sourcesTotal: 100,
      totalPlanned: REPOSITORIES,
      totalCreatedCount: REPOSITORIES,
      totalFailedCount: 0,
    });
    const truth = (await pipeline.truth()).filter((row) => !row.repo.startsWith('acme/'));
    expect((await pipeline.stats(run.id)).map(comparable)).toEqual(truth.map(comparable));
  });

  it('leave no document near what Cosmos DB takes, and a list of whole names that says that it is cut', async () => {
    const { resources } = await pipeline.supervisor.containers.runInfo.items.readAll().fetchAll();
    const largest = Math.max(...resources.map((d) => Buffer.byteLength(JSON.stringify(d))));
    expect(largest).toBeGreaterThan(1_000_000);
    expect(largest).toBeLessThan(0.75 * MOST_BYTES);
    expect(run.createdListTruncated).toBe(true);
    const known = new Set(individualRepos);
    const listed = run.createdList.split(',');
    expect(listed.length).toBeGreaterThan(1_000);
    expect(listed.filter((name) => !known.has(name))).toEqual([]);
    expect(pipeline.supervisor.processes().filter((p) => p.starts !== 1)).toEqual([]);
  });

  it('are refused before anything is made when they are more than one run can hold', async () => {
    const more = Array.from({ length: REPOSITORIES + 1_000 }, (_, n) => longest(n));
    for (const [method, path] of [
      ['PUT', 'sources'],
      ['POST', 'runs'],
    ] as const) {
      const refused = await pipeline.api(path, { method, body: JSON.stringify({ individualRepos: more }) });
      expect(refused.status).toBe(400);
      expect(await refused.text()).toMatch(/takes \d+ bytes, more than the 1500000 of one run; split it/);
    }
  });

  it('does not stumble over texts in any script', async () => {
    const [wanted, other] = (await pipeline.truth()).filter((row) => row.repo.startsWith('acme/'));
    const description = '統計 \u202e \u0000 🦄 \ud83d "quoted" \\ </script>';
    await pipeline.happens(
      {
        event: 'change',
        repository: wanted!.repo,
        facts: { topics: ['wanted', '統計', 'ünï'], description },
      },
      { event: 'change', repository: other!.repo, facts: { topics: ['統計'], description } },
    );
    const found = await pipeline.ended(
      await pipeline.run({ fullOrgs: [{ orgName: 'acme', topics: 'wanted' }] }),
    );
    expect(found).toMatchObject({ status: 'completed', createdList: wanted!.repo, totalFailedCount: 0 });
    const all = await pipeline.ended(
      await pipeline.run({ fullOrgs: [{ orgName: 'acme', exclude: 'no-such-*' }] }),
    );
    expect(all).toMatchObject({ totalCreatedCount: 40, totalFailedCount: 0 });
  });
});
