/** How large the pages of a listing are, and how many of them become one plan. */

/** GitHub's largest page. */
const LARGEST_PAGE = 100;

/**
 * Sizes of the pages that together become a plan: as large as GitHub allows, and a whole number of batches, so that batches are full.
 * One page, or two where these hold more batches than twice one does. The first plan of a source is one page: the sooner there is
 * something to fetch.
 * @param batchSize 1 to 100.
 */
export function pageSizes(batchSize: number, isFirst: boolean): readonly [number, ...number[]] {
  const inOne = Math.floor(LARGEST_PAGE / batchSize);
  const inTwo = Math.floor((2 * LARGEST_PAGE) / batchSize);
  if (isFirst || inTwo <= 2 * inOne) return [batchSize * inOne];
  const both = batchSize * inTwo;
  return [Math.ceil(both / 2), Math.floor(both / 2)];
}

/** The size of the nth page of a plan, from 1; where those that belong to it were not enough, those of a further plan follow. */
export function pageSize(
  nth: number,
  { batchSize, isFirst }: { batchSize: number; isFirst: boolean },
): number {
  const own = pageSizes(batchSize, isFirst);
  const further = pageSizes(batchSize, false);
  return own[nth - 1] ?? further[(nth - 1 - own.length) % further.length]!;
}

/** Where excludes and filters leave less than half a batch of them, so many of GitHub's pages at most become one plan. */
export const MOST_PAGES = 10;

/**
 * Whether a plan has enough.
 * @param pages that were listed for it.
 * @param repositories that are left of them.
 */
export const isEnough = (
  pages: number,
  repositories: number,
  { batchSize, isFirst }: { batchSize: number; isFirst: boolean },
): boolean =>
  pages === MOST_PAGES || (pages >= pageSizes(batchSize, isFirst).length && repositories * 2 >= batchSize);
