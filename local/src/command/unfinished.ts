/** Finds the run of a data folder that is not at its end. */
import { CosmosClient, type Container } from '@azure/cosmos';
import { ACTIVE_STATUSES, type Run } from '@github-repo-stats/shared/documents';
import type { Notices } from '@github-repo-stats/shared/notices';

/** True while an event or mail of the revision is still to be tried; one that waits for a later try keeps nobody waiting. */
export const isBeingSent = (notices: Pick<Notices, 'open' | 'event' | 'mail'>, now: number): boolean =>
  notices.open > 0 &&
  [notices.event, notices.mail].some(
    ({ state, notBefore }) =>
      state === 'claimed' || (state === 'due' && !(notBefore && Date.parse(notBefore) > now)),
  );

/** The newest run that is active, or whose notices are being sent. */
export async function findUnfinishedRun(runInfo: Container): Promise<string | undefined> {
  const statuses = ACTIVE_STATUSES.map((status) => `'${status}'`).join(', ');
  const active = `SELECT c.runId FROM c WHERE c.type = 'run' AND c.status IN (${statuses})`;
  const open = `SELECT c.runId, c.open, c.event, c.mail FROM c WHERE c.type = 'notices' AND c.open > 0`;
  const [runs, notices] = await Promise.all([
    runInfo.items.query<Pick<Run, 'runId'>>(active).fetchAll(),
    runInfo.items.query<Pick<Notices, 'runId' | 'open' | 'event' | 'mail'>>(open).fetchAll(),
  ]);
  const unfinished = [...runs.resources, ...notices.resources.filter((n) => isBeingSent(n, Date.now()))];
  return unfinished.map(({ runId }) => runId).sort((a, b) => Number(b) - Number(a))[0];
}

/**
 * The same while no platform runs: opens the database of a data folder alone, before any app could go on with a run.
 * Needed only when the options differ from those the folder was used with last.
 */
export async function findUnfinishedRunIn(
  dataFile: string,
  databaseName: string,
  containerName: string,
): Promise<string | undefined> {
  const { startCosmos } = await import('../cosmos/server.ts');
  const server = await startCosmos({ dataFile, port: 0 });
  const client = new CosmosClient({ endpoint: server.endpoint, key: server.key });
  try {
    return await findUnfinishedRun(client.database(databaseName).container(containerName));
  } catch (error) {
    // Nothing was ever stored there.
    if ((error as { code?: unknown }).code === 404) return undefined;
    throw error;
  } finally {
    client.dispose();
    await server.close();
  }
}
