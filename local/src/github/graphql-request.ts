/** Reads a GraphQL request over HTTP: who asks, what, and what it will cost; or GitHub's refusal of the form of it. */
import type { GraphQLError } from 'graphql';
import { askedRepositories } from './asked-repositories.ts';
import type { Caller } from './credentials.ts';
import { queryCost, valueOf, type QueryCost, type Variables } from './query-cost.ts';
import type { CallKind, Query, QueryDocuments } from './query-document.ts';
import { badCredentials, noUserAgent, problemsParsing, queryMissing, type Reply } from './reply.ts';

export interface HttpRequest {
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
  readonly body: string;
}

export interface GraphqlRequest {
  readonly caller: Caller;
  /** The query, or what is wrong with it. */
  readonly query: Query | readonly GraphQLError[];
  /** A dry run is `other`, whatever it would ask: it is answered with `rateLimit` alone. */
  readonly kind: CallKind;
  /** Single repositories asked for by a query of kind `stats`. */
  readonly repositories: number;
  readonly variables: Variables;
  readonly operationName: string | undefined;
  readonly cost: QueryCost;
  /** What the query is charged: nothing when it is wrong, asks for `rateLimit` alone, or is a dry run. */
  readonly points: number;
  readonly dryRun: boolean;
}

interface Body {
  readonly query: string;
  readonly variables: Variables;
  readonly operationName: string | undefined;
}

function readBody(text: string): Body | Reply {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return problemsParsing;
  }
  if (typeof value !== 'object' || value === null) return problemsParsing;
  const { query, variables, operationName } = value as Record<string, unknown>;
  if (typeof query !== 'string') return queryMissing;
  const isObject = typeof variables === 'object' && variables !== null;
  return {
    query,
    variables: isObject ? (variables as Variables) : {},
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : undefined,
  };
}

function isDryRun({ rateLimit }: Query, variables: Variables): boolean {
  const argument = rateLimit?.field.arguments?.find(({ name }) => name.value === 'dryRun');
  return argument !== undefined && valueOf(argument.value, variables) === true;
}

/** Tells a query from what is wrong with one. */
export function isQuery(read: Query | readonly GraphQLError[]): read is Query {
  return 'document' in read;
}

export function readRequest(
  { authorization, userAgent, body: text }: HttpRequest,
  callerOf: (token: string) => Caller | undefined,
  documents: QueryDocuments,
): GraphqlRequest | Reply {
  if (!userAgent) return noUserAgent;
  const [, secret] = /^(?:token|bearer)\s+(\S+)$/i.exec(authorization ?? '') ?? [];
  const caller = secret === undefined ? undefined : callerOf(secret);
  if (caller === undefined) return badCredentials;
  const body = readBody(text);
  if ('status' in body) return body;
  const { operationName } = body;
  const query = documents.read(body.query, operationName);
  if (!isQuery(query)) {
    const cost = { points: 0, requests: 0, nodes: 0 };
    const wrong = { caller, query, kind: 'other', repositories: 0, points: 0, dryRun: false } as const;
    return { ...wrong, variables: body.variables, operationName, cost };
  }
  const variables = { ...query.defaults, ...body.variables };
  const cost = queryCost(query.cost, variables);
  const dryRun = isDryRun(query, variables);
  const points = dryRun || query.rateLimit?.only ? 0 : cost.points;
  const kind = dryRun ? 'other' : query.kind;
  const repositories = kind === 'stats' ? askedRepositories(query.lookUps, variables) : 0;
  return { caller, query, kind, repositories, variables, operationName, cost, points, dryRun };
}
