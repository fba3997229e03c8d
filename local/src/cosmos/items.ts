/** Create, upsert, replace, read, delete and patch of one item, with Cosmos' rules about ids, keys, etags and sizes. */
import { emptyReadCharge, patchCharge, readCharge, replaceCharge, writeCharge } from './charge-table.ts';
import type { Container } from './container.ts';
import { badRequest, conflict, CosmosError, notFound, preconditionFailed, tooLarge } from './cosmos-error.ts';
import { changedTerms, documentTerms } from './index-terms.ts';
import type { NewItem, StoredItem } from './item-table.ts';
import { depthOf, isJsonObject, type JsonObject } from './json.ts';
import { keyFromItem } from './partition-key.ts';
import { applyPatch, parsePatch } from './patch.ts';
import { matchesCondition } from './query/condition.ts';
import type { Reply } from './reply.ts';
import { makeEtag, withoutSystemProperties, withSystemProperties } from './system-properties.ts';
import { expiryOf } from './time-to-live.ts';

/**
 * Etags of the request. Of the writes, only an upsert that finds an item looks at if-none-match, and one that finds none
 * looks at neither; create, replace, patch and delete ignore if-none-match.
 * Source: https://learn.microsoft.com/dotnet/api/microsoft.azure.cosmos.requestoptions.ifnonematchetag
 */
export interface Preconditions {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

/** https://learn.microsoft.com/azure/cosmos-db/concepts-limits#per-item-limits */
const maxItemBytes = 2 * 1024 * 1024;
const maxIdBytes = 1023;
const maxNesting = 128;

export function createItem(container: Container, key: string, given: unknown): Reply {
  const item = checkItem(container, key, given);
  if (container.table.get(key, item.id)) throw conflict();
  return insert(container, key, item);
}

export function upsertItem(container: Container, key: string, given: unknown, when: Preconditions): Reply {
  const item = checkItem(container, key, given);
  const stored = container.table.get(key, item.id);
  if (stored) checkIfMatch(stored, when);
  if (stored && (when.ifNoneMatch === '*' || when.ifNoneMatch === stored.etag)) throw preconditionFailed();
  return stored ? overwrite(container, key, item, stored) : insert(container, key, item);
}

export function replaceItem(
  container: Container,
  key: string,
  id: string,
  given: unknown,
  when: Preconditions,
): Reply {
  const item = checkItem(container, key, given);
  if (item.id !== id) throw badRequest('The id of an item cannot be changed by a replace.');
  const stored = storedItem(container, key, id, when);
  return overwrite(container, key, item, stored);
}

export function readItem(container: Container, key: string, id: string, when: Preconditions): Reply {
  const stored = container.table.get(key, id);
  if (!stored) {
    throw new CosmosError(404, 'NotFound', 'Entity with the specified id does not exist in the system.', {
      charge: emptyReadCharge,
    });
  }
  if (when.ifNoneMatch === '*' || when.ifNoneMatch === stored.etag) {
    return { status: 304, charge: emptyReadCharge, etag: stored.etag };
  }
  return { status: 200, charge: readCharge(stored.bytes), body: stored.body, etag: stored.etag };
}

export function deleteItem(container: Container, key: string, id: string, when: Preconditions): Reply {
  const stored = storedItem(container, key, id, when);
  container.store.nextVersion();
  container.table.delete(stored.sequence);
  const terms = documentTerms(JSON.parse(stored.body) as JsonObject, container.policy);
  return { status: 204, charge: writeCharge(stored.bytes, terms) };
}

/** Body: a list of operations, or `{operations, condition?}` where the condition is `from c where ...`. */
export function patchItem(
  container: Container,
  key: string,
  id: string,
  given: unknown,
  when: Preconditions,
): Reply {
  const patch = parsePatch(given, container.partitionKeyPath);
  const stored = storedItem(container, key, id, when);
  if (patch.condition !== undefined && !matchesCondition(container, stored.sequence, patch.condition)) {
    throw preconditionFailed();
  }
  const patched = applyPatch(
    withoutSystemProperties(JSON.parse(stored.body) as JsonObject),
    patch.operations,
  );
  const reply = overwrite(container, key, checkItem(container, key, patched), stored);
  return { ...reply, charge: patchCharge(reply.charge, patch.operations.length) };
}

interface CheckedItem {
  id: string;
  item: JsonObject;
  json: string;
  bytes: number;
}

function checkItem(container: Container, key: string, given: unknown): CheckedItem {
  if (!isJsonObject(given)) throw badRequest('The item must be a JSON object.');
  const { id } = given;
  if (id === undefined) {
    throw badRequest("The input content is invalid because the required properties - 'id; ' - are missing");
  }
  if (typeof id !== 'string' || id === '')
    throw badRequest('The id of an item must be a string that is not empty.');
  if (/[/\\?#]/.test(id)) throw badRequest("The id of an item must not contain '/', '\\', '?' or '#'.");
  if (Buffer.byteLength(id) > maxIdBytes)
    throw badRequest(`The id of an item is at most ${maxIdBytes} bytes.`);
  if (keyFromItem(given, container.partitionKeyPath) !== key) {
    throw badRequest(
      "PartitionKey extracted from document doesn't match the one specified in the header. Learn more: https://aka.ms/CosmosDB/sql/errors/wrong-pk-value",
      1001,
    );
  }
  if (depthOf(given, maxNesting) > maxNesting)
    throw badRequest(`An item is nested at most ${maxNesting} levels deep.`);
  const item = withoutSystemProperties(given);
  const json = JSON.stringify(item);
  const bytes = Buffer.byteLength(json);
  if (bytes > maxItemBytes) throw tooLarge();
  return { id, item, json, bytes };
}

function checkIfMatch(stored: StoredItem, when: Preconditions): void {
  if (when.ifMatch !== undefined && when.ifMatch !== '*' && when.ifMatch !== stored.etag)
    throw preconditionFailed();
}

/** The item that is to be changed. @throws CosmosError when it is not there, or is another version than was asked for. */
function storedItem(container: Container, key: string, id: string, when: Preconditions): StoredItem {
  const stored = container.table.get(key, id);
  if (!stored) throw notFound();
  checkIfMatch(stored, when);
  return stored;
}

function insert(container: Container, key: string, checked: CheckedItem): Reply {
  const version = container.store.nextVersion();
  const row = storedRow(container, key, checked, version, version);
  container.table.insert(row);
  container.expiry.note(row.expires);
  const charge = writeCharge(checked.bytes, documentTerms(checked.item, container.policy));
  return { status: 201, charge, body: row.body, etag: row.etag };
}

function overwrite(container: Container, key: string, checked: CheckedItem, stored: StoredItem): Reply {
  const row = storedRow(container, key, checked, stored.sequence, container.store.nextVersion());
  container.table.update(row);
  container.expiry.note(row.expires);
  const terms = changedTerms(JSON.parse(stored.body) as JsonObject, checked.item, container.policy);
  const charge = replaceCharge(stored.bytes, checked.bytes, terms);
  return { status: 200, charge, body: row.body, etag: row.etag };
}

function storedRow(
  container: Container,
  key: string,
  { id, item, json, bytes }: CheckedItem,
  sequence: number,
  version: number,
): NewItem {
  const seconds = Math.floor(container.now() / 1000);
  const expires = expiryOf(item, container.defaultTtl, seconds);
  const etag = makeEtag(version, seconds);
  const rid = container.itemRid(sequence);
  const body = withSystemProperties(json, { rid, self: `${container.self}docs/${rid}/`, etag, seconds });
  return { sequence, version, etag, bytes, body, key, id, seconds, expires };
}
