/** The JSON types that documents are made of. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

/** True for a JSON object: neither null, nor an array, nor a scalar. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of property names, or undefined when a step is missing. */
export function valueAt(document: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** A property that must be a string, as in documents that this server made itself. */
export function textOf(document: JsonObject, name: string): string {
  const value = document[name];
  if (typeof value !== 'string') throw new Error(`The property ${name} is not a string.`);
  return value;
}

/** How deeply objects and arrays are nested; a scalar has depth 0. Stops counting once past `limit`. */
export function depthOf(value: Json, limit: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (limit <= 0) return 1;
  let deepest = 0;
  for (const child of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof child === 'object') deepest = Math.max(deepest, depthOf(child, limit - 1));
  }
  return 1 + deepest;
}
