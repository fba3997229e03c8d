/** Which runs are still to be analysed where that is done by itself: those that were archived since it was switched on. */
import type { Container } from '@azure/cosmos';
import { ANALYSIS } from '@github-repo-stats/shared/analysis';
import type { ArchiveMark } from '@github-repo-stats/shared/archive/mark';
import { ACTIVE_STATUSES } from '@github-repo-stats/shared/documents';
import { createOnce, isMissing, readDocument } from '@github-repo-stats/shared/run-info';
import { ANALYSED } from './analysed-mark.ts';

/** Container run-info, partition `analysis`: since when. What a folder holds of earlier runs may be years, and nobody asked for that. */
interface SwitchedOn {
  id: 'analysis-since';
  runId: typeof ANALYSIS;
  type: 'analysis-since';
  since: string;
}
const ID = 'analysis-since';

interface OfRun {
  runId: string;
  revision: number;
}

/** From now on; where it is on already, from then on, so that what was missed since is made up for. */
export async function switchOn(runInfo: Container, now: Date): Promise<void> {
  const on: SwitchedOn = { id: ID, runId: ANALYSIS, type: ID, since: now.toISOString() };
  await createOnce(runInfo, on);
}

/** What is archived from here on is left alone, and so is what was missed. */
export async function switchOff(runInfo: Container): Promise<void> {
  try {
    await runInfo.item(ID, ANALYSIS).delete();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Ids of those at their end, archived as they are now and not analysed so, the oldest first. */
export async function dueRuns(runInfo: Container): Promise<string[]> {
  const on = await readDocument<SwitchedOn>(runInfo, ID, ANALYSIS);
  if (!on) return [];
  const parameters = [{ name: '@since', value: on.document.since }];
  const find = async (condition: string): Promise<OfRun[]> => {
    const query = `SELECT c.runId, c.revision FROM c WHERE ${condition}`;
    return (await runInfo.items.query<OfRun>({ query, parameters }).fetchAll()).resources;
  };
  const type = 'archive' satisfies ArchiveMark['type'];
  const archived = await find(`c.type = '${type}' AND c.archivedAt >= @since`);
  if (archived.length === 0) return [];
  const active = ACTIVE_STATUSES.map((status) => `'${status}'`).join(', ');
  const text = ({ runId, revision }: OfRun): string => `${runId}.${revision}`;
  const ended = new Set((await find(`c.type = 'run' AND c.status NOT IN (${active})`)).map(text));
  const done = new Set((await find(`c.type = '${ANALYSED}'`)).map(text));
  return archived
    .filter((run) => ended.has(text(run)) && !done.has(text(run)))
    .map(({ runId }) => runId)
    .toSorted((a, b) => Number(a) - Number(b));
}
