/** Measures one run of the first generation's schedule. */
import type { Container } from '@azure/cosmos';
import { CONTAINERS, containerDefinition } from '@github-repo-stats/shared/topology';
import type { Pipeline } from '../../test/pipeline.ts';
import type { Fault } from './faults.ts';
import { githubClient } from './github-client.ts';
import type { Host } from './host.ts';
import { githubUse, type Measured } from './measured.ts';
import { noticesTo } from './notices.ts';
import { runSchedule } from './schedule.ts';
import { openPlatform, OWNER, THROUGHPUT, type World } from './settings.ts';
import { sleep } from './sleep.ts';
import type { Document } from './statistics-query.ts';
import { Store } from './store.ts';
import { Timeline } from './timeline.ts';

export interface BaselineOptions extends World, Pick<Fault, 'happen'> {
  side: string;
  host: Host;
  /** When an endless run is stopped. */
  stopAfterSeconds?: number;
}

export interface BaselineMeasured extends Measured {
  timeline: Timeline;
  /** RU of the same documents with our index policy. */
  requestUnitsIndexedAsOurs: number;
}

const DATA = 'first-repo-stats';
const RUN_INFO = 'first-run-info';
const AS_OURS = 'first-repo-stats-indexed-as-ours';

/** Nothing in the first generation sets an index policy, so everything is indexed. Its run-info is as unthrottled as ours. */
async function createContainers(pipeline: Pipeline): Promise<{ database: string; asOurs: Container }> {
  const { database } = pipeline.supervisor.containers.repoStats;
  const partitionKey = CONTAINERS.repoStats.partitionKey;
  await database.containers.create({ id: DATA, partitionKey, throughput: THROUGHPUT });
  await database.containers.create({ id: RUN_INFO, partitionKey: '/date' });
  const { container } = await database.containers.create(containerDefinition('repoStats', AS_OURS));
  return { database: database.id, asOurs: container };
}

export async function baselineRun(options: BaselineOptions): Promise<BaselineMeasured> {
  const { side, host, stopAfterSeconds } = options;
  const pipeline = await openPlatform(options, false);
  const stop = new AbortController();
  const { signal } = stop;
  try {
    const {
      cosmosEndpoint: endpoint,
      cosmosKey: key,
      githubUrl = '',
      ...sinks
    } = pipeline.supervisor.addresses;
    const { database, asOurs } = await createContainers(pipeline);
    const store = new Store({ endpoint, key, database, host, signal });
    const timeline = new Timeline(host, signal);
    const stored: Document[] = [];
    let failures = 0;
    await options.happen?.(pipeline);
    const deadline = stopAfterSeconds && setTimeout(() => stop.abort(), stopAfterSeconds * 1000);
    const from = performance.now();
    const finished = await runSchedule(
      { organisations: [OWNER], individual: [] },
      {
        github: githubClient(githubUrl, signal),
        store,
        notices: noticesTo(sinks, signal),
        timeline,
        sleep: (pause) => sleep(pause, signal),
        signal,
        data: DATA,
        runInfo: RUN_INFO,
        onStored: (document) => stored.push(document),
        onFailure: () => failures++,
      },
    ).then(
      () => true,
      (error: unknown) => {
        if (signal.aborted) return false;
        throw error;
      },
    );
    const seconds = (performance.now() - from) / 1000;
    clearTimeout(deadline);
    return {
      side,
      finished,
      seconds,
      github: await githubUse(pipeline),
      requestUnits: store.charges.get(DATA) ?? 0,
      requestUnitsIndexedAsOurs: await chargeOf(stored, asOurs),
      stored: stored.length,
      failures,
      timeline,
    };
  } finally {
    await pipeline.stop();
  }
}

/** How many documents are priced; the charges of all are alike. */
const PRICED = 195;

async function chargeOf(documents: readonly Document[], container: Container): Promise<number> {
  const priced = documents.slice(0, PRICED);
  let charge = 0;
  for (const document of priced) charge += (await container.items.create(document)).requestCharge;
  return priced.length === 0 ? 0 : (charge / priced.length) * documents.length;
}
