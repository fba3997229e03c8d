/** What the writer makes of the answers of Cosmos DB, over the wire: put off (429, 449), refused for good, or away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient, type Container } from '@azure/cosmos';
import { startCosmos, type CosmosServer } from '@github-repo-stats/local/cosmos/server';
import { standing } from '@github-repo-stats/local/faults/standing.fixture';
import { createContainers } from '@github-repo-stats/local/platform/containers';
import { openCosmos } from '@github-repo-stats/shared/clients/cosmos';
import type { Outcome, RepoStats } from '@github-repo-stats/shared/documents';
import { outcomeId, planOfBatch, statsId } from '@github-repo-stats/shared/ids';
import { WriteStats } from '@github-repo-stats/shared/messages';
import { complete, isOutage } from '@github-repo-stats/shared/settlement';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { paced } from '../shared/src/cosmos/request-units.ts';
import { memoryKnown, BATCH_ID, statsOf } from '../services/writer/src/stats.fixture.ts';
import { outcomeStore, statsStore } from '../services/writer/src/store.ts';
import { writeBatch, type WriterDeps } from '../services/writer/src/write-batch.ts';

const NAMES = ['o/a', 'o/b', 'o/c'];
const DATABASE = 'stats';
const faults = standing('cosmos');
let server: CosmosServer;
let client: CosmosClient;
let runInfo: Container;
let deps: WriterDeps;
let folder: string;
let runId = 1611000000;
let pauses: number[];
let logged: unknown[][];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refused-writes-'));
  server = await startCosmos({ dataFile: join(folder, 'cosmos.db'), faults: faults.plan });
  const { endpoint, key } = server;
  client = new CosmosClient({ endpoint, key });
  ({ runInfo } = await createContainers(client, DATABASE, { values: new Map() }));
});
afterAll(async () => {
  client.dispose();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  runId++;
  const { endpoint, key } = server;
  const settings = { CosmosDB_Endpoint: endpoint, CosmosDB_PrimaryKey: key, CosmosDB_DBName: DATABASE };
  const names = { CosmosDB_DataContainerName: 'repo-stats', CosmosDB_RunInfoContainerName: 'run-info' };
  const { repoStats } = openCosmos({ ...settings, ...names }, 0);
  pauses = [];
  logged = [];
  const sleep = (ms: number): Promise<void> => Promise.resolve(void pauses.push(ms));
  deps = {
    store: statsStore(repoStats),
    outcomes: outcomeStore(runInfo),
    pacer: paced(1_000_000, 6, { monotonic: () => performance.now(), sleep: () => Promise.resolve() }),
    sleep,
    rows: { update: () => Promise.resolve() },
    known: memoryKnown().known,
    sights: { note: () => Promise.resolve() },
    earlierRuns: () => Promise.resolve({}),
    parallel: 2,
    budget: undefined,
    log: (...entry) => void logged.push(entry),
  };
  const repos = NAMES.map((nameWithOwner) => ({ nameWithOwner }));
  const batches = [{ batchId: BATCH_ID, repos }];
  await runInfo.items.create({ id: planOfBatch(BATCH_ID)!, runId: String(runId), batches });
});
afterEach(() => faults.order());

const documentOf = (repo: string): RepoStats => ({
  ...statsOf(repo),
  id: statsId(repo, String(runId)),
  runId: String(runId),
});
const write = () =>
  writeBatch(
    WriteStats.parse({
      runId: String(runId),
      batchId: BATCH_ID,
      attempt: 1,
      stats: NAMES.map((name) => ({ name, document: documentOf(name) })),
      failures: [],
      cost: { calls: 1, points: 1, seconds: 1 },
    }),
    deps,
  );
const outcome = async (): Promise<Outcome | undefined> =>
  (await runInfo.item(outcomeId(BATCH_ID), String(runId)).read<Outcome>()).resource;
const aimed = { operation: 'create', container: 'repo-stats', id: 'o.b.*' } as const;
const created = { state: 'created', attempt: 1 };

describe('a write that Cosmos DB puts off', () => {
  it.each([
    ['429, for as long as it says', { status: 429, retryAfterMs: 1234 }, 1234, 0.38],
    ['429, for a second when it does not say', { status: 429 }, 1000, 0.38],
    ['449, for as long as it says', { status: 449, retryAfterMs: 7 }, 7, 0],
    ['449, for a moment when it does not say', { status: 449 }, 10, 0],
  ] as const)('is made again after %s, and what it cost counts', async (_, fault, pause, ru) => {
    faults.order({ ...aimed, fault, times: 3 });
    expect(await write()).toEqual(complete);
    expect(pauses).toEqual([pause, pause, pause]);
    expect(await outcome()).toMatchObject({ created: 3, failed: 0 });
    expect((await outcome())!.ru - 3 * ru).toBeCloseTo(3 * 5.9, 0);
    const throttled = fault.status === 429 ? 3 : 0;
    expect(logged).toMatchObject([['info', 'batch written', { throttled }]]);
  });

  it('waits in its queue when that takes minutes, and loses nothing', async () => {
    faults.order({ ...aimed, fault: { status: 429, retryAfterMs: 300_000 } });
    const error: unknown = await write().catch((e: unknown) => e);
    expect(isOutage(error)).toBe(true);
    expect(error).toHaveProperty('message', 'Cosmos DB still answers 429, and asks to wait 300000 ms more');
    expect([await outcome(), pauses]).toEqual([undefined, []]);
    expect(await write()).toEqual(complete);
    expect(await outcome()).toMatchObject({ created: 3, failed: 0, duplicate: 0 });
  });
});

describe('a document that Cosmos DB refuses for good', () => {
  it.each([
    ['is not well-formed', { status: 400 }],
    ['is too large', { status: 413 }],
    ['belongs to a partition that is full', { status: 403, substatus: 1014 }],
  ] as const)('because it %s fails its repository alone', async (_, fault) => {
    faults.order({ ...aimed, fault });
    expect(await write()).toEqual(complete);
    const detail = `${fault.status}: Ordered to fail with ${fault.status}.`;
    expect((await outcome())?.entries).toEqual({
      'o/a': created,
      'o/b': {
        state: 'failed',
        attempt: 1,
        reason: 'storage',
        detail: expect.stringContaining(detail) as string,
      },
      'o/c': created,
    });
    expect(logged[0]).toMatchObject(['warn', 'document refused', { repository: 'o/b' }]);
  });

  it('is so when it has more than 2 MB', async () => {
    const large = { ...documentOf('o/a'), language: 'x'.repeat(2 * 1024 * 1024) };
    const refused = { kind: 'refused', detail: expect.stringMatching(/^413: /) as string };
    expect(await deps.store.create(large)).toMatchObject(refused);
  });
});

it.each([{ status: 403 }, { status: 503 }, { status: 500 }, { status: 408 }] as const)(
  'an answer that passes (%o) fails no repository: the batch comes again',
  async (fault) => {
    faults.order({ ...aimed, fault, rate: 1 });
    const error: unknown = await write().catch((e: unknown) => e);
    expect(isOutage(error)).toBe(true);
    expect(await outcome()).toBeUndefined();
    faults.order();
    expect(await write()).toEqual(complete);
    expect(await outcome()).toMatchObject({ created: 3, failed: 0, duplicate: 0 });
  },
);
