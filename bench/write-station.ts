/** Some instances of the writer's bundle over one embedded Cosmos DB with provisioned throughput, and one Service Bus; what Cosmos DB bills is sampled. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CosmosClient, type Container } from '@azure/cosmos';
import { ServiceBusClient } from '@azure/service-bus';
import { buildServices } from '@github-repo-stats/local/build/services';
import { throttledCharge } from '@github-repo-stats/local/cosmos/charge-table';
import { startCosmos, type CosmosServer } from '@github-repo-stats/local/cosmos/server';
import { appSettings, inheritedEnvironment } from '@github-repo-stats/local/platform/app-settings';
import { SupervisedChild } from '@github-repo-stats/local/platform/child';
import { createContainers } from '@github-repo-stats/local/platform/containers';
import { serviceBusConfig } from '@github-repo-stats/local/platform/service-bus-config';
import { readUserSettings } from '@github-repo-stats/local/platform/user-settings';
import { startServiceBus, type ServiceBusServer } from '@github-repo-stats/local/service-bus/server';
import type { Plan, RepoStats } from '@github-repo-stats/shared/documents';
import { batchId, planId, sourceId, statsId } from '@github-repo-stats/shared/ids';
import { writeEnvelope, type WriteStats } from '@github-repo-stats/shared/messages';
import { runOf } from '@github-repo-stats/shared/run.fixture';
import { CONTAINERS, QUEUES } from '@github-repo-stats/shared/topology';

const HOST = join(import.meta.dirname, '../local/src/function-host/main.ts');
const GOLDEN = join(import.meta.dirname, '../shared/src/golden/WriteStats.json');
const DATABASE = 'github-repo-stats';
const BATCH = 65;
const SOURCE = sourceId(1);
/** Nothing that the writer reads. */
const UNUSED = 'http://127.0.0.1:1/';
const SAMPLE_MS = 20;

/** What repo-stats was billed since its start, failed and throttled requests included. */
export interface Sample {
  /** Monotonic milliseconds. */
  at: number;
  ru: number;
  throttled: number;
  documents: number;
}

const { stats: golden } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as WriteStats;
const LIKE = golden[0]!.document;

export class WriteStation {
  readonly samples: Sample[] = [];
  readonly budget: number;
  /** The instance that wrote the last batch. */
  lastWriter: string | undefined;
  readonly #folder: string;
  readonly #cosmos: CosmosServer;
  readonly #serviceBus: ServiceBusServer;
  readonly #client: CosmosClient;
  readonly #runInfo: Container;
  readonly #writers: SupervisedChild[] = [];
  readonly #timer: NodeJS.Timeout;

