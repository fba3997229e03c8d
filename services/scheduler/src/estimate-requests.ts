/** Into how many requests a credential cuts its batches, while it goes on learning how large a request may be. */
import type { Learned } from '@github-repo-stats/shared/pace';
import { learn, requestSize, secondsPerRepository } from '@github-repo-stats/shared/github/request-size';

/** So many batches of so many repositories, in the order in which they come. */
export interface BatchRow {
  batches: number;
  repositories: number;
}

/** GitHub's seconds for a repository with five counts, before any was asked for: reported are 0.09 to 0.15. */
const UNLEARNED_SECONDS = 0.12;

/** @param scale what a second of GitHub's is here: tests let time pass faster. */
export const secondsReckoned = (learned: Learned | undefined, scale: number): number =>
  secondsPerRepository(learned, UNLEARNED_SECONDS * scale);

/** Requests for all of these batches when none fails and repositories take as long as before. */
export function requestsFor(rows: readonly BatchRow[], learned: Learned | undefined, scale: number): number {
  const each = secondsReckoned(learned, scale);
  let known = learned;
  let requests = 0;
  for (const { batches, repositories } of rows) {
    for (let left = batches; left > 0; left--) {
      const before = known;
      let ofBatch = 0;
      for (let rest = repositories; rest > 0; ofBatch++) {
        const asked = requestSize(known, rest);
        known = learn(known, { repositories: asked, seconds: asked * each, tooMuch: false }, scale);
        rest -= asked;
      }
      requests += ofBatch;
      // The size stands still: the rest of the row goes alike.
      if (known?.size !== before?.size || known?.hold !== before?.hold) continue;
      requests += (left - 1) * ofBatch;
      break;
    }
  }
  return requests;
}
