/** Asks the API: the key goes along in a header and is kept nowhere but in memory, and what has not changed is not sent again. */
import { signal } from '@preact/signals';
import type { Problem } from '@github-repo-stats/reporter/contract';

/** The key that was given; gone when the page is loaded again. */
export const key = signal<string | undefined>(undefined);

/** What is missing before the API answers: nothing, a key, or another one than was given. */
export const wanted = signal<'nothing' | 'key' | 'other key'>('nothing');

/** The API answered, and not with what was asked for. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Known {
  tag: string;
  body: unknown;
}
/** The last answers, by path: enough to go back and forth, little enough to forget about. */
const known = new Map<string, Known>();
const MOST_KNOWN = 40;

/** What was last answered; undefined when it was not asked for, or long ago. */
export const lastAnswer = <T>(path: string): T | undefined => known.get(path)?.body as T | undefined;

function remember(path: string, answer: Known): void {
  known.delete(path);
  known.set(path, answer);
  for (const oldest of known.keys()) {
    if (known.size <= MOST_KNOWN) break;
    known.delete(oldest);
  }
}

async function reasonOf(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.includes('json'))
    return `The reporter answered ${response.status} ${response.statusText}`.trim() + '.';
  const problem = (await response.json()) as Problem;
  return problem.detail || problem.title;
}

/**
 * @param path from the root, such as `api/overview`.
 * @returns the very same object for as long as nothing changed.
 * @throws Refusal when the API says no, TypeError when it cannot be reached.
 */
export async function ask<T>(path: string, signal: AbortSignal): Promise<T> {
  const before = known.get(path);
  const given = key.value;
  const response = await fetch(`/${path}`, {
    signal,
    // Nothing that a key opened is left on a disk.
    cache: 'no-store',
    headers: {
      accept: 'application/json',
      ...(given !== undefined && { 'x-functions-key': given }),
      ...(before && { 'if-none-match': before.tag }),
    },
  });
  if (response.status === 304 && before) return before.body as T;
  if (response.status === 401) wanted.value = given === undefined ? 'key' : 'other key';
  else wanted.value = 'nothing';
  if (!response.ok) throw new Refusal(response.status, await reasonOf(response));
  const body = (await response.json()) as T;
  const tag = response.headers.get('etag');
  if (tag !== null) remember(path, { tag, body });
  return body;
}
