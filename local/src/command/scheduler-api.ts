/** Calls the scheduler's HTTP API, here or deployed, and says in plain words why it cannot. */
import { UserError } from '../platform/user-error.ts';

/** The environment variable that the function key is taken from: an argument would show in the list of processes. */
export const KEY_VARIABLE = 'GITHUB_REPO_STATS_KEY';

/** How long an answer is waited for: a request that sends many letters back takes some seconds. */
const PATIENCE_MS = 120_000;

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

export class ApiProblem extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type CallApi = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) => Promise<unknown>;

/**
 * @param address of the scheduler, with or without `/api`.
 * @param key of its functions; undefined for none.
 * @throws UserError when the address is none, or would carry the key in the clear.
 */
export function schedulerApi(address: string, key: string | undefined): CallApi {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UserError([`--api ${address}: is not an http(s) address`]);
  if (url.username || url.password)
    throw new UserError([
      `--api: holds a user or a password; the key of the functions goes into ${KEY_VARIABLE}`,
    ]);
  if (key !== undefined && url.protocol === 'http:' && !LOOPBACK.has(url.hostname))
    throw new UserError([
      `--api ${url.origin}: would send the key of ${KEY_VARIABLE} unencrypted; use https`,
    ]);
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
    throw new UserError([`${KEY_VARIABLE}: holds characters that no key has`]);
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/api$/, '')}/api`;
  return async (method, path, body) => {
    const { status, text } = await ask(`${base}/${path}`, method, key, body);
    if (status >= 200 && status < 300) return text === '' ? undefined : jsonIn(text, base);
    throw problemOf(status, text, base, key !== undefined);
  };
}

async function ask(
  url: string,
  method: string,
  key: string | undefined,
  body: unknown,
): Promise<{ status: number; text: string }> {
  try {
    const answer = await fetch(url, {
      method,
      headers: {
        ...(key !== undefined && { 'x-functions-key': key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // The key goes to no other place than the one that was named.
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    const { origin } = new URL(url);
    const { name, cause } = error as Error;
    const code = (cause as { code?: string } | undefined)?.code ?? name;
    if (code === 'ECONNREFUSED')
      throw new UserError([
        `Nothing listens at ${origin}. Start it with \`npm run serve\`, or name another one with --api.`,
      ]);
    if (code === 'ENOTFOUND') throw new UserError([`There is no ${origin}: see --api.`]);
    throw new Error(`${origin} does not answer (${code})`);
  }
}

function jsonIn(text: string, base: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UserError([`${base} answers no JSON: it is not the scheduler. See --api.`]);
  }
}

function problemOf(status: number, text: string, base: string, withKey: boolean): Error {
  if (status === 401 || status === 403)
    return new UserError([
      withKey
        ? `${base} refuses the key of ${KEY_VARIABLE} (${status}).`
        : `${base} wants a key (${status}): set ${KEY_VARIABLE} to a function key of the scheduler.`,
    ]);
  if (status >= 300 && status < 400)
    return new UserError([
      `${base} leads elsewhere (${status}), which is not followed: name that with --api.`,
    ]);
  const detail = detailOf(text);
  if (detail === undefined && (status === 404 || status === 405))
    return new UserError([
      `${base} knows no dead letters (${status}): it is not the scheduler, or an older one.`,
    ]);
  return new ApiProblem(status, detail ?? `${base} answers ${status}`);
}

/** What a problem document says. */
function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
}
