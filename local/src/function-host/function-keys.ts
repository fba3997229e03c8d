// Keys of functions, where there are some: as Azure asks for them, by header or `code`, and answers 401 without a word.
import type { IncomingMessage } from 'node:http';
import type { Settings } from './settings.ts';

/** JSON: by function, its key; under `*` the key of the host, which opens every function. Without the setting nobody is asked. */
export const FUNCTION_KEYS = 'LOCAL_FUNCTION_KEYS';
const OF_HOST = '*';
/** Of level `admin`, in Azure's words. */
const MASTER = '_master';

/** The keys that open a function; undefined when it asks for none. */
export function keysOf(
  functionName: string,
  level: unknown,
  settings: Settings,
  report: (problem: string) => void,
): ReadonlySet<string> | undefined {
  const given = settings[FUNCTION_KEYS];
  const levelName = typeof level === 'string' ? level.toLowerCase() : 'function';
  if (given === undefined || levelName === 'anonymous') return undefined;
  let keys: unknown;
  try {
    keys = JSON.parse(given);
  } catch {
    keys = undefined;
  }
  if (typeof keys !== 'object' || keys === null || Object.values(keys).some((key) => typeof key !== 'string'))
    report(`${FUNCTION_KEYS} is not a JSON object of keys by function.`);
  const known = new Map(Object.entries((keys ?? {}) as Record<string, string>));
  const names = levelName === 'admin' ? [MASTER] : [functionName, OF_HOST, MASTER];
  return new Set(names.flatMap((name) => known.get(name) ?? []));
}

/** @param keys as `keysOf` tells them. */
export function isOpenTo(request: IncomingMessage, url: URL, keys: ReadonlySet<string> | undefined): boolean {
  if (!keys) return true;
  const header = request.headers['x-functions-key'];
  const key = typeof header === 'string' ? header : url.searchParams.get('code');
  return key !== null && keys.has(key);
}
