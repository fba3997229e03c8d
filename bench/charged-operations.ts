/** What one request to Cosmos DB did, and what each part of it was charged: a bulk request and a batch hold many operations. */
import { CONTAINERS } from '@github-repo-stats/shared/topology';
import { z } from 'zod';

export interface Exchange {
  method: string;
  /** Path, with or without a query string. */
  url: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
  answer: { status: number; charge: number; text: string };
}

export const VERBS = ['create', 'read', 'replace', 'upsert', 'patch', 'delete'] as const;
export type Verb = (typeof VERBS)[number] | 'query' | 'feed' | 'metadata';

export interface Operation {
  /** Of documents, `account` when the request was about none. */
  container: string;
  verb: Verb;
  /** Of the document; of queries and feeds empty. */
  id: string;
  /** In run-info what kind of document it is about, as far as the request tells: `outcome`, `rows`. */
  type: string;
  status: number;
  ru: number;
  /** As it was sent. */
  document?: Record<string, unknown>;
  /** Text of a query. */
  query?: string;
}

const Listed = z.array(
  z.object({
    operationType: z.string(),
    id: z.string().optional(),
    resourceBody: z.record(z.string(), z.unknown()).optional(),
  }),
);
const Results = z.array(z.object({ statusCode: z.number(), requestCharge: z.number().default(0) }));
const Body = z.record(z.string(), z.unknown());

const parsed = <T>(schema: z.ZodType<T>, text: string): T | undefined => {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

const idOf = (document: Record<string, unknown> | undefined): string => {
  const id = document?.['id'];
  return typeof id === 'string' ? id : '';
};

/** Documents of run-info say in their ids what they are; a run's is nothing but its number. */
function typeOf(container: string, id: string): string {
  if (container !== CONTAINERS.runInfo.defaultName) return '';
  return id.replace(/[.\d].*$/, '') || (id === '' ? '' : 'run');
}

/** `c.type = 'rows'` names what is looked for; a sum gives it as a parameter. */
function typeInQuery({ query, parameters }: Record<string, unknown>): string {
  const named = /c\.type (?:= |IN \()'(\w+)'/.exec(String(query))?.[1];
  const given = JSON.stringify(parameters ?? []).match(/"@type","value":"(\w+)"/)?.[1];
  return named ?? given ?? '';
}

export function operationsOf(exchange: Exchange): Operation[] {
  const { method, headers, body, answer } = exchange;
  const [, , , , container = 'account', , encoded = ''] = exchange.url.split('?')[0]!.split('/');
  const one = (verb: Verb, id: string, more: Partial<Operation> = {}): Operation => ({
    container,
    verb,
    id,
    type: typeOf(container, id),
    status: answer.status,
    ru: answer.charge,
    ...more,
  });
  const isDocument = exchange.url.includes('/docs');
  if (!isDocument) return [one('metadata', '')];
  const has = (name: string): boolean => headers[name] !== undefined;
  if (has('x-ms-cosmos-is-query-plan-request')) return [one('metadata', '')];
  if (has('x-ms-cosmos-is-batch-request')) return listed(container, exchange);
  const document = parsed(Body, body);
  if (/query/i.test(String(headers['content-type'])))
    return [one('query', '', { type: typeInQuery(document ?? {}), query: String(document?.['query']) })];
  const id = decodeURIComponent(encoded);
  if (method === 'GET') return [has('a-im') ? one('feed', '') : one('read', id)];
  const given = document && { document };
  if (method === 'POST') {
    const isUpsert = String(headers['x-ms-documentdb-is-upsert']).toLowerCase() === 'true';
    return [one(isUpsert ? 'upsert' : 'create', idOf(document), given)];
  }
  if (method === 'PUT') return [one('replace', id, given)];
  return [one(method === 'PATCH' ? 'patch' : 'delete', id)];
}

/** One for each operation of a list, with its own charge. A list that was refused as a whole is charged as the first. */
function listed(container: string, { body, answer }: Exchange): Operation[] {
  const results = parsed(Results, answer.text);
  return (parsed(Listed, body) ?? []).map(({ operationType, id, resourceBody }, i) => {
    const verb = operationType.toLowerCase() as Verb;
    const name = id ?? idOf(resourceBody);
    return {
      container,
      verb,
      id: name,
      type: typeOf(container, name),
      status: results?.[i]?.statusCode ?? answer.status,
      ru: results ? (results[i]?.requestCharge ?? 0) : i === 0 ? answer.charge : 0,
      ...(resourceBody && verb !== 'patch' && { document: resourceBody }),
    };
  });
}
