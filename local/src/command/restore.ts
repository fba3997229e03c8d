/** `restore`: puts an archived run back, into the database of a data folder or, by the settings, into a deployed one. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBlobs } from '@github-repo-stats/shared/clients/blobs';
import { openCosmos } from '@github-repo-stats/shared/clients/cosmos';
import { paced, unpaced } from '@github-repo-stats/shared/cosmos/request-units';
import { readSettings, SettingsError } from '@github-repo-stats/shared/settings';
import { writeBudget } from '@github-repo-stats/shared/write-budget';
import { openDataFolder } from '../platform/data-folder.ts';
import { UserError } from '../platform/user-error.ts';
import { readUserSettings, settingOf } from '../platform/user-settings.ts';
import type { Arguments } from './arguments.ts';
import { restoreRun, type Restored } from './restore-run.ts';
import { shownPath } from './start-up.ts';
import { count } from './words.ts';

/** @throws UserError for what the user can put right. */
export async function restore({ run = '', data, azure, json }: Arguments): Promise<number> {
  const restored = azure ? await inAzure(run) : await inFolder(run, data);
  const { rows, there, requestUnits } = restored;
  if (json) console.log(JSON.stringify({ runId: run, ...restored }));
  else
    console.log(
      `Run ${run} is back: ${count(rows)} repositories, ${count(there)} of them were there; ${count(requestUnits)} RU.`,
    );
  return 0;
}

/** The platform's database and Azurite alone: no app must see half of it. */
async function inFolder(runId: string, path: string): Promise<Restored> {
  if (!existsSync(path)) throw new UserError([`There is no data folder ${shownPath(path)}.`]);
  const data = openDataFolder(path);
  const closing: (() => unknown)[] = [() => data.release()];
  try {
    if (!existsSync(data.azurite))
      throw new UserError([`Data folder ${shownPath(path)} has no archive: nothing was run with --archive.`]);
    const user = readUserSettings(process.env, process.cwd());
    const [{ startCosmos }, { startAzurite }, { CosmosClient }, { createContainers }] = await Promise.all([
      import('../cosmos/server.ts'),
      import('../azurite/server.ts'),
      import('@azure/cosmos'),
      import('../platform/containers.ts'),
    ]);
    const cosmos = await startCosmos({ dataFile: data.cosmosFile, port: 0 });
    closing.push(() => cosmos.close());
    const azurite = await startAzurite({ directory: data.azurite, port: 0 });
    closing.push(() => azurite.close());
    const client = new CosmosClient({ endpoint: cosmos.endpoint, key: cosmos.key });
    closing.push(() => client.dispose());
    const { repoStats } = await createContainers(client, settingOf('CosmosDB_DBName', user), user);
    return await restoreRun(runId, {
      blobs: openBlobs({ Archive_Url: azurite.url, Archive_Key: azurite.key }),
      repoStats,
      pacer: unpaced(),
      sleep: (ms) => sleep(ms),
    });
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

async function inAzure(runId: string): Promise<Restored> {
  const settings = settingsOfAzure();
  const { ruPerSecond, ruPerWrite } = writeBudget(settings);
  const monotonic = (): number => performance.now();
  const clock = { monotonic, sleep: (ms: number) => sleep(ms) };
  return restoreRun(runId, {
    blobs: openBlobs(settings),
    repoStats: openCosmos(settings, 0).repoStats,
    pacer: ruPerSecond === undefined ? unpaced() : paced(ruPerSecond, ruPerWrite, clock),
    sleep: clock.sleep,
  });
}

function settingsOfAzure() {
  const needed = ({ Archive_Url }: { Archive_Url?: string | undefined }) =>
    Archive_Url === undefined ? 'Archive_Url: is not set' : undefined;
  try {
    return readSettings(
      [
        'CosmosDB_Endpoint',
        'CosmosDB_PrimaryKey',
        'CosmosDB_DBName',
        'CosmosDB_DataContainerName',
        'CosmosDB_RunInfoContainerName',
        'CosmosDB_ServerlessMode',
        'CosmosDB_ProvisionedThroughput',
        'CosmosDB_RU_NeededForEachWrite',
        'Archive_Url',
        'Archive_Key',
      ],
      process.env,
      [needed],
    );
  } catch (error) {
    throw error instanceof SettingsError ? new UserError(error.message.split('\n')) : error;
  }
}
