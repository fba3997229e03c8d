/** How the first generation cut what it wrote into chunks: by bytes of text, so that one second's throughput is not exceeded. */

/** What was kept free of each chunk. */
const RESERVE_BYTES = 20_000;

/** Bytes of one chunk: writes that the throughput allows in a second, a kilobyte each, less a reserve. */
export const chunkBytes = (requestUnitsPerSecond: number, requestUnitsPerWrite: number): number =>
  (requestUnitsPerSecond / requestUnitsPerWrite) * 1000 - RESERVE_BYTES;

/** What does not fit ends its chunk and goes to the end of the list; what is larger than a chunk is one by itself. */
export function chunksByBytes<T>(items: readonly T[], most: number, bytesOf: (item: T) => number): T[][] {
  const chunks: T[][] = [];
  const left = [...items];
  let chunk: T[] = [];
  let bytes = 0;
  for (let item = left.shift(); item !== undefined; item = left.shift()) {
    const size = bytesOf(item);
    if (chunk.length === 0 || bytes + size <= most) {
      chunk.push(item);
      bytes += size;
      continue;
    }
    chunks.push(chunk);
    [chunk, bytes] = [[], 0];
    left.push(item);
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}
