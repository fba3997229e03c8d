/** Where archive and database are: those of a data folder, which no platform may be using, or those that the settings name. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from '@azure/cosmos';
import type { AfterRunDeps } from '@github-repo-stats/analytics/after-run';
import { analysisPublisher } from '@github-repo-stats/analytics/completed-event';
import { COMMAND_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { openBlobs, type Blobs } from '@github-repo-stats/shared/clients/blobs';
import { openCosmos } from '@github-repo-stats/shared/clients/cosmos';
import { paced, unpaced, type RequestUnitPacer } from '@github-repo-stats/shared/cosmos/request-units';
import { readSettings, SettingsError } from '@github-repo-stats/shared/settings';
import { writeBudget } from '@github-repo-stats/shared/write-budget';
import { openDataFolder } from '../platform/data-folder.ts';
import { UserError } from '../platform/user-error.ts';
import { readUserSettings, settingOf } from '../platform/user-settings.ts';
import { shownPath } from './start-up.ts';

export interface ArchivePlace {
  /** Undefined where nothing was ever archived. */
  blobs: Blobs | undefined;
  repoStats: Container;
  runInfo: Container;
  pacer: RequestUnitPacer;
  sleep: (ms: number) => Promise<void>;
  /** What commands may keep of it on this machine. */
  cache: string;
  /** Tells the topic of the results of a run; undefined where events are switched off. */
  publisher(): Promise<AfterRunDeps['publish']>;
  close(): Promise<void>;
}

/** @throws UserError when there is no such folder, or a platform uses it. */
export async function placeInFolder(path: string): Promise<ArchivePlace> {
  if (!existsSync(path)) throw new UserError([`There is no data folder ${shownPath(path)}.`]);
  const data = openDataFolder(path);
  const closing: (() => unknown)[] = [() => data.release()];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).toReversed()) await one();
  };
  try {
    const user = readUserSettings(process.env, process.cwd());
    const [{ startCosmos }, { CosmosClient }, { createContainers }] = await Promise.all([
      import('../cosmos/server.ts'),
      import('@azure/cosmos'),
      import('../platform/containers.ts'),
    ]);
    // The platform's database and Azurite alone: no app must see half of it.
    const cosmos = await startCosmos({ dataFile: data.cosmosFile, port: 0 });
    closing.push(() => cosmos.close());
    let blobs: Blobs | undefined;
    if (existsSync(data.azurite)) {
      const { startAzurite } = await import('../azurite/server.ts');
      const azurite = await startAzurite({ directory: data.azurite, port: 0 });
      closing.push(() => azurite.close());
      blobs = openBlobs({ Archive_Url: azurite.url, Archive_Key: azurite.key });
    }
    const client = new CosmosClient({ endpoint: cosmos.endpoint, key: cosmos.key });
    closing.push(() => client.dispose());
    const { repoStats, runInfo } = await createContainers(client, settingOf('CosmosDB_DBName', user), user);
    const cache = data.analytics;
    const publisher = async () => {
      const real = settingOf('EventGridEndpoint', user);
      if (real !== undefined) return analysisPublisher(real, settingOf('EventGridKey', user));
      const { startEventGrid } = await import('../event-grid/server.ts');
      const topic = await startEventGrid({ directory: data.eventGrid, port: 0 });
      closing.push(() => topic.close());
      return analysisPublisher(topic.endpoint, cosmos.key);
    };
    return {
      blobs,
      repoStats,
      runInfo,
      pacer: unpaced(),
      sleep: (ms) => sleep(ms),
      cache,
      publisher,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const THROTTLE_RETRIES = 9;

/**
 * Of what is deployed, or of a platform that runs here.
 * @param cache a folder; else one for each archive, where the command is run.
 * @throws UserError for settings that cannot be used.
 */
export function placeBySettings(cache?: string): ArchivePlace {
  const settings = readPlaceSettings();
  const { ruPerSecond, ruPerWrite } = writeBudget(settings);
  const monotonic = (): number => performance.now();
  const clock = { monotonic, sleep: (ms: number) => sleep(ms) };
  const { hostname, pathname } = new URL(settings.Archive_Url ?? '');
  return {
    blobs: openBlobs(settings),
    // Of the statistics every charge counts; the rest is little.
    repoStats: openCosmos(settings, 0).repoStats,
    runInfo: openCosmos(settings, THROTTLE_RETRIES).runInfo,
    pacer: ruPerSecond === undefined ? unpaced() : paced(ruPerSecond, ruPerWrite, clock),
    sleep: clock.sleep,
    cache: cache ?? join('.data', 'analytics', `${hostname}${pathname}`.replace(/[^\w.-]+/g, '-')),
    publisher: () => {
      const { PublishToEventGrid: isOn, EventGridEndpoint: topic, EventGridKey: key } = settings;
      return Promise.resolve(isOn && topic !== undefined ? analysisPublisher(topic, key) : undefined);
    },
    close: () => Promise.resolve(),
  };
}

function readPlaceSettings() {
  const needed = ({ Archive_Url }: { Archive_Url?: string | undefined }) =>
    Archive_Url === undefined ? 'Archive_Url: is not set' : undefined;
  try {
    return readSettings(COMMAND_SETTINGS, process.env, [needed]);
  } catch (error) {
    throw error instanceof SettingsError ? new UserError(error.message.split('\n')) : error;
  }
}
