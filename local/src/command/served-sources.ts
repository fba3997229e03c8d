/** Hands the file of --sources to the scheduler of `serve`, so that the schedule and the API collect what it names. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Prepared } from './start-up.ts';

/**
 * Stores the sources as PUT /api/sources does, when the file changed since it was handed over last: what somebody stored
 * through the API meanwhile stays until then.
 * @param api address of the scheduler's API.
 */
export async function handOverSources({ data, sources }: Prepared, api: string): Promise<void> {
  const mark = join(data.state, 'sources.digest');
  let known: string | undefined;
  try {
    known = readFileSync(mark, 'utf8');
  } catch {
    // Never handed over from this data folder.
  }
  if (known === sources.digest) return;
  const response = await fetch(`${api}/sources`, { method: 'PUT', body: JSON.stringify(sources.value) });
  if (!response.ok)
    throw new Error(`The sources were not taken: ${response.status} ${await response.text()}`);
  writeFileSync(mark, sources.digest);
}
