/** Folds the outcomes of a run into totals, lists, reasons and renames, one outcome at a time: memory does not grow with the run. */
import type { Outcome, Run } from '@github-repo-stats/shared/documents';
import { addQueries } from '@github-repo-stats/shared/github/cost';
import { unionOf } from '@github-repo-stats/shared/outcome';

/** Both lists together; whole names only, past that the rest is left out and the list says that it is cut. */
const MAX_LIST_BYTES = 256 * 1024;
/** Renamed repositories, and names taken over, that a run lists; the totals count them all. */
const MAX_RENAMED = 500;
/** Failed repositories that a run names of each reason. */
const FIRST_FAILED = 5;

export type Folded = Pick<
  Run,
  | 'totalReceived'
  | 'totalProcessed'
  | 'totalCreatedCount'
  | 'totalFailedCount'
  | 'totalDuplicateCount'
  | 'createdList'
  | 'failedList'
  | 'createdListTruncated'
  | 'failedListTruncated'
  | 'failuresByReason'
  | 'failedFirst'
  | 'reopened'
  | 'renamed'
  | 'renamedTotal'
  | 'takenOver'
  | 'takenOverTotal'
  | 'refusedCredentials'
> & {
  pending: number;
  costs: { calls: number; points: number; seconds: number; ru: number; queries?: Outcome['queries'] };
};

class NameList {
  readonly #names: string[] = [];
  truncated = false;

  /** @returns the bytes taken; 0 when there was no room. */
  add(name: string, room: number): number {
    const bytes = Buffer.byteLength(name) + (this.#names.length > 0 ? 1 : 0);
    if (this.truncated || bytes > room) {
      this.truncated = true;
      return 0;
    }
    this.#names.push(name);
    return bytes;
  }

  text(): string {
    return this.#names.join(',');
  }
}

/** @param outcomes of one run, in any order; the lists keep that order. */
export async function foldOutcomes(outcomes: AsyncIterable<Outcome>): Promise<Folded> {
  const created = new NameList();
  const failed = new NameList();
  const counts = { created: 0, failed: 0, duplicate: 0, pending: 0 };
  const failuresByReason: Record<string, number> = {};
  const failedFirst: Record<string, string[]> = {};
  const costs: Folded['costs'] = { calls: 0, points: 0, seconds: 0, ru: 0 };
  const renamed: NonNullable<Run['renamed']> = [];
  const takenOver: NonNullable<Run['takenOver']> = [];
  const totals = { renamed: 0, takenOver: 0 };
  let refusedCredentials: string[] | undefined;
  let room = MAX_LIST_BYTES;
  let reopened = 0;
  for await (const outcome of outcomes) {
    reopened += outcome.reopened;
    costs.calls += outcome.calls;
    costs.points += outcome.points;
    costs.seconds += outcome.seconds;
    costs.ru += outcome.ru;
    costs.queries = addQueries(costs.queries, outcome.queries);
    refusedCredentials = unionOf(refusedCredentials, outcome.refusedBy);
    for (const [name, entry] of Object.entries(outcome.entries)) {
      counts[entry.state]++;
      if (entry.state === 'created') {
        const { as: repo = name, renamedFrom, tookNameOf, repoId } = entry;
        room -= created.add(repo, room);
        if (renamedFrom !== undefined && totals.renamed++ < MAX_RENAMED)
          renamed.push({ from: renamedFrom, to: repo });
        if (tookNameOf !== undefined && repoId !== undefined && totals.takenOver++ < MAX_RENAMED)
          takenOver.push({ repo, was: tookNameOf, is: repoId });
      }
      if (entry.state !== 'failed') continue;
      room -= failed.add(name, room);
      const reason = entry.reason ?? 'unknown';
      failuresByReason[reason] = (failuresByReason[reason] ?? 0) + 1;
      const first = (failedFirst[reason] ??= []);
      if (first.length < FIRST_FAILED) first.push(name);
    }
  }
  const received = counts.created + counts.failed;
  return {
    totalReceived: received,
    totalProcessed: received,
    totalCreatedCount: counts.created,
    totalFailedCount: counts.failed,
    totalDuplicateCount: counts.duplicate,
    createdList: created.text(),
    failedList: failed.text(),
    ...(created.truncated && { createdListTruncated: true }),
    ...(failed.truncated && { failedListTruncated: true }),
    failuresByReason,
    ...(counts.failed > 0 && { failedFirst }),
    ...(totals.renamed > 0 && { renamed, renamedTotal: totals.renamed }),
    ...(totals.takenOver > 0 && { takenOver, takenOverTotal: totals.takenOver }),
    ...(refusedCredentials && { refusedCredentials }),
    reopened,
    pending: counts.pending,
    costs,
  };
}
