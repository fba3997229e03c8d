/**
 * Partition key values as they travel in headers and stand in the store: the JSON of one value, `{}` for a missing one.
 * Hierarchical keys are refused by name.
 */
import { badRequest, notSupported } from './cosmos-error.ts';
import { isJsonObject, valueAt, type Json, type JsonObject } from './json.ts';

/** The key of an item that lacks the partition key property. */
export const missingKey = '{}';

/** `{paths: ['/repo'], kind?: 'Hash', version?}` to the property's path. Throws 400 for any other kind. */
export function partitionKeyPath(definition: unknown): string[] {
  if (!isJsonObject(definition) || !Array.isArray(definition['paths'])) {
    throw badRequest('The partition key definition needs paths.');
  }
  const [path, ...others] = definition['paths'];
  if (others.length > 0 || definition['kind'] === 'MultiHash')
    throw notSupported('A hierarchical partition key');
  if (typeof path !== 'string' || !/^\/[^/]/.test(path)) {
    throw badRequest(`The partition key path ${JSON.stringify(path)} is not valid.`);
  }
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replace(/^"(.*)"$/, '$1'));
}

/** The value of the x-ms-documentdb-partitionkey header (or of a batch operation) to a stored key. */
export function keyFromHeader(header: string): string {
  let values: unknown;
  try {
    values = JSON.parse(header);
  } catch {
    throw badRequest(`Partition key ${header} is invalid.`);
  }
  if (!Array.isArray(values)) throw badRequest(`Partition key ${header} is invalid.`);
  if (values.length > 1) throw notSupported('A hierarchical partition key');
  return values.length === 0 ? missingKey : keyOf(values[0] as Json);
}

export function keyFromItem(item: JsonObject, path: readonly string[]): string {
  return keyOf(valueAt(item, path));
}

/** The stored key of one value; undefined is the missing key. */
export function keyOf(value: Json | undefined): string {
  if (value === undefined) return missingKey;
  if (isJsonObject(value) && Object.keys(value).length === 0) return missingKey;
  if (typeof value === 'object' && value !== null) {
    throw badRequest('The partition key value must be a string, a number, a boolean or null.');
  }
  return JSON.stringify(value);
}
