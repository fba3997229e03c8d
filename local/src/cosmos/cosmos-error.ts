/**
 * The failures that Cosmos DB answers with, by status, code and substatus.
 * Source: https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb
 */
import { failedRequestCharge } from './charge-table.ts';

export interface CosmosErrorDetail {
  substatus?: number;
  retryAfterMs?: number;
  /** Request units in the reply's header; only a 429's are not drawn from the budget. */
  charge?: number;
}

export class CosmosError extends Error {
  readonly status: number;
  readonly code: string;
  readonly substatus: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly charge: number;

  constructor(status: number, code: string, message: string, detail: CosmosErrorDetail = {}) {
    super(message);
    this.name = 'CosmosError';
    this.status = status;
    this.code = code;
    this.substatus = detail.substatus;
    this.retryAfterMs = detail.retryAfterMs;
    this.charge = detail.charge ?? failedRequestCharge;
  }
}

export function badRequest(message: string, substatus?: number): CosmosError {
  return new CosmosError(400, 'BadRequest', message, substatus === undefined ? {} : { substatus });
}

/** What Azure may offer and this emulator does not: refused by name, never half done. */
export function notSupported(what: string): CosmosError {
  return badRequest(`${what} is not supported by the local Cosmos DB`);
}

export function notFound(
  message = 'Entity with the specified id does not exist in the system.',
): CosmosError {
  return new CosmosError(404, 'NotFound', message);
}

/** Of a container that is not there, or whose database is not; items in it are told from it by the substatus. */
export function ownerNotFound(): CosmosError {
  return new CosmosError(404, 'NotFound', 'Owner resource does not exist', { substatus: 1003 });
}

export function conflict(
  message = 'Entity with the specified id already exists in the system.',
): CosmosError {
  return new CosmosError(409, 'Conflict', message);
}

export function preconditionFailed(): CosmosError {
  return new CosmosError(
    412,
    'PreconditionFailed',
    'Operation cannot be performed because one of the specified precondition is not met.',
  );
}

export function tooLarge(): CosmosError {
  return new CosmosError(413, 'RequestEntityTooLarge', 'Request size is too large');
}
