/** Entry of a process of its own that analyses one run of the running platform, told over IPC which; it ends when its parent does. */
import { AnalyticsError } from '@github-repo-stats/analytics/analytics-error';
import { afterRun, type Result } from '@github-repo-stats/analytics/after-run';
import { UserError } from '../platform/user-error.ts';
import { placeBySettings } from './archive-place.ts';

export interface AnalysisOrder {
  runId: string;
  /** Folder for what is kept for the next run. */
  cache: string;
}
export type AnalysisEnd = { type: 'analysed'; results: Result[] } | { type: 'failed'; message: string };

async function analyse({ runId, cache }: AnalysisOrder): Promise<AnalysisEnd> {
  try {
    const place = placeBySettings(cache);
    const { blobs } = place;
    if (!blobs) throw new UserError(['there is no archive']);
    const tell = (text: string): void => console.log(text);
    const { results } = await afterRun(runId, cache, {
      ...place,
      blobs,
      tell,
      publish: await place.publisher(),
    });
    return { type: 'analysed', results };
  } catch (error) {
    const isKnown = error instanceof AnalyticsError || error instanceof UserError;
    if (!isKnown) console.error(error);
    return { type: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

process.title = 'github-repo-stats:analysis';
// Whatever it is at, the next start does it again.
process.on('disconnect', () => process.exit(1));
process.once('message', (order: AnalysisOrder) => {
  // DuckDB and the clients' sockets would keep it alive.
  void analyse(order).then((end) => process.send?.(end, () => process.exit(0)));
});
