/** Asks the API, and orders: the key goes along in a header and is kept nowhere but in memory, and what has not changed is not sent again. */
import { signal } from '@preact/signals';
import type { OrderState, Problem } from '@github-repo-stats/reporter/contract';

/** The key that was given; gone when the page is loaded again. */
export const key = signal<string | undefined>(undefined);

/** What is missing before the API answers: nothing, a key, another one than was given, or that one signs in. */
export const wanted = signal<'nothing' | 'key' | 'other key' | 'sign-in'>('nothing');

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

/** @throws Refusal where people sign in and have not, or not lately. */
async function send(path: string, init: RequestInit): Promise<Response> {
  const given = key.value;
  const response = await fetch(`/${path}`, {
    ...init,
    // Nothing that a key opened is left on a disk.
    cache: 'no-store',
    // What stands before the app answers whom it does not know with the way to another site.
    redirect: 'manual',
    headers: {
      accept: 'application/json',
      ...(given !== undefined && { 'x-functions-key': given }),
      ...(init.headers as Record<string, string>),
    },
  });
  if (response.type !== 'opaqueredirect') return response;
  wanted.value = 'sign-in';
  throw new Refusal(401, 'Sign in again.');
}

async function problemOf(response: Response): Promise<Problem | undefined> {
  const isJson = response.headers.get('content-type')?.includes('json');
  return isJson ? ((await response.json()) as Problem) : undefined;
}

const refusalOf = ({ status, statusText }: Response, problem: Problem | undefined): Refusal =>
  new Refusal(
    status,
    problem ? problem.detail || problem.title : `The reporter answered ${status} ${statusText}`.trim() + '.',
  );

/**
 * @param path from the root, such as `api/overview`.
 * @returns the very same object for as long as nothing changed.
 * @throws Refusal when the API says no, TypeError when it cannot be reached.
 */
export async function ask<T>(path: string, signal: AbortSignal): Promise<T> {
  const before = known.get(path);
  const given = key.value;
  const response = await send(path, { signal, ...(before && { headers: { 'if-none-match': before.tag } }) });
  if (response.status === 304 && before) return before.body as T;
  const problem = response.ok ? undefined : await problemOf(response);
  if (response.status !== 401) wanted.value = 'nothing';
  else wanted.value = problem?.signIn ? 'sign-in' : given === undefined ? 'key' : 'other key';
  if (!response.ok) throw refusalOf(response, problem);
  const body = (await response.json()) as T;
  const tag = response.headers.get('etag');
  if (tag !== null) remember(path, { tag, body });
  return body;
}

/**
 * Orders something of the scheduler. @param id of the order: the same one again is the same order.
 * @throws Refusal when the API says no, TypeError when it cannot be reached.
 */
export async function order(id: string, given: OrderState['order']): Promise<OrderState> {
  const response = await send(`api/orders/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-requested-by': 'dashboard' },
    body: JSON.stringify(given),
  });
  if (response.ok) return (await response.json()) as OrderState;
  const problem = await problemOf(response);
  if (response.status !== 401 || problem) throw refusalOf(response, problem);
  // In the host's place, which says nothing: the numbers are shown, so the key is one that may read.
  throw new Refusal(
    401,
    'Your key may only read. Who operates has a key of the whole app: load the page again and give that one.',
  );
}
