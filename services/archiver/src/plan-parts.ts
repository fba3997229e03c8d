/** Which batches of a run go into which part. It depends on the run alone, so that a second archiver cuts where the first one did. */

/** A batch, and how many repositories of it were stored. */
export interface BatchSize {
  batchId: string;
  created: number;
}

/**
 * Rows of a part: what the archiver holds in memory at a time, some 15 MB of it. Smaller ones take more bytes for each repository, since
 * every part describes its columns anew.
 */
export const PART_ROWS = 4000;

/** Batches in the order of their ids, those of a part together; a batch is in one part. Batches of which nothing was stored are left out. */
export function planParts(sizes: readonly BatchSize[], most: number = PART_ROWS): BatchSize[][] {
  const parts: BatchSize[][] = [];
  let room = 0;
  const sorted = sizes.toSorted((a, b) => (a.batchId < b.batchId ? -1 : 1));
  for (const size of sorted) {
    if (size.created === 0) continue;
    if (size.created > room) {
      parts.push([]);
      room = most;
    }
    parts.at(-1)!.push(size);
    room -= size.created;
  }
  return parts;
}
