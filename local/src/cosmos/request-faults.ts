/** Lets requests about items go wrong as it was ordered: which order a request fits, and what it is answered with instead. */
import { fitsPattern, harmed, type FaultPlan, type FaultyAnswer } from '../faults/fault-plan.ts';
import { isDiskFull, type CosmosFault, type RequestFault } from '../faults/fault-schema.ts';
import { failedRequestCharge, throttledCharge } from './charge-table.ts';
import { CosmosError } from './cosmos-error.ts';
import { isJsonObject } from './json.ts';
import type { Reply } from './reply.ts';
import { header, isTrue, type CosmosRequest, type Refused } from './request.ts';

export type CosmosFaults = FaultPlan<CosmosFault>;
type Operation = NonNullable<RequestFault['operation']>;

const CODES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  403: 'Forbidden',
  408: 'RequestTimeout',
  413: 'RequestEntityTooLarge',
  429: 'TooManyRequests',
  449: 'RetryWith',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
};
/** As a bulk request names what is to be done with an item. */
const BY_TYPE: Readonly<Record<string, Operation>> = {
  Create: 'create',
  Upsert: 'upsert',
  Replace: 'replace',
  Read: 'read',
  Delete: 'delete',
  Patch: 'patch',
};
const BY_METHOD: Readonly<Record<string, Operation>> = {
  GET: 'read',
  PUT: 'replace',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Undefined when the connection is to be closed. An order that names what is done with an item hits that one operation of a bulk
 * request: a status is answered for it alone, and where a connection or an app ends, the request ends with this operation.
 * @throws CosmosError
 */
export async function answerWithFaults(
  faults: CosmosFaults,
  request: CosmosRequest,
  carryOut: (refused?: Refused) => Promise<Reply>,
): Promise<Reply | undefined> {
  const operation = operationOf(request);
  const order = operation && faults.take((order) => !isDiskFull(order) && fits(order, operation, request));
  if (order && !isDiskFull(order)) return harmed(faults, order.fault, refuse, carryOut);
  return operation === 'batch' && !isTrue(request, 'x-ms-cosmos-batch-atomic')
    ? answerBulk(faults, request, carryOut)
    : carryOut();
}

async function answerBulk(
  faults: CosmosFaults,
  request: CosmosRequest,
  carryOut: (refused: Refused) => Promise<Reply>,
): Promise<Reply | undefined> {
  const body = request.body();
  const operations = Array.isArray(body) ? (body as unknown[]) : [];
  const refused = new Map<number, CosmosError>();
  for (const [i, operation] of operations.entries()) {
    const order = faults.take((order) => !isDiskFull(order) && fitsOne(order, operation, request));
    if (!order || isDiskFull(order)) continue;
    const { fault } = order;
    if ('status' in fault) {
      refused.set(i, refusal(fault));
      continue;
    }
    if (!('delayMs' in fault)) {
      const done = fault.when === 'after' ? i + 1 : i;
      for (let rest = done; rest < operations.length; rest++) refused.set(rest, refusal({ status: 503 }));
      await carryOut(refused);
      return harmed(faults, { ...fault, when: 'before' }, refuse, () => carryOut(refused));
    }
    return harmed(faults, fault, refuse, () => carryOut(refused));
  }
  return carryOut(refused);
}

/** Of a service that is away nothing is billed. */
const chargeOf = (status: number): number =>
  status === 429 ? throttledCharge : [400, 403, 413].includes(status) ? failedRequestCharge : 0;

function refuse(answer: FaultyAnswer): never {
  throw refusal(answer);
}

function refusal({ status, retryAfterMs, substatus }: FaultyAnswer): CosmosError {
  const said = substatus ?? (status === 429 ? 3200 : undefined);
  return new CosmosError(status, CODES[status] ?? 'Error', `Ordered to fail with ${status}.`, {
    charge: chargeOf(status),
    ...(said !== undefined && { substatus: said }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Undefined for what is not about items. */
function operationOf(request: CosmosRequest): Operation | undefined {
  const [, , , , child, id] = request.segments;
  if (child !== 'docs') return undefined;
  if (id !== undefined) return BY_METHOD[request.method];
  if (request.method === 'GET') return header(request, 'a-im') === undefined ? 'query' : 'feed';
  if (header(request, 'x-ms-cosmos-is-query-plan-request') !== undefined) return undefined;
  if (header(request, 'x-ms-documentdb-isquery') !== undefined) return 'query';
  if (header(request, 'x-ms-cosmos-is-batch-request') !== undefined) return 'batch';
  return isTrue(request, 'x-ms-documentdb-is-upsert') ? 'upsert' : 'create';
}

function fits(order: RequestFault, operation: Operation, request: CosmosRequest): boolean {
  if (order.operation !== undefined && order.operation !== operation) return false;
  if (!fitsPattern(order.container, request.segments[3])) return false;
  if (order.partition !== undefined && !fitsPattern(order.partition, partitionOf(request))) return false;
  return order.id === undefined || idsOf(operation, request).some((id) => fitsPattern(order.id, id));
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** An order for any operation is one for the whole request. */
function fitsOne(order: RequestFault, operation: unknown, request: CosmosRequest): boolean {
  if (order.operation === undefined || !isJsonObject(operation)) return false;
  const { operationType, partitionKey } = operation;
  if (BY_TYPE[textOf(operationType)] !== order.operation) return false;
  if (!fitsPattern(order.container, request.segments[3])) return false;
  if (order.partition !== undefined && !fitsPattern(order.partition, textOfKey(partitionKey))) return false;
  const item = itemOfOperation(operation);
  return order.id === undefined || (isJsonObject(item) && fitsPattern(order.id, textOf(item['id'])));
}

const partitionOf = (request: CosmosRequest): string | undefined =>
  textOfKey(header(request, 'x-ms-documentdb-partitionkey'));

/** @param key JSON of a list of one. */
function textOfKey(key: unknown): string | undefined {
  const values: unknown = JSON.parse(typeof key === 'string' ? key : '[]');
  const [value] = Array.isArray(values) ? (values as unknown[]) : [];
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function idsOf(operation: Operation, request: CosmosRequest): string[] {
  if (operation === 'query' || operation === 'feed') return [];
  const id = request.segments[5];
  if (id !== undefined) return [id];
  const body = request.body();
  const items = operation === 'batch' && Array.isArray(body) ? body.map(itemOfOperation) : [body];
  return items.flatMap((item) => (isJsonObject(item) && typeof item['id'] === 'string' ? [item['id']] : []));
}

/** An operation of a batch names its item, or carries it. */
const itemOfOperation = (operation: unknown): unknown =>
  isJsonObject(operation) && operation['id'] === undefined ? operation['resourceBody'] : operation;
