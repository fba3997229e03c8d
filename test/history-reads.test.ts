/** What the reporter's reads of histories find and cost, in the embedded Cosmos DB: the whole of one repository, of no other, and no more than is told. */
import { CosmosClient, type Container } from '@azure/cosmos';
import { statsId } from '@github-repo-stats/shared/ids';
import type { KnownRepository } from '@github-repo-stats/shared/known-repository';
import { containerDefinition, type ContainerKey } from '@github-repo-stats/shared/topology';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiStore, type ApiStore } from '../services/reporter/src/api/api-store.ts';
import { RepositoryHistory } from '../services/reporter/src/api/contract.ts';
import type { ApiDeps } from '../services/reporter/src/api/deps.ts';
import { KnownRuns } from '../services/reporter/src/api/known-runs.ts';
import { PastSummaries } from '../services/reporter/src/api/past-summaries.ts';
import { repositoryHistory } from '../services/reporter/src/api/repository-history.ts';
import { documentOf } from '../services/reporter/src/rows.fixture.ts';
import { startEmbeddedCosmos, type EmbeddedCosmos } from './embedded-cosmos.ts';

const DAY = 86_400;
const NOW = new Date('2026-11-20T12:00:00Z');
const runOf = (daysAgo: number): string => String(NOW.getTime() / 1000 - daysAgo * DAY);
const atOf = (daysAgo: number): string => new Date(Number(runOf(daysAgo)) * 1000).toISOString();

let embedded: EmbeddedCosmos;
let client: CosmosClient;
let containers: Record<'runInfo' | 'repoStats' | 'repos' | 'pace', Container>;
let store: ApiStore;
let charged = 0;

type Next = (context: unknown) => Promise<{ headers: Readonly<Record<string, unknown>> }>;
async function metered(context: unknown, _diagnostics: unknown, next: Next) {
  const response = await next(context);
  charged += Number(response.headers['x-ms-request-charge'] ?? 0);
  return response;
}

async function stored(repo: string, repoId: string, daysAgo: readonly number[]): Promise<void> {
  for (const days of daysAgo)
    await containers.repoStats.items.create({
      ...documentOf(repo, { repoId, runId: runOf(days), collectedAt: atOf(days), stars: 1000 - days }),
      id: statsId(repo, runOf(days)),
    });
}
const known = (repository: Omit<KnownRepository, 'id' | 'firstRunId'>) =>
  containers.repos.items.create({
    ...repository,
    id: repository.repoId,
    firstRunId: repository.names[0]!.runId,
  });

async function history(repo: string, days: number): Promise<RepositoryHistory> {
  const [owner, name] = repo.split('/') as [string, string];
  // All that it works with.
  const deps = { store, past: new PastSummaries(store, () => 0), now: () => NOW } as ApiDeps;
  const question = repositoryHistory(deps).ask({ owner, name }, { days: String(days) });
  return RepositoryHistory.parse(await question.answer());
}

beforeAll(async () => {
  embedded = await startEmbeddedCosmos();
  // The SDK does not declare its plugins.
  const options = {
    endpoint: embedded.endpoint,
    key: embedded.key,
    plugins: [{ on: 'request', plugin: metered }],
  };
  client = new CosmosClient(options);
  const database = client.database('github-repo-stats');
  const create = async (key: ContainerKey): Promise<Container> =>
    (await database.containers.create(containerDefinition(key, key))).container;
  containers = {
    runInfo: database.container('run-info'),
    pace: database.container('pace'),
    repoStats: await create('repoStats'),
    repos: await create('repos'),
  };
  store = apiStore(containers);
});
afterAll(async () => {
  client.dispose();
  await embedded.close();
});

