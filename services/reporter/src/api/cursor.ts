/** Where a page of a list ended: opaque to clients, the sort value and the name of its last item, and which list it belongs to. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { unusable } from './problem.ts';

const Cursor = z.object({
  /** Of what decides which items there are and in which order. */
  list: z.string(),
  value: z.union([z.number(), z.string(), z.null()]),
  name: z.string(),
  runId: z.string(),
});
export type Cursor = z.infer<typeof Cursor>;

/** Of the filters and the order of a list: another one makes a cursor unusable. */
export const listDigest = (filters: object): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest('base64url')
    .slice(0, 12);

export const writeCursor = (cursor: Cursor): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url');

/** @throws RequestProblem for one that was not given out, or for a list with other filters. */
export function readCursor(text: string, list: string): Cursor {
  let cursor: Cursor | undefined;
  try {
    cursor = Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    throw unusable('after: is not what an answer gave as `next`; ask without it for the first page');
  }
  if (cursor.list !== list)
    throw unusable(
      'after: belongs to a list with other filters or another order; ask without it for the first page',
    );
  return cursor;
}
