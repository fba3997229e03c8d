/**
 * Releases the event of a run that was held back, since a check of its numbers failed; the reporter's sweep sends it. It ends in one of
 * these ways:
 * - it was held back: it is due, and goes out within a minute;
 * - the run is unknown, is collected again, or its event is not held back: refused, in words.
 */
import { ACTIVE_STATUSES, type Run } from '@github-repo-stats/shared/documents';
import { noticesId } from '@github-repo-stats/shared/ids';
import type { Notices } from '@github-repo-stats/shared/notices';
import { OrderRefused } from './take-orders.ts';

export interface ReleaseStore {
  readRun(runId: string): Promise<Pick<Run, 'status' | 'revision'> | undefined>;
  /** Under if-match; nothing when it is missing or `change` gives nothing. */
  changeNotices(runId: string, id: string, change: (now: Notices) => Notices | undefined): Promise<void>;
}

/** The same notices with the event due; undefined when it is not held back. */
export const released = (notices: Notices): Notices | undefined =>
  notices.event.state === 'held'
    ? { ...notices, open: notices.open + 1, event: { state: 'due', tries: 0 } }
    : undefined;

/** @returns the revision whose event was released. */
export async function releaseEvent(runId: string, store: ReleaseStore): Promise<{ revision: number }> {
  const run = await store.readRun(runId);
  if (!run) throw new OrderRefused(`There is no run ${runId}`);
  if (ACTIVE_STATUSES.includes(run.status))
    throw new OrderRefused(`Run ${runId} is collected again; its next revision is checked anew`);
  let isReleased = false;
  await store.changeNotices(runId, noticesId(run.revision), (now) => {
    const next = released(now);
    isReleased = next !== undefined;
    return next;
  });
  if (!isReleased) throw new OrderRefused(`The event of run ${runId} is not held back`);
  return { revision: run.revision };
}