describe('the history of a repository', () => {
  it('is that of its name alone, not of names that begin alike', async () => {
    await stored('a/b', 'R_b', [3, 2, 1]);
    await stored('a/b.c', 'R_bc', [2]);
    await stored('a/b.1795459801', 'R_b1', [2]);
    const { points, latest } = await history('a/b', 30);
    expect(points.map(({ repo, stars }) => [repo, stars])).toEqual([997, 998, 999].map((n) => ['a/b', n]));
    expect(latest).toMatchObject({ repo: 'a/b', stars: 999 });
  });

  it('costs what is shown, not what there is', async () => {
    await stored(
      'a/old',
      'R_old',
      Array.from({ length: 200 }, (_, i) => i),
    );
    charged = 0;
    expect((await history('a/old', 4)).points).toHaveLength(5);
    const short = charged;
    charged = 0;
    expect((await history('a/old', 199)).points).toHaveLength(200);
    expect(short).toBeLessThan(20);
    expect(charged).toBeGreaterThan(200);
  });

  it('has null for what the first generation did not count, and its time by its run', async () => {
    await containers.repoStats.items.create({
      id: statsId('a/first', runOf(9)),
      repo: 'a/first',
      isArchived: false,
      isTemplate: false,
      repoUpdatedAt: atOf(10),
      openIssues: 1,
      closedIssues: 2,
      totalIssues: 3,
      openPRs: 4,
      closedPRs: 5,
      mergedPRs: 6,
      totalPRs: 3,
      stars: 7,
    });
    expect(await history('a/first', 30)).toMatchObject({
      repo: 'a/first',
      firstSeenAt: null,
      latest: null,
      names: [],
      points: [{ runId: runOf(9), at: atOf(9), stars: 7, mergedPRs: 6, forks: null }],
    });
    await stored('a/first', 'R_first', [1]);
    const { points, latest } = await history('a/first', 30);
    expect(points.map(({ forks }) => forks)).toEqual([null, 1048]);
    expect(latest).toMatchObject({ change: { previous: null, d7: null, d30: null } });
  });

  it('follows a repository through its names, and keeps off who has one of them now', async () => {
    await stored('a/one', 'R_moved', [9, 8]);
    await stored('b/two', 'R_moved', [7, 6]);
    // The name changed hands.
    await stored('a/one', 'R_other', [2, 1]);
    const present = [{ is: true, runId: runOf(9) }];
    const archived = [{ is: false, runId: runOf(9) }];
    await known({
      repoId: 'R_moved',
      names: [
        { is: 'a/one', runId: runOf(9) },
        { is: 'b/two', runId: runOf(7) },
      ],
      archived,
      present: [...present, { is: false, runId: runOf(5) }],
    });
    await known({ repoId: 'R_other', names: [{ is: 'a/one', runId: runOf(2) }], archived, present });
    const moved = await history('b/two', 30);
    expect(moved.points.map(({ runId }) => runId)).toEqual([9, 8, 7, 6].map(runOf));
    expect(moved).toMatchObject({
      repo: 'b/two',
      goneSince: atOf(5),
      archivedSince: null,
      names: [{ repo: 'a/one' }, { repo: 'b/two', since: atOf(7) }],
    });
    const other = await history('a/one', 30);
    expect(other.points.map(({ runId }) => runId)).toEqual([2, 1].map(runOf));
    expect(other).toMatchObject({ repo: 'a/one', goneSince: null });
  });

  it('tells the last numbers of one that is gone for longer than was asked for', async () => {
    await stored('a/gone', 'R_gone', [300, 299]);
    expect(await history('a/gone', 30)).toMatchObject({
      points: [],
      asOf: atOf(299),
      latest: { stars: 701 },
    });
  });

  it('is a problem in words where nothing is known', async () => {
    await expect(history('a/nothing', 30)).rejects.toMatchObject({ status: 404 });
  });
});

it('the latest run is found for the price of a few summaries, however many there are', async () => {
  for (let days = 1; days <= 60; days++)
    await containers.runInfo.items.create({
      id: 'summary.1',
      runId: runOf(days),
      type: 'summary',
      revision: 1,
      status: 'completed',
      endedAt: atOf(days),
      padding: 'x'.repeat(20_000),
    });
  charged = 0;
  expect((await new KnownRuns(store, () => 0).now()).latest).toMatchObject({ runId: runOf(1), revision: 1 });
  expect(charged).toBeLessThan(20);
});
