/** Requests about a container's items: single items, batches, queries and the change feed. */
import { runBulk, runTransactionalBatch } from './batch.ts';
import { readChangeFeed } from './change-feed.ts';
import type { Container } from './container.ts';
import { badRequest, notSupported, tooLarge } from './cosmos-error.ts';
import type { GroupCommit } from './group-commit.ts';
import { createItem, deleteItem, patchItem, readItem, replaceItem, upsertItem } from './items.ts';
import { passThroughQueryPlan } from './account.ts';
import { pageSize } from './query/page-size.ts';
import { querySpec, runQuery } from './query/run-query.ts';
import type { Reply } from './reply.ts';
import { header, isTrue, keyOfRequest, type CosmosRequest } from './request.ts';

/** https://learn.microsoft.com/azure/cosmos-db/concepts-limits#per-request-limits */
const maxBatchBytes = 2 * 1024 * 1024;
const readAllItems = 'SELECT * FROM c';

export function itemsRoute(
  container: Container,
  writes: GroupCommit,
  request: CosmosRequest,
): Reply | Promise<Reply> {
  refuseUnsupported(request);
  const id = request.segments[5];
  if (id !== undefined) return itemRoute(container, writes, request, id);
  if (request.method === 'GET') {
    return header(request, 'a-im') === undefined
      ? query(container, request, readAllItems, new Map())
      : changeFeed(container, request);
  }
  if (request.method !== 'POST') throw notSupported(`${request.method} on items`);
  if (header(request, 'x-ms-cosmos-is-query-plan-request') !== undefined) {
    return { status: 200, charge: 0, body: passThroughQueryPlan };
  }
  if (header(request, 'x-ms-documentdb-isquery') !== undefined) {
    const { text, parameters } = querySpec(request.body());
    return query(container, request, text, parameters);
  }
  if (header(request, 'x-ms-cosmos-is-batch-request') !== undefined) return batch(container, writes, request);
  const key = requiredKey(request);
  const item = request.body();
  const when = preconditions(request);
  return isTrue(request, 'x-ms-documentdb-is-upsert')
    ? writes.run(() => container.meter(() => upsertItem(container, key, item, when)))
    : writes.run(() => container.meter(() => createItem(container, key, item)));
}

function itemRoute(
  container: Container,
  writes: GroupCommit,
  request: CosmosRequest,
  id: string,
): Reply | Promise<Reply> {
  const key = requiredKey(request);
  const when = preconditions(request);
  switch (request.method) {
    case 'GET':
      return container.meter(() => readItem(container, key, id, when));
    case 'DELETE':
      return writes.run(() => container.meter(() => deleteItem(container, key, id, when)));
    case 'PUT': {
      const item = request.body();
      return writes.run(() => container.meter(() => replaceItem(container, key, id, item, when)));
    }
    case 'PATCH': {
      const patch = request.body();
      return writes.run(() => container.meter(() => patchItem(container, key, id, patch, when)));
    }
    default:
      throw notSupported(`${request.method} on an item`);
  }
}

function batch(container: Container, writes: GroupCommit, request: CosmosRequest): Promise<Reply> {
  if (request.bodyBytes > maxBatchBytes) throw tooLarge();
  const operations = request.body();
  const options = { key: keyOfRequest(request), minimal: header(request, 'prefer') === 'return=minimal' };
  if (isTrue(request, 'x-ms-cosmos-batch-atomic')) {
    return writes.run(() => runTransactionalBatch(container, operations, options));
  }
  const continueOnError = header(request, 'x-ms-cosmos-batch-continue-on-error')?.toLowerCase() !== 'false';
  const { refused } = request;
  return writes.run(() => runBulk(container, operations, { ...options, continueOnError, refused }));
}

function query(
  container: Container,
  request: CosmosRequest,
  text: string,
  parameters: ReturnType<typeof querySpec>['parameters'],
): Reply {
  const size = pageSize(header(request, 'x-ms-max-item-count'));
  const key = keyOfRequest(request);
  const continuation = header(request, 'x-ms-continuation');
  return container.meter(() => runQuery(container, { text, parameters, key, pageSize: size, continuation }));
}

function changeFeed(container: Container, request: CosmosRequest): Reply {
  const mode = header(request, 'a-im');
  if (mode?.toLowerCase() !== 'incremental feed')
    throw notSupported(`The change feed mode '${mode}' (all versions and deletes)`);
  return container.meter(() =>
    readChangeFeed(container, {
      pageSize: pageSize(header(request, 'x-ms-max-item-count')),
      ifNoneMatch: header(request, 'if-none-match'),
      ifModifiedSince: header(request, 'if-modified-since'),
      key: keyOfRequest(request),
    }),
  );
}

function refuseUnsupported(request: CosmosRequest): void {
  const start = header(request, 'x-ms-start-epk');
  const end = header(request, 'x-ms-end-epk');
  if ((start !== undefined && start !== '') || (end !== undefined && end !== 'FF')) {
    throw notSupported('A feed range that is narrower than the one physical partition');
  }
  for (const name of ['x-ms-documentdb-pre-trigger-include', 'x-ms-documentdb-post-trigger-include']) {
    if (header(request, name) !== undefined) throw notSupported('A trigger');
  }
  if (header(request, 'x-ms-indexing-directive')?.toLowerCase() === 'exclude')
    throw notSupported('The indexing directive Exclude');
}

function requiredKey(request: CosmosRequest): string {
  const key = keyOfRequest(request);
  if (key === undefined) throw badRequest('PartitionKey value must be supplied for this operation.');
  return key;
}

function preconditions(request: CosmosRequest) {
  return { ifMatch: header(request, 'if-match'), ifNoneMatch: header(request, 'if-none-match') };
}
