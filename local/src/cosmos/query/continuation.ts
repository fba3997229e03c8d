/** Where a paged read goes on: an opaque token in the x-ms-continuation header. */
import { badRequest } from '../cosmos-error.ts';
import { isJsonObject } from '../json.ts';

export interface Position {
  /** The last item of the page before: its id within one partition key, else its place by creation. */
  after?: string | number;
  /** Rows already given, where there is an ORDER BY or an OFFSET. */
  skip?: number;
  /** What is left of TOP. */
  left?: number;
}

export function encodePosition(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Throws 400 for a token that this server did not make. */
export function decodePosition(token: string | undefined): Position {
  if (!token) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (isJsonObject(value)) return value as Position;
  } catch {
    // Falls through to the refusal below.
  }
  throw badRequest('Invalid Continuation Token');
}
