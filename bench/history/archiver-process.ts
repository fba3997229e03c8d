/** The archiver's own work as a process that can be killed: archives and forgets runs when it is told to, and dies at the effect that it is told. */
import { openBlobs, type Blobs } from '@github-repo-stats/shared/clients/blobs';
import { openCosmos } from '@github-repo-stats/shared/clients/cosmos';
import { unpaced } from '@github-repo-stats/shared/cosmos/request-units';
import { CONTAINERS } from '@github-repo-stats/shared/topology';
import { archiveRun } from '../../services/archiver/src/archive-run.ts';
import { forgetRun } from '../../services/archiver/src/forget-run.ts';
import { statsReader } from '../../services/archiver/src/read-stats.ts';
import { archiveStore, runsToArchive, runsToForget } from '../../services/archiver/src/store.ts';

export interface Order {
  work: 'archive' | 'forget';
  /** Epoch second, by the clock of the simulated year. */
  now: number;
  /** Runs that began within these are looked for. */
  since: number;
  before: number;
  death: Death | undefined;
}
/** At the n-th effect from the beginning of the order, counted from 0: a write of a blob or a document, or a group of them. */
export interface Death {
  nth: number;
  when: 'before' | 'after';
}
export interface Done {
  /** By run, how it ended. */
  results: Record<string, string>;
  effects: number;
}

const { CosmosDB_Endpoint = '', CosmosDB_PrimaryKey, Archive_Url, Archive_Key } = process.env;
const { repoStats, runInfo } = openCosmos(
  {
    CosmosDB_Endpoint,
    CosmosDB_PrimaryKey,
    CosmosDB_DBName: 'github-repo-stats',
    CosmosDB_DataContainerName: CONTAINERS.repoStats.defaultName,
    CosmosDB_RunInfoContainerName: CONTAINERS.runInfo.defaultName,
  },
  9,
);

let effects = 0;
let death: Death | undefined;
async function effect<T>(work: () => Promise<T>): Promise<T> {
  const isHere = death?.nth === effects++;
  if (isHere && death?.when === 'before') process.kill(process.pid, 'SIGKILL');
  const done = await work();
  if (isHere) process.kill(process.pid, 'SIGKILL');
  return done;
}

let now = 0;
const blobs = openBlobs({ Archive_Url, Archive_Key });
const mortalBlobs: Blobs = {
  ...blobs,
  write: (...of) => effect(() => blobs.write(...of)),
  remove: (path) => effect(() => blobs.remove(path)),
};
const store = archiveStore(runInfo);
const stats = statsReader(repoStats, {
  pacer: unpaced(),
  sleep: () => Promise.resolve(),
  mayGoOn: () => effect(() => Promise.resolve()),
});
const deps = {
  blobs: mortalBlobs,
  stats,
  store: {
    ...store,
    createMark: (mark) => effect(() => store.createMark(mark)),
    changeMark: (mark, change) => effect(() => store.changeMark(mark, change)),
    expire: (runId, id, ttl) => effect(() => store.expire(runId, id, ttl)),
    dropList: (runId, revision) => effect(() => store.dropList(runId, revision)),
  } satisfies typeof store,
  now: () => new Date(now * 1000),
  log: () => undefined,
};

async function obey(order: Order): Promise<Done> {
  ({ now, death } = order);
  effects = 0;
  const results: Done['results'] = {};
  if (order.work === 'archive')
    for (const runId of await runsToArchive(runInfo, order.since))
      if (Number(runId) < order.before) results[runId] = await archiveRun(runId, deps);
  if (order.work === 'forget')
    for (const runId of await runsToForget(runInfo, order.before))
      results[runId] = await forgetRun(runId, deps);
  return { results, effects };
}

async function answer(order: Order): Promise<void> {
  process.send?.(await obey(order));
}
process.on('message', (order: Order) => void answer(order));
