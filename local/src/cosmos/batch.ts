/**
 * Transactional batches (all or nothing) and bulk requests (each operation by itself), at most 100 operations each.
 * Source: https://learn.microsoft.com/azure/cosmos-db/nosql/transactional-batch
 */
import type { Container } from './container.ts';
import { badRequest, CosmosError, notSupported } from './cosmos-error.ts';
import { createItem, deleteItem, patchItem, readItem, replaceItem, upsertItem } from './items.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { keyFromHeader } from './partition-key.ts';
import { roundCharge } from './charge-table.ts';
import type { Reply } from './reply.ts';
import type { Refused } from './request.ts';

const maxOperations = 100;

export interface BatchOptions {
  /** The partition key of a transactional batch; operations of a bulk request carry their own. */
  key?: string | undefined;
  /** Prefer: return=minimal leaves the written items out of the reply. */
  minimal: boolean;
}

/** Runs inside the caller's transaction; a failing operation undoes the whole batch and only the batch. */
export function runTransactionalBatch(container: Container, body: unknown, options: BatchOptions): Reply {
  const operations = checkOperations(body);
  const { sqlite } = container.store;
  return container.meter(() => {
    const replies: Reply[] = [];
    sqlite.exec('SAVEPOINT batch');
    for (const [index, operation] of operations.entries()) {
      try {
        replies.push(runOperation(container, operation, options.key));
      } catch (error) {
        // A full disk has rolled back everything by itself.
        if (!sqlite.isTransaction) throw error;
        sqlite.exec('ROLLBACK TO batch; RELEASE batch');
        if (!(error instanceof CosmosError)) throw error;
        const results = operations.map((_, at) => (at === index ? failureResult(error) : dependencyFailed));
        return { status: 207, charge: error.charge, body: `[${results.join(',')}]` };
      }
    }
    sqlite.exec('RELEASE batch');
    const results = replies.map((reply, at) =>
      successResult(reply, options.minimal && operations[at]!['operationType'] !== 'Read'),
    );
    return { status: 200, charge: sum(replies), body: `[${results.join(',')}]` };
  });
}

/** Each operation is metered by itself, so some may be throttled while others succeed. */
export function runBulk(
  container: Container,
  body: unknown,
  options: BatchOptions & { continueOnError: boolean; refused?: Refused | undefined },
): Reply {
  const operations = checkOperations(body);
  const { continueOnError, refused } = options;
  const results: string[] = [];
  let charge = 0;
  let failed = false;
  for (const [i, operation] of operations.entries()) {
    if (failed && !continueOnError) {
      results.push(dependencyFailed);
      continue;
    }
    try {
      const ordered = refused?.get(i);
      if (ordered) throw ordered;
      const reply = container.meter(() => runOperation(container, operation, options.key));
      charge += reply.charge;
      results.push(successResult(reply, options.minimal && operation['operationType'] !== 'Read'));
    } catch (error) {
      if (!(error instanceof CosmosError)) throw error;
      if (error.status !== 429) charge += error.charge;
      failed = true;
      results.push(failureResult(error));
    }
  }
  return { status: failed ? 207 : 200, charge, body: `[${results.join(',')}]` };
}

function checkOperations(body: unknown): JsonObject[] {
  if (!Array.isArray(body) || body.length === 0) throw badRequest('A batch needs a list of operations.');
  if (body.length > maxOperations) {
    throw badRequest(
      `Batch request has more operations than what is supported. Maximum is ${maxOperations}.`,
    );
  }
  return body.map((operation: unknown) => {
    if (!isJsonObject(operation)) throw badRequest('Each operation of a batch must be an object.');
    return operation;
  });
}

function runOperation(container: Container, operation: JsonObject, batchKey: string | undefined): Reply {
  const text = (name: string): string | undefined => {
    const value = operation[name];
    return typeof value === 'string' ? value : undefined;
  };
  const ownKey = text('partitionKey');
  const key = ownKey === undefined ? batchKey : keyFromHeader(ownKey);
  if (key === undefined) throw badRequest('PartitionKey value must be supplied for this operation.');
  const when = { ifMatch: text('ifMatch'), ifNoneMatch: text('ifNoneMatch') };
  const item = operation['resourceBody'];
  const id = (): string => {
    const given = text('id');
    if (given === undefined) throw badRequest('The operation needs the id of an item.');
    return given;
  };
  switch (text('operationType') ?? '') {
    case 'Create':
      return createItem(container, key, item);
    case 'Upsert':
      return upsertItem(container, key, item, when);
    case 'Replace':
      return replaceItem(container, key, id(), item, when);
    case 'Read':
      return readItem(container, key, id(), when);
    case 'Delete':
      return deleteItem(container, key, id(), when);
    case 'Patch':
      return patchItem(container, key, id(), item, when);
    default:
      throw notSupported(`The batch operation ${text('operationType')}`);
  }
}

const dependencyFailed = '{"statusCode":424,"requestCharge":0}';

function successResult(reply: Reply, minimal: boolean): string {
  const etag = reply.etag === undefined ? '' : `,"eTag":${JSON.stringify(reply.etag)}`;
  const resource = reply.body === undefined || minimal ? '' : `,"resourceBody":${reply.body}`;
  return `{"statusCode":${reply.status},"requestCharge":${roundCharge(reply.charge)}${etag}${resource}}`;
}

function failureResult(error: CosmosError): string {
  return JSON.stringify({
    statusCode: error.status,
    subStatusCode: error.substatus,
    requestCharge: error.charge,
    retryAfterMilliseconds: error.retryAfterMs,
    message: error.message,
  });
}

function sum(replies: readonly Reply[]): number {
  return replies.reduce((total, reply) => total + reply.charge, 0);
}
