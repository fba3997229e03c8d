/** GitHub's global node ids and cursors: MessagePack in base64, of which only what GitHub puts there is spoken. */

export type NodeKind = 'R' | 'O' | 'U';

/** Repository 1296269 is `R_kgDOABPHjQ`: the prefix, then base64url of MessagePack [0, uint32]. */
export function nodeId(kind: NodeKind, databaseId: number): string {
  const bytes = Buffer.from([0x92, 0x00, 0xce, 0, 0, 0, 0]);
  bytes.writeUInt32BE(databaseId, 3);
  return `${kind}_${bytes.toString('base64url')}`;
}

/** The kind and database id a node id stands for; undefined when it is not one that `nodeId` makes. */
export function parseNodeId(id: string): { kind: NodeKind; databaseId: number } | undefined {
  const kind = id.slice(0, 2);
  if (kind !== 'R_' && kind !== 'O_' && kind !== 'U_') return undefined;
  const bytes = Buffer.from(id.slice(2), 'base64url');
  if (bytes.length !== 7 || bytes[0] !== 0x92 || bytes[1] !== 0 || bytes[2] !== 0xce) return undefined;
  return { kind: kind.charAt(0) as NodeKind, databaseId: bytes.readUInt32BE(3) };
}

/** Where a page ended: the database id, before it the value sorted by unless that is the id itself. */
export interface Cursor {
  readonly key: number | string | undefined;
  readonly databaseId: number;
}

function pack(value: number | string): Buffer {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(5, 0xce);
    bytes.writeUInt32BE(value, 1);
    return bytes;
  }
  const text = Buffer.from(value);
  return Buffer.concat([Buffer.from([0xd9, text.length]), text]);
}

/** base64 of `cursor:v2:` and MessagePack [databaseId] or [key, databaseId]; keys are uint32 or at most 255 bytes. */
export function encodeCursor({ key, databaseId }: Cursor): string {
  const values = key === undefined ? [databaseId] : [key, databaseId];
  const packed = Buffer.concat([Buffer.from([0x90 + values.length]), ...values.map(pack)]);
  return Buffer.concat([Buffer.from('cursor:v2:'), packed]).toString('base64');
}

/** The inverse of `encodeCursor`; undefined when the text is no such cursor. */
export function decodeCursor(text: string): Cursor | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.subarray(0, 10).toString('latin1') !== 'cursor:v2:') return undefined;
  const values: (number | string)[] = [];
  for (let at = 11; at < bytes.length;) {
    if (bytes[at] === 0xce && at + 5 <= bytes.length) {
      values.push(bytes.readUInt32BE(at + 1));
      at += 5;
    } else if (bytes[at] === 0xd9 && at + 2 <= bytes.length) {
      const end = at + 2 + (bytes[at + 1] ?? 0);
      if (end > bytes.length) return undefined;
      values.push(bytes.toString('utf8', at + 2, end));
      at = end;
    } else return undefined;
  }
  const databaseId = values.at(-1);
  if (bytes[10] !== 0x90 + values.length || values.length > 2 || typeof databaseId !== 'number')
    return undefined;
  return { key: values.length === 2 ? values[0] : undefined, databaseId };
}
