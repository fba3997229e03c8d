/** The sources that are deployed with the app: sources.json beside the bundle. */
import { readFileSync } from 'node:fs';
import { SettingsError } from '@github-repo-stats/shared/settings';
import { problemText, readSources } from '@github-repo-stats/shared/sources';

/**
 * @returns them in the form of sources.json.
 * @throws SettingsError with every problem and its line: an app that cannot collect anything is not to start.
 */
export function readShippedSources(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new SettingsError([`sources.json: cannot be read beside the bundle: ${(error as Error).message}`]);
  }
  const read = readSources(text);
  if ('problems' in read)
    throw new SettingsError(read.problems.map((p) => `sources.json: ${problemText(p)}`));
  return JSON.parse(text);
}
