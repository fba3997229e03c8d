/**
 * The change feed, pull model, latest version: each changed item once, with its newest version, in the order of changes;
 * deletes do not show. Source: https://learn.microsoft.com/azure/cosmos-db/nosql/change-feed-pull-model
 */
import { changeFeedCharge, emptyReadCharge } from './charge-table.ts';
import type { Container } from './container.ts';
import { badRequest } from './cosmos-error.ts';
import { maxPageBytes } from './query/page-size.ts';
import { pageBody } from './query/run-query.ts';
import type { Reply } from './reply.ts';

export interface FeedRequest {
  pageSize: number;
  /** If-None-Match: the etag of the page before, `*` for "from now", or undefined for the beginning. */
  ifNoneMatch?: string | undefined;
  /** If-Modified-Since: an HTTP date. */
  ifModifiedSince?: string | undefined;
  key?: string | undefined;
}

/** 200 with a page, or 304; either way the etag is where to go on. */
export function readChangeFeed(container: Container, request: FeedRequest): Reply {
  const newest = container.store.version();
  if (request.ifNoneMatch === '*') return notModified(newest);
  const after = request.ifNoneMatch === undefined ? 0 : versionOf(request.ifNoneMatch);
  const since = request.ifModifiedSince === undefined ? 0 : Date.parse(request.ifModifiedSince) / 1000;
  if (Number.isNaN(since)) throw badRequest('The If-Modified-Since header is not a date.');

  const documents: string[] = [];
  let loaded = 0;
  let bytes = 0;
  let last = after;
  for (const row of container.table.changes(after, since, request.pageSize, request.key)) {
    documents.push(`${row.body.slice(0, -1)},"_lsn":${row.version}}`);
    loaded += row.units;
    last = row.version;
    bytes += row.body.length;
    if (bytes >= maxPageBytes) break;
  }
  if (documents.length === 0) return notModified(Math.max(after, newest));
  return {
    status: 200,
    charge: changeFeedCharge(loaded),
    body: pageBody(container, documents),
    count: documents.length,
    etag: `"${last}"`,
  };
}

function notModified(version: number): Reply {
  return { status: 304, charge: emptyReadCharge, etag: `"${version}"` };
}

function versionOf(etag: string): number {
  const match = /^"?(\d+)"?$/.exec(etag);
  if (!match) throw badRequest('The If-None-Match header is not an etag of the change feed.');
  return Number(match[1]);
}
