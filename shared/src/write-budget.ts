/**
 * How the statistics are written: everything that follows from the request units that writing may use. Infrastructure and the
 * embedded platform give these settings and run the writer by what follows from them, the writer keeps to it.
 */

/** The settings that decide. */
export interface WriteSettings {
  CosmosDB_ServerlessMode: boolean;
  /** RU per second that writing may use; without meaning in serverless mode. */
  CosmosDB_ProvisionedThroughput: number;
  /** RU of one write. */
  CosmosDB_RU_NeededForEachWrite: number;
}

export interface WriteBudget {
  /** RU per second that all instances together may use; undefined without a budget. */
  ruPerSecond: number | undefined;
  /** RU of one write, until real charges are known. */
  ruPerWrite: number;
  /** Sessions of the write queue, and so batches that can be written at a time, over all instances. */
  lanes: number;
  /** Documents of one batch that are in flight at a time. */
  parallel: number;
}

const SERVERLESS_LANES = 4;
/** So many are in flight that the budget is used up even if each takes so long; Cosmos DB answers in a tenth of that. */
const SECONDS_IN_FLIGHT = 0.1;
/** A batch has no more. */
const MOST_PARALLEL = 100;

/** Batches fetched ahead: none, since what the writer saves up while it fetches the next one makes up for the time. */
export const WRITE_PREFETCH = 0;

/** With a budget there is one lane, so that the budget is exact however many instances run. */
export const writeLanes = (serverless: boolean): number => (serverless ? SERVERLESS_LANES : 1);

export function writeBudget(settings: WriteSettings): WriteBudget {
  const { CosmosDB_ServerlessMode: serverless, CosmosDB_RU_NeededForEachWrite: ruPerWrite } = settings;
  const lanes = writeLanes(serverless);
  // A whole batch, which goes in one request: what Cosmos DB throttles of it is waited out.
  if (serverless) return { ruPerSecond: undefined, ruPerWrite, lanes, parallel: MOST_PARALLEL };
  const ruPerSecond = settings.CosmosDB_ProvisionedThroughput;
  const inFlight = Math.ceil((ruPerSecond * SECONDS_IN_FLIGHT) / ruPerWrite / lanes);
  return { ruPerSecond, ruPerWrite, lanes, parallel: Math.min(MOST_PARALLEL, inFlight) };
}
