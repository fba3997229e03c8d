/** The throughput that the container of the statistics is given for a budget. */
import { CosmosClient } from '@azure/cosmos';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCosmos, type CosmosServer } from '../cosmos/server.ts';
import { createContainers } from './containers.ts';

let folder: string;
let server: CosmosServer;
let client: CosmosClient;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'containers-'));
  server = await startCosmos({ dataFile: join(folder, 'cosmos.db') });
  client = new CosmosClient({ endpoint: server.endpoint, key: server.key });
});
afterAll(async () => {
  client.dispose();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

it.each([
  ['as much as it is', 1000, 1000],
  ['the least there is, when it is below that', 100, 400],
  ['the next hundred, when it lies between two', 450, 500],
  ['none without a budget', undefined, undefined],
])('is %s', async (_, budget, throughput) => {
  const name = `budget-${budget}`;
  const { repoStats, runInfo } = await createContainers(client, name, { values: new Map() }, budget);
  const offerOf = async (container: typeof repoStats) =>
    (await container.readOffer()).resource?.content?.offerThroughput;
  expect([await offerOf(repoStats), await offerOf(runInfo)]).toEqual([throughput, undefined]);
});
