/** `restore`: puts an archived run back, into the database of a data folder or, by the settings, into a deployed one. */
import { UserError } from '../platform/user-error.ts';
import { placeBySettings, placeInFolder } from './archive-place.ts';
import type { Arguments } from './arguments.ts';
import { restoreRun, type Restored } from './restore-run.ts';
import { shownPath } from './start-up.ts';
import { count } from './words.ts';

/** @throws UserError for what the user can put right. */
export async function restore({ run = '', data, azure, json }: Arguments): Promise<number> {
  const restored = await restoredFrom(run, data, azure);
  const { rows, there, requestUnits } = restored;
  if (json) console.log(JSON.stringify({ runId: run, ...restored }));
  else
    console.log(
      `Run ${run} is back: ${count(rows)} repositories, ${count(there)} of them were there; ${count(requestUnits)} RU.`,
    );
  return 0;
}

async function restoredFrom(runId: string, data: string, azure: boolean): Promise<Restored> {
  const place = azure ? placeBySettings() : await placeInFolder(data);
  try {
    const { blobs } = place;
    if (!blobs)
      throw new UserError([`Data folder ${shownPath(data)} has no archive: nothing was run with --archive.`]);
    return await restoreRun(runId, { ...place, blobs });
  } finally {
    await place.close();
  }
}