  private constructor(
    budget: number,
    folder: string,
    servers: { cosmos: CosmosServer; serviceBus: ServiceBusServer },
    cosmos: { client: CosmosClient; runInfo: Container },
  ) {
    this.budget = budget;
    this.#folder = folder;
    this.#cosmos = servers.cosmos;
    this.#serviceBus = servers.serviceBus;
    this.#client = cosmos.client;
    this.#runInfo = cosmos.runInfo;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** @param budget RU/s for writing: all that repo-stats has, as far as it may have so little. */
  static async start(budget: number, instances: number): Promise<WriteStation> {
    const folder = await mkdtemp(join(tmpdir(), 'write-budget-'));
    const [cosmos, serviceBus, services] = await Promise.all([
      startCosmos({ dataFile: join(folder, 'cosmos.db') }),
      startServiceBus({ config: serviceBusConfig(), dataFile: join(folder, 'service-bus.db') }),
      buildServices(),
    ]);
    const user = readUserSettings(
      { CosmosDB_ServerlessMode: 'false', CosmosDB_ProvisionedThroughput: String(budget) },
      folder,
    );
    const client = new CosmosClient({ endpoint: cosmos.endpoint, key: cosmos.key });
    const { runInfo } = await createContainers(client, DATABASE, user, budget);
    const station = new WriteStation(budget, folder, { cosmos, serviceBus }, { client, runInfo });
    const settings = appSettings('writer', user, {
      serviceBusConnection: serviceBus.connectionString,
      cosmosEndpoint: cosmos.endpoint,
      cosmosKey: cosmos.key,
      cosmosConnection: cosmos.connectionString,
      eventGridEndpoint: UNUSED,
      sendGridEndpoint: UNUSED,
    });
    const bundle = services.find(({ name }) => name === 'writer')!.folder;
    const started = Array.from({ length: instances }, (_, i) => {
      const name = `writer-${i + 1}`;
      const env = { ...inheritedEnvironment(), ...settings, LOCAL_INSTANCE_ID: name };
      const state = join(folder, name);
      const child = new SupervisedChild({
        name,
        script: HOST,
        args: [bundle],
        env: () => ({ ...env, LOCAL_STATE_DIR: state }),
      });
      child.on('log', (record) => {
        if (record.message === 'batch written') station.lastWriter = name;
        else if (record.level === 'error') console.error(`${name}: ${record.message}`);
      });
      station.#writers.push(child);
      return child.start();
    });
    await Promise.all(started);
    return station;
  }

  /** Plans a run and puts its statistics into the queue, all at once. */
  async fill(run: {
    runId: string;
    repositories: number;
    /** That the messages are put into. */
    lanes: number;
    previousRunId: string | undefined;
  }): Promise<void> {
    const { runId, repositories, lanes, previousRunId } = run;
    await this.#runInfo.items.create(runOf({ id: runId, runId, ...(previousRunId && { previousRunId }) }));
    const sender = new ServiceBusClient(this.#serviceBus.connectionString);
    const queue = sender.createSender(QUEUES.write.name);
    for (let page = 1, left = repositories; left > 0; page++, left -= BATCH) {
      const id = batchId(SOURCE, page, 1);
      const names = Array.from({ length: Math.min(BATCH, left) }, (_, i) => `acme/repo-${page}-${i}`);
      await this.#runInfo.items.create(planOf(runId, page, id, names, left <= BATCH));
      await queue.sendMessages([writeEnvelope(messageOf(runId, id, names), lanes)]);
    }
    await sender.close();
  }

  /** Resolves when repo-stats has so many documents. */
  async stored(documents: number): Promise<void> {
    while ((this.samples.at(-1)?.documents ?? 0) < documents) await sleep(SAMPLE_MS);
  }

  /** Repositories of a run that have an outcome, by state, once there are so many. */
  async settled(runId: string, repositories: number): Promise<Record<string, number>> {
    for (;;) {
      const query = `SELECT SUM(c.created) AS created, SUM(c.failed) AS failed, SUM(c.duplicate) AS duplicate FROM c WHERE c.type = 'outcome'`;
      const { resources } = await this.#runInfo.items
        .query<Record<string, number>>(query, { partitionKey: runId })
        .fetchAll();
      const sums = resources[0] ?? {};
      if (Object.values(sums).reduce((sum, n) => sum + n, 0) >= repositories) return sums;
      await sleep(100);
    }
  }

  /** SIGKILL for the instance that wrote last; it is started again. Resolves when it listens again. */
  async kill(): Promise<void> {
    const writer = this.#writers.find(({ name }) => name === this.lastWriter)!;
    const back = new Promise((resolve) => writer.once('listening', resolve));
    writer.kill('SIGKILL');
    await back;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#writers.map((writer) => writer.stop()));
    this.#client.dispose();
    await Promise.all([this.#serviceBus.close(), this.#cosmos.close()]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #sample(): void {
    const stats = this.#cosmos.stats()[`${DATABASE}/${CONTAINERS.repoStats.defaultName}`]!;
    const { requestUnits, throttled, documents } = stats;
    // A 429 says that it cost something, though it draws nothing from the throughput.
    const ru = requestUnits + throttled * throttledCharge;
    this.samples.push({ at: performance.now(), ru, throttled, documents });
  }
}

function planOf(runId: string, page: number, id: string, names: string[], last: boolean): Plan {
  return {
    id: planId(SOURCE, page),
    runId,
    type: 'plan',
    sourceId: SOURCE,
    page,
    batches: [{ batchId: id, repos: names.map((nameWithOwner) => ({ nameWithOwner })) }],
    last,
    lastCount: last ? 1 : 0,
    planned: names.length,
    calls: 1,
    points: 1,
    seconds: 1,
  };
}

function messageOf(runId: string, id: string, names: string[]): WriteStats {
  const documentOf = (repo: string): RepoStats => ({
    ...LIKE,
    id: statsId(repo, runId),
    repo,
    runId,
    repoId: `R_${repo.replace(/\W/g, '_')}`,
    batchId: id,
  });
  return {
    runId,
    batchId: id,
    attempt: 1,
    wait: 0,
    stats: names.map((name) => ({ name, document: documentOf(name) })),
    failures: [],
    cost: { calls: 1, points: 1, seconds: 1 },
  };
}
