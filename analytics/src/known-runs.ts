/** What is known of runs, for the view `runs`: their documents without the lists, and of runs that the database lost, the manifests. */
import type { Container } from '@azure/cosmos';
import { dateOf, type Manifest } from '@github-repo-stats/shared/archive/manifest';
import { ACTIVE_STATUSES, type Run } from '@github-repo-stats/shared/documents';
import type { RunRow } from './views.ts';

const FIELDS = [
  'runId',
  'status',
  'trigger',
  'revision',
  'startedAt',
  'endedAt',
  'totalReceived',
  'totalCreatedCount',
  'totalFailedCount',
  'totalDuplicateCount',
  'costs',
] as const satisfies (keyof Run)[];
export type KnownRun = Pick<Run, (typeof FIELDS)[number]>;

export async function knownRuns(runInfo: Container): Promise<KnownRun[]> {
  const query = `SELECT ${FIELDS.map((field) => `c.${field}`).join(', ')} FROM c WHERE c.type = 'run'`;
  return (await runInfo.items.query<KnownRun>(query).fetchAll()).resources;
}

/** Runs at their end that stored something and are not archived, the oldest first. */
export function unarchived(
  runs: readonly KnownRun[],
  manifests: readonly Pick<Manifest, 'runId'>[],
): KnownRun[] {
  const archived = new Set(manifests.map(({ runId }) => runId));
  return runs
    .filter(
      ({ runId, status, totalCreatedCount }) =>
        !archived.has(runId) && !ACTIVE_STATUSES.includes(status) && totalCreatedCount > 0,
    )
    .toSorted((a, b) => Number(a.runId) - Number(b.runId));
}

const startOf = (runId: string): Pick<RunRow, 'run' | 'date' | 'runAt'> => ({
  run: Number(runId),
  date: dateOf(runId),
  runAt: sqlTime(new Date(Number(runId) * 1000).toISOString()),
});
const sqlTime = (iso: string): string => iso.replace('T', ' ').replace('Z', '');

/** One row each. @param read ids of those that are read from the database. */
export function runRows(
  runs: readonly KnownRun[],
  manifests: readonly Manifest[],
  read: ReadonlySet<string>,
): RunRow[] {
  const archived = new Map(manifests.map((manifest) => [manifest.runId, manifest]));
  const known = runs.map((run): RunRow => ({
    ...startOf(run.runId),
    endedAt: run.endedAt === undefined ? null : sqlTime(run.endedAt),
    status: run.status,
    trigger: run.trigger,
    revision: run.revision,
    received: run.totalReceived,
    created: run.totalCreatedCount,
    failed: run.totalFailedCount,
    duplicates: run.totalDuplicateCount,
    githubCalls: run.costs.githubCalls,
    githubPoints: run.costs.githubPoints,
    githubSeconds: run.costs.githubSeconds,
    requestUnits: run.costs.requestUnits,
    statsFrom: archived.has(run.runId) ? 'archive' : read.has(run.runId) ? 'database' : null,
  }));
  const there = new Set(runs.map(({ runId }) => runId));
  const lost = manifests
    .filter(({ runId }) => !there.has(runId))
    .map(({ runId, status, revision, rows }): RunRow => ({
      ...startOf(runId),
      endedAt: null,
      status,
      trigger: null,
      revision,
      received: null,
      created: rows,
      failed: null,
      duplicates: null,
      githubCalls: null,
      githubPoints: null,
      githubSeconds: null,
      requestUnits: null,
      statsFrom: 'archive',
    }));
  return [...known, ...lost].toSorted((a, b) => Number(a.run) - Number(b.run));
}
