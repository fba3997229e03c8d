/** Finds the route of a request, confirms or makes its answer, and says in words what is wrong when there is none. */
import { createHash } from 'node:crypto';
import type { HttpRequest } from '@azure/functions';
import * as z from 'zod';
import type { Access } from './access.ts';
import { answering, type Handler } from './answering.ts';
import { listDigest } from './cursor.ts';
import { columnsOf, csv, formatOf, FORMATS, ndjson, type Format } from './formats.ts';
import { notThere, unusable } from './problem.ts';
import type { Params, Question, Route } from './route.ts';
import type { Answer } from './respond.ts';

export interface RouterOptions {
  routes: readonly Route[];
  /** Of the code that makes the answers: those of other code are never confirmed. */
  build: () => string;
  access: Access;
}

/** @returns the handler of the one function that answers all of them. */
export const router = ({ routes, build, access }: RouterOptions): Handler =>
  answering({ access, role: 'reader' }, (request) => answerTo(request, routes, build()));

async function answerTo(request: HttpRequest, routes: readonly Route[], build: string): Promise<Answer> {
  const url = new URL(request.url);
  const { route, params } = routeOf(url.pathname, routes);
  const given = single(url.searchParams);
  const { format: asked, ...query } = given;
  const format = formatOf(asked, request.headers.get('accept'));
  if (format === undefined) throw unusable('format: is not json, csv or ndjson');
  const question = route.ask(params, query);
  const version = await question.version();
  const identity = [build, url.pathname, format, listDigest(query)];
  const known = version === undefined ? undefined : etagOf(...identity, version);
  if (known !== undefined && confirms(request, known)) return { status: 304, type: '', etag: known };
  if (format !== 'json') {
    if (route.row) return { ...(await tableOf(question, route, format)), etag: known };
    // By Accept it is only a wish.
    if (asked !== undefined)
      throw unusable(`format: api/${route.path} is no table, so there is no ${format} of it; leave it out`);
  }
  const body = await question.answer();
  if (typeof body === 'string') return { status: 200, type: route.media, body, etag: known };
  const etag = known ?? etagOf(...identity, JSON.stringify({ ...(body as object), asOf: undefined }));
  if (confirms(request, etag)) return { status: 304, type: '', etag };
  return { status: 200, type: route.media, body: JSON.stringify(body), etag };
}

async function tableOf(question: Question, route: Route, format: Format): Promise<Answer> {
  const asked = question.rows();
  if (!asked || !route.row) throw new Error(`${route.path} has no table`);
  const rows = await begun(asked);
  const name = route.path.split('/').findLast((part) => !part.startsWith('{')) ?? 'table';
  return {
    status: 200,
    type: FORMATS[format],
    headers: { 'content-disposition': `attachment; filename="${name}.${format}"` },
    body: format === 'csv' ? csv(rows, columnsOf(z.toJSONSchema(route.row))) : ndjson(rows),
  };
}

/** The same rows, once the first is there: what cannot be told at all is a problem in words, not an answer that breaks off. */
async function begun<T>(rows: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = rows[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    try {
      for (let next = first; !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  })();
}

/** Weak: the same content in other encodings counts as the same. */
const etagOf = (...parts: string[]): string =>
  `W/"${createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 22)}"`;

const confirms = (request: HttpRequest, etag: string): boolean =>
  (request.headers.get('if-none-match') ?? '').split(',').some((one) => one.trim() === etag);

/** @throws RequestProblem when one is given twice. */
function single(query: URLSearchParams): Record<string, string> {
  const given = Object.fromEntries(query);
  for (const name of Object.keys(given))
    if (query.getAll(name).length > 1) throw unusable(`${name}: is given more than once`);
  return given;
}

/** @throws RequestProblem where there is no such route. */
function routeOf(pathname: string, routes: readonly Route[]): { route: Route; params: Params } {
  const parts = partsOf(pathname);
  const found = routes
    .map((route) => ({ route, params: match(route.path, parts) }))
    .find(({ params }) => params !== undefined);
  if (!found?.params) throw notThere('There is no such route; api/openapi.json lists those that there are');
  return { route: found.route, params: found.params };
}

/** Of a path, what is below `api/`. */
export const partsOf = (pathname: string): string[] => pathname.replace(/^\/api\/?/, '').split('/');

/** The parameters of a path that fits. */
export function match(path: string, parts: readonly string[]): Params | undefined {
  const pattern = path.split('/');
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, expected] of pattern.entries()) {
    const part = parts[i]!;
    const name = /^\{(\w+)\}$/.exec(expected)?.[1];
    if (name === undefined ? part !== expected : part === '') return undefined;
    if (name !== undefined) params[name] = decoded(part);
  }
  return params;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unusable('The path is not percent-encoded as UTF-8');
  }
}
