/** How the writer's requests for single documents go together, in the embedded Cosmos DB with the real SDK. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient, type Container } from '@azure/cosmos';
import { startCosmos, type CosmosServer } from '@github-repo-stats/local/cosmos/server';
import { standing } from '@github-repo-stats/local/faults/standing.fixture';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { gathered, type Answer, type Gathered } from '../shared/src/cosmos/gathered.ts';

const faults = standing('cosmos');
let folder: string;
let server: CosmosServer;
let client: CosmosClient;
let container: Container;
let writes: Gathered;
let reads: Gathered;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gathered-'));
  server = await startCosmos({ dataFile: join(folder, 'cosmos.db'), faults: faults.plan });
  client = new CosmosClient({
    endpoint: server.endpoint,
    key: server.key,
    connectionPolicy: {
      retryOptions: { maxRetryAttemptCount: 0, fixedRetryIntervalInMilliseconds: 0, maxWaitTimeInSeconds: 1 },
    },
  });
  const { database } = await client.databases.create({ id: 'stats' });
  ({ container } = await database.containers.create({ id: 'documents', partitionKey: '/pk' }));
  writes = gathered(container, { keepsWritten: false });
  reads = gathered(container, { keepsWritten: true });
});
afterAll(async () => {
  client.dispose();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => faults.order());

const create = (id: string, size = 1): Promise<Answer> =>
  writes.send({
    operationType: 'Create',
    partitionKey: id,
    resourceBody: { id, pk: id, x: 'x'.repeat(size) },
  });
const read = (id: string): Promise<Answer> => reads.send({ operationType: 'Read', partitionKey: id, id });
/** How many bulk requests there were since, counted by an order that holds each up for a moment. */
function counting(): () => number {
  faults.order({ operation: 'batch', fault: { delayMs: 1 }, rate: 1 });
  const before = faults.hits.length;
  return () => faults.hits.length - before;
}
const names = (prefix: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
const statuses = (answers: Answer[]): number[] => answers.map((a) => a.status);

describe('requests of one moment', () => {
  it('go together, and each has its answer, its charge and its document', async () => {
    const requests = counting();
    await create('there');
    const answers = await Promise.all(['new-a', 'there', 'new-b'].map((id) => create(id)));
    expect(statuses(answers)).toEqual([201, 409, 201]);
    expect(requests()).toBe(2);
    const alone = await container.items.create({ id: 'alone', pk: 'alone', x: 'x' });
    expect(answers[0]!.ru).toBe(alone.requestCharge);
    const found = await Promise.all(['there', 'nowhere'].map(read));
    expect(found).toMatchObject([
      { status: 200, ru: 1, document: { id: 'there', x: 'x' } },
      { status: 404, ru: 1 },
    ]);
    expect(found[0]!.etag).toBe((await container.item('there', 'there').read()).etag);
  });

  it('are a hundred at most, the rest goes in another request', async () => {
    const requests = counting();
    const answers = await Promise.all(names('many-', 230).map((id) => create(id)));
    expect(new Set(statuses(answers))).toEqual(new Set([201]));
    expect(requests()).toBe(3);
  });

  it('are divided when together they are too large', async () => {
    const answers = await Promise.all(names('large-', 5).map((id) => create(id, 900_000)));
    expect(statuses(answers)).toEqual([201, 201, 201, 201, 201]);
  });

  it('replace only what nobody changed', async () => {
    await create('changed');
    const replace = (ifMatch: string): Promise<Answer> =>
      writes.send({
        operationType: 'Replace',
        partitionKey: 'changed',
        id: 'changed',
        resourceBody: { id: 'changed', pk: 'changed' },
        ifMatch,
      });
    const { etag } = await read('changed');
    expect(await replace('"other"')).toMatchObject({ status: 412 });
    expect(await replace(etag!)).toMatchObject({ status: 200 });
  });
});

describe('a request that is not carried out', () => {
  it('because of one of its operations is made again for each by itself', async () => {
    faults.order({ operation: 'batch', id: 'bad', fault: { status: 413 }, rate: 1 });
    expect(statuses(await Promise.all(['good-a', 'bad', 'good-b'].map((id) => create(id))))).toEqual([
      201, 413, 201,
    ]);
  });

  it.each([429, 449] as const)('for the moment (%i) puts each of its operations off', async (status) => {
    faults.order({ operation: 'batch', fault: { status, retryAfterMs: 321 } });
    const answers = await Promise.all(['off-a', 'off-b'].map((id) => create(`${id}-${status}`)));
    expect(answers).toMatchObject([
      { status, retryAfterMs: 321 },
      { status, retryAfterMs: 321 },
    ]);
    expect(await read(`off-a-${status}`)).toMatchObject({ status: 404 });
  });

  it.each([500, 503] as const)(
    'because Cosmos DB is away (%i) fails as a single one does',
    async (status) => {
      faults.order({ operation: 'batch', fault: { status }, rate: 1 });
      const results = await Promise.allSettled(['away-a', 'away-b'].map((id) => create(id)));
      expect(results).toMatchObject([
        { status: 'rejected', reason: { code: status } },
        { status: 'rejected', reason: { code: status } },
      ]);
    },
  );

  it('because its container is gone says so', async () => {
    const { database } = container;
    const { container: lost } = await database.containers.create({ id: 'lost', partitionKey: '/pk' });
    const ofLost = gathered(lost, { keepsWritten: false });
    const one = { operationType: 'Create', partitionKey: 'a', resourceBody: { id: 'a', pk: 'a' } } as const;
    await ofLost.send(one);
    await lost.delete();
    await expect(ofLost.send(one)).rejects.toMatchObject({ code: 404, substatus: 1003 });
  });
});
