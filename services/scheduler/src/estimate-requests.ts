/** Into how many requests a credential cuts its batches, while it goes on learning how large a request may be. */
import type { Learned } from '@github-repo-stats/shared/documents';

/** So many batches of so many repositories, in the order in which they come. */
export interface BatchRow {
  batches: number;
  repositories: number;
}

/**
 * The fetcher's rule for the size of a request (its request-size.ts; test/estimate.test.ts holds both to the same numbers): a
 * request aims at 4 s, a batch is cut into equal requests of up to 1.4 times the size that was learned, which doubles until
 * it is large enough, or grows by a tenth once it had to be halved.
 */
const AIM_SECONDS = 4;
const STRETCH = 1.4;
const LARGEST = 100;
const FIRST_SIZE = 10;
const SMALL_STEP = 1.1;

/** GitHub's seconds for a repository with five counts, before any was asked for: reported are 0.09 to 0.15. */
const UNLEARNED_SECONDS = 0.12;

/** @param scale what a second of GitHub's is here: tests let time pass faster. */
export const secondsPerRepository = (learned: Learned | undefined, scale: number): number =>
  learned && learned.repositories > 0 ? learned.seconds / learned.repositories : UNLEARNED_SECONDS * scale;

/** Requests for all of these batches when none fails and repositories take as long as before. */
export function requestsFor(rows: readonly BatchRow[], learned: Learned | undefined, scale: number): number {
  const aim = (AIM_SECONDS * scale) / Math.max(secondsPerRepository(learned, scale), 1e-6);
  let { size, hold, halved } = learned ?? { size: FIRST_SIZE, hold: 0, halved: false };
  const ask = (left: number): number => {
    const most = Math.min(LARGEST, Math.max(1, Math.floor(size * STRETCH)));
    const asked = Math.ceil(left / Math.ceil(left / most));
    if (asked * 2 < size) return asked;
    const step = halved ? Math.max(size + 1, size * SMALL_STEP) : size * 2;
    if (hold > 0) hold--;
    else size = Math.max(1, Math.floor(Math.min(aim, step, LARGEST)));
    return asked;
  };
  let requests = 0;
  for (const { batches, repositories } of rows) {
    for (let left = batches; left > 0; left--) {
      const [sizeBefore, holdBefore] = [size, hold];
      let ofBatch = 0;
      for (let rest = repositories; rest > 0; rest -= ask(rest)) ofBatch++;
      requests += ofBatch;
      // Nothing changes any more: the rest of the row goes alike.
      if (size !== sizeBefore || hold !== holdBefore) continue;
      requests += (left - 1) * ofBatch;
      break;
    }
  }
  return requests;
}
