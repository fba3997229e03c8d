/** Archive and database together: what the archive holds, what only the database holds, and DuckDB over both. */
import type { Blobs } from '@github-repo-stats/shared/clients/blobs';
import { exportRuns, type ExportDeps } from './export-runs.ts';
import { fetchArchive, type FetchedArchive } from './fetch-archive.ts';
import { knownRuns, runRows, unarchived } from './known-runs.ts';
import { openAnalytics, type Analytics, type AnalyticsOptions } from './open-analytics.ts';

export interface PlaceDeps extends ExportDeps {
  /** Undefined where nothing was ever archived. */
  blobs: Pick<Blobs, 'list' | 'read'> | undefined;
}

const NO_ARCHIVE: FetchedArchive = { files: [], manifests: [], problems: [] };

/**
 * @param folder where files are kept for the next time.
 * @param options.until id of the last run that is looked at; without it there is no last one.
 */
export async function openPlace(
  folder: string,
  deps: PlaceDeps,
  {
    until = Infinity,
    ...options
  }: Pick<AnalyticsOptions, 'memory' | 'confined' | 'patienceMs'> & { until?: number } = {},
): Promise<Analytics> {
  const { blobs, runInfo } = deps;
  const upTo = <T extends { runId: string }>(all: readonly T[]): T[] =>
    all.filter(({ runId }) => Number(runId) <= until);
  const { files, manifests, problems } = blobs ? await fetchArchive(blobs, folder) : NO_ARCHIVE;
  for (const { runId, why } of problems) deps.tell(`Run ${runId} is left out of the archive: ${why}.`);
  const runs = upTo(await knownRuns(runInfo));
  const broken = problems.map(({ runId }) => ({ runId }));
  const only = unarchived(runs, [...manifests, ...broken]);
  const exported = await exportRuns(only, folder, deps);
  return openAnalytics({
    ...options,
    files: [...upTo(files), ...exported],
    runs: runRows(runs, upTo(manifests), new Set(only.map(({ runId }) => runId))),
    folder,
  });
}
