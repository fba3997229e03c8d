/** Of the summaries of runs, the one of each run's last revision. */
import type { ListedSummary } from './api-store.ts';

/** Of each run the last revision. @param summaries each run's together. */
export async function* lastRevisions<T extends Pick<ListedSummary, 'runId' | 'revision'>>(
  summaries: AsyncIterable<T>,
): AsyncGenerator<T> {
  let last: T | undefined;
  for await (const summary of summaries) {
    if (last && last.runId !== summary.runId) {
      yield last;
      last = undefined;
    }
    if (!last || summary.revision > last.revision) last = summary;
  }
  if (last) yield last;
}
