/** The properties that Cosmos DB sets on each resource: _rid, _self, _etag, _ts and, on items, _attachments. */
import type { JsonObject } from './json.ts';

const itemSystemProperties = ['_rid', '_self', '_etag', '_attachments', '_ts'] as const;

/** A resource id: the numbers of database, container and item, in Cosmos' base64 with `-` for `/`. */
export function resourceId(database: number, container?: number, item?: number): string {
  const bytes = Buffer.alloc(item !== undefined ? 16 : container !== undefined ? 8 : 4);
  bytes.writeUInt32BE(database, 0);
  // The high bit tells a container from a user, which is a database's other kind of child.
  if (container !== undefined) bytes.writeUInt32BE((container | 0x80000000) >>> 0, 4);
  if (item !== undefined) bytes.writeBigUInt64BE(BigInt(item), 8);
  return bytes.toString('base64').replaceAll('/', '-');
}

/** An etag, quotes included. `version` is never used twice in a store, so neither is the etag. */
export function makeEtag(version: number, seconds: number): string {
  const hex = version.toString(16).padStart(12, '0');
  return `"${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-${seconds.toString(16).padStart(8, '0')}0000"`;
}

/** The item as its client means it: a copy without the system properties, or the item itself when it has none. */
export function withoutSystemProperties(item: JsonObject): JsonObject {
  if (!itemSystemProperties.some((name) => Object.hasOwn(item, name))) return item;
  const own = { ...item };
  for (const name of itemSystemProperties) delete own[name];
  return own;
}

/** The stored JSON of an item: `ownJson` is the text of a non-empty object without system properties. */
export function withSystemProperties(
  ownJson: string,
  system: { rid: string; self: string; etag: string; seconds: number },
): string {
  return `${ownJson.slice(0, -1)},"_rid":"${system.rid}","_self":"${system.self}","_etag":${JSON.stringify(system.etag)},"_attachments":"attachments/","_ts":${system.seconds}}`;
}
