/**
 * Partial updates: add, set, replace, remove, incr and move on JSON pointers.
 * Source: https://learn.microsoft.com/azure/cosmos-db/partial-document-update
 */
import { badRequest, notSupported } from './cosmos-error.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

const operationNames = ['add', 'set', 'replace', 'remove', 'incr', 'move'] as const;

export interface PatchOperation {
  op: (typeof operationNames)[number];
  path: string[];
  from?: string[];
  value?: Json;
}

export interface Patch {
  operations: PatchOperation[];
  condition?: string;
}

const maxOperations = 10;
const systemNames = new Set(['id', '_rid', '_self', '_etag', '_attachments', '_ts']);

/** Reads `[...]` or `{operations, condition?}`; throws 400 for what Azure would not accept either. */
export function parsePatch(given: unknown, partitionKeyPath: readonly string[]): Patch {
  const list = isJsonObject(given) ? given['operations'] : given;
  if (!Array.isArray(list) || list.length === 0) throw badRequest('A patch needs a list of operations.');
  if (list.length > maxOperations) {
    throw badRequest(`The number of patch operations can't exceed '${maxOperations}'.`);
  }
  const operations = list.map((entry: unknown, at) => parseOperation(entry, at + 1, partitionKeyPath));
  const condition = isJsonObject(given) ? given['condition'] : undefined;
  if (condition === undefined || condition === null) return { operations };
  if (typeof condition !== 'string') throw badRequest('The condition of a patch must be a string.');
  return { operations, condition };
}

function parseOperation(entry: unknown, at: number, partitionKeyPath: readonly string[]): PatchOperation {
  if (!isJsonObject(entry)) throw refused(at, 'the operation must be an object');
  const op = operationNames.find((name) => name === entry['op']);
  if (!op) throw notSupported(`The patch operation ${JSON.stringify(entry['op'])}`);
  const pointer = (name: 'path' | 'from'): string[] => {
    const text = entry[name];
    if (typeof text !== 'string' || !text.startsWith('/') || text === '/') {
      throw refused(at, `'${name}' must be a JSON pointer`);
    }
    const path = text
      .slice(1)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    const first = path[0]!;
    if (systemNames.has(first)) throw refused(at, `'${text}' cannot be modified`);
    if (path.length <= partitionKeyPath.length && path.every((step, i) => step === partitionKeyPath[i])) {
      throw refused(at, `'${text}' holds the partition key, which cannot be modified`);
    }
    return path;
  };
  const path = pointer('path');
  if (op === 'move') {
    const from = pointer('from');
    if (from.length <= path.length && from.every((step, i) => step === path[i])) {
      throw refused(at, "'from' cannot be moved into itself");
    }
    return { op, path, from };
  }
  if (op === 'remove') return { op, path };
  if (entry['value'] === undefined) throw refused(at, `'${op}' needs a value`);
  return { op, path, value: entry['value'] };
}

function refused(at: number, why: string): Error {
  return badRequest(`For Operation(${at}): ${why}. Learn more: https://aka.ms/cosmosdbpatchdocs`);
}

/** Applies the operations in order to the document itself, and returns it. Throws 400; the caller then drops the document. */
export function applyPatch(document: JsonObject, operations: readonly PatchOperation[]): JsonObject {
  for (const [index, operation] of operations.entries()) {
    const at = index + 1;
    if (operation.op === 'move') {
      const value = remove(document, operation.from!, at);
      add(document, operation.path, value, at);
    } else if (operation.op === 'remove') {
      remove(document, operation.path, at);
    } else {
      write(document, operation, at);
    }
  }
  return document;
}

function write(document: JsonObject, { op, path, value }: PatchOperation, at: number): void {
  if (op === 'add') return add(document, path, value!, at);
  const { parent, last } = locate(document, path, at);
  if (Array.isArray(parent)) {
    if (op === 'set' && last === '-') return void parent.push(value!);
    const index = indexIn(parent, last, at, false);
    parent[index] = op === 'incr' ? increment(parent[index], value!, at) : value!;
    return;
  }
  if (op === 'replace' && !Object.hasOwn(parent, last))
    throw refused(at, `there is nothing at '/${path.join('/')}' to replace`);
  parent[last] = op === 'incr' ? increment(parent[last], value!, at) : value!;
}

function add(document: JsonObject, path: readonly string[], value: Json, at: number): void {
  const { parent, last } = locate(document, path, at);
  if (!Array.isArray(parent)) parent[last] = value;
  else if (last === '-') parent.push(value);
  else parent.splice(indexIn(parent, last, at, true), 0, value);
}

function remove(document: JsonObject, path: readonly string[], at: number): Json {
  const { parent, last } = locate(document, path, at);
  if (Array.isArray(parent)) return parent.splice(indexIn(parent, last, at, false), 1)[0]!;
  const value = Object.hasOwn(parent, last) ? parent[last] : undefined;
  if (value === undefined) throw refused(at, `there is nothing at '/${path.join('/')}' to remove`);
  delete parent[last];
  return value;
}

function increment(before: Json | undefined, by: Json, at: number): number {
  if (typeof by !== 'number') throw refused(at, "'incr' needs a number");
  if (before !== undefined && typeof before !== 'number')
    throw refused(at, "'incr' needs a number to add to");
  return (before ?? 0) + by;
}

function locate(
  document: JsonObject,
  path: readonly string[],
  at: number,
): { parent: Json[] | JsonObject; last: string } {
  let parent: Json | undefined = document;
  for (const step of path.slice(0, -1)) {
    if (Array.isArray(parent)) parent = parent[indexIn(parent, step, at, false)];
    else if (isJsonObject(parent) && Object.hasOwn(parent, step)) parent = parent[step];
    else parent = undefined;
    if (typeof parent !== 'object' || parent === null) {
      throw refused(
        at,
        `only a child of an existing object or array can be changed, no path found beyond '${step}'`,
      );
    }
  }
  return { parent: parent as Json[] | JsonObject, last: path.at(-1)! };
}

function indexIn(array: Json[], step: string, at: number, end: boolean): number {
  const index = /^(0|[1-9]\d*)$/.test(step) ? Number(step) : NaN;
  if (!(index < array.length || (end && index === array.length)))
    throw refused(at, `'${step}' is not an index of the array`);
  return index;
}
