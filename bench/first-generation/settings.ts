/** What both sides of the comparison run on: a GitHub as slow as the published calls, and answers of Cosmos DB, mail and event that take as long for each. */
import { Pipeline } from '../../test/pipeline.ts';

export const OWNER = 'acme';
export const THROUGHPUT = 400;

/** Of a timed-out call, GitHub's seconds. */
export const TIMEOUT_SECONDS = 10.3;

/**
 * The published calls of 65 repositories took 4.6 s in the mean: with 0.3 s per call 66.6 ms per repository of eight counts, which are
 * 43.7 ms for five in the simulator's proportions (15 : 20). Eight listing calls took 3.649 s.
 */
export const SECONDS_PER_CALL = 0.3;
export const SECONDS_OF_EIGHT_COUNTS = 0.0666;
export const SECONDS_OF_FIVE_COUNTS = (SECONDS_OF_EIGHT_COUNTS * (15 + 5 * 20)) / (15 + 8 * 20);
export const SECONDS_PER_LISTING = 0.456;

/** These, as settings of the simulator. */
export const PUBLISHED_LATENCY = {
  Simulator_SecondsPerCall: String(SECONDS_PER_CALL),
  Simulator_SecondsPerRepository: SECONDS_OF_FIVE_COUNTS.toFixed(6),
  Simulator_SecondsPerListing: String(SECONDS_PER_LISTING),
  // Of a run of six calls the load would decide who is faster.
  Simulator_LoadSpread: '0',
};

/** Simulated latencies of both sides: of an operation of Cosmos DB within a region, and of the published run's mails and event. */
export const COSMOS_MS = 10;
export const MAIL_MS = 396;
export const EVENT_MS = 475;

export interface World {
  repositories: number;
  /** The share of very slow repositories. */
  giantShare?: number | undefined;
}

/** @param apps whether our apps run as well; the baseline needs the rest alone. */
export async function openPlatform(
  { repositories, giantShare = 0 }: World,
  apps: boolean,
): Promise<Pipeline> {
  const pipeline = await Pipeline.start({
    world: { repositories, owners: [{ login: OWNER }] },
    settings: {
      CosmosDB_ServerlessMode: 'false',
      CosmosDB_ProvisionedThroughput: String(THROUGHPUT),
      Simulator_Latency: 'github',
      ...PUBLISHED_LATENCY,
      Simulator_GiantShare: String(giantShare),
      Simulator_Stargazers: 'allowed',
    },
    withoutApps: !apps,
  });
  const { faults } = pipeline.supervisor;
  await faults.order('cosmos', [{ fault: { delayMs: COSMOS_MS }, rate: 1 }]);
  await faults.order('sinks', [
    { sink: 'send-grid', fault: { delayMs: MAIL_MS }, rate: 1 },
    { sink: 'event-grid', fault: { delayMs: EVENT_MS }, rate: 1 },
  ]);
  return pipeline;
}
