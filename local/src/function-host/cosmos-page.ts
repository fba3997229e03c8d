// One page of the change feed, read with the SDK's pull model; what the SDK hides in a status code becomes an error.
import type { ChangeFeedPullModelIterator, ChangeFeedStartFrom, Container, Resource } from '@azure/cosmos';

export type FeedRange = Awaited<ReturnType<Container['getFeedRanges']>>[number];
export type StartFrom = 'beginning' | 'now' | Date;
export type FeedIterator = ChangeFeedPullModelIterator<Resource>;

export interface Page {
  documents: Resource[];
  /** Where the next page begins, for this range. */
  continuation: string;
}

/** Cosmos DB answered a feed read with something other than 200 or 304. */
export class FeedReadError extends Error {
  readonly code: number;

  constructor(status: number) {
    super(`Cosmos DB answered the change feed read with status ${status}.`);
    this.name = 'FeedReadError';
    this.code = status;
  }
}

/** @param continuation null starts at `startFrom` */
export async function openFeed(
  container: Container,
  range: FeedRange,
  startFrom: StartFrom,
  continuation: string | null,
  maxItemCount: number,
): Promise<FeedIterator> {
  const { ChangeFeedStartFrom: Start } = await import('@azure/cosmos');
  let changeFeedStartFrom: ChangeFeedStartFrom;
  if (continuation !== null) changeFeedStartFrom = Start.Continuation(continuation);
  else if (startFrom === 'beginning') changeFeedStartFrom = Start.Beginning(range);
  else if (startFrom === 'now') changeFeedStartFrom = Start.Now(range);
  else changeFeedStartFrom = Start.Time(startFrom, range);
  return container.items.getChangeFeedIterator<Resource>({ maxItemCount, changeFeedStartFrom });
}

/** No documents means that the feed is read to its end for now. After an error the iterator is not to be used again. */
export async function readPage(iterator: FeedIterator): Promise<Page> {
  const { result, statusCode, continuationToken } = await iterator.readNext();
  // The SDK returns errors as pages and forgets its place: 304 is the only empty answer that counts.
  if (statusCode !== 200 && statusCode !== 304) throw new FeedReadError(statusCode);
  return { documents: result ?? [], continuation: continuationToken };
}
