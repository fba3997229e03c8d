/** How large the pages of a listing are, and how many of them become one plan. */

/** GitHub's largest page. */
const LARGEST_PAGE = 100;

/** The largest page that is a whole number of batches, so that batches are full. @param batchSize 1 to 100. */
export const pageSize = (batchSize: number): number => batchSize * Math.floor(LARGEST_PAGE / batchSize);

/** Where excludes and filters leave less than half a batch of a page, so many of GitHub's pages at most become one of ours. */
export const MOST_PAGES = 10;
