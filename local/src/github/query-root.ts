/** The GraphQL type Query: the ways into the world. */
import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import { GithubError, nodeNotFound, unsupported } from './github-error.ts';
import { nodeId, parseNodeId } from './node-id.ts';
import { admitOwner } from './owner-node.ts';
import type { Arguments } from './pagination.ts';
import { isoTime } from './repository-facts.ts';
import { lookUpRepository, repositoryByDatabaseId } from './repository-lookup.ts';
import type { RequestContext } from './request-context.ts';

/** https://docs.github.com/en/graphql does not say so; GitHub answers ARGUMENT_LIMIT. */
const MAX_IDS = 100;

function nodeById(id: string, context: RequestContext): object | null {
  const parsed = parseNodeId(id);
  if (parsed?.kind === 'R') return repositoryByDatabaseId(parsed.databaseId, id, context);
  const owner = parsed && context.world.ownerByDatabaseId(parsed.databaseId);
  const type = parsed?.kind === 'O' ? 'Organization' : 'User';
  const node = owner?.type === type ? admitOwner(owner, context) : undefined;
  if (node === undefined) throw nodeNotFound(id);
  return node;
}

function ownerByLogin(login: string, type: 'Organization' | 'User', context: RequestContext): object | null {
  const owner = context.world.findOwner(login);
  const node = owner?.type === type ? admitOwner(owner, context) : undefined;
  if (node !== undefined) return node;
  const article = type === 'Organization' ? 'an' : 'a';
  throw new GithubError('NOT_FOUND', `Could not resolve to ${article} ${type} with the login of '${login}'.`);
}

export const queryRoot = {
  viewer: () => {
    const databaseId = 583_231;
    const login = 'github-simulator';
    return { __typename: 'User', id: nodeId('U', databaseId), databaseId, login, name: login };
  },
  rateLimit: (_args: Arguments, { cost, rateLimit }: RequestContext) => ({
    cost: cost.points,
    nodeCount: cost.nodes,
    limit: rateLimit.limit,
    remaining: rateLimit.remaining,
    used: rateLimit.used,
    resetAt: isoTime(rateLimit.reset),
  }),
  repository: (args: Arguments, context: RequestContext, info: GraphQLResolveInfo) =>
    lookUpRepository(String(args.owner), args, context, info),
  organization: ({ login }: Arguments, context: RequestContext) =>
    ownerByLogin(String(login), 'Organization', context),
  user: ({ login }: Arguments, context: RequestContext) => ownerByLogin(String(login), 'User', context),
  repositoryOwner: ({ login }: Arguments, context: RequestContext) =>
    admitOwner(context.world.findOwner(String(login)), context) ?? null,
  node: ({ id }: Arguments, context: RequestContext) => nodeById(String(id), context),
  nodes: ({ ids }: { readonly ids: readonly string[] }, context: RequestContext) => {
    if (ids.length > MAX_IDS)
      throw new GithubError(
        'ARGUMENT_LIMIT',
        `You may not provide more than ${MAX_IDS} node ids; you provided ${ids.length}.`,
      );
    // An error in the list is that item's error: the others are answered, in the order of the ids.
    return ids.map((id) => {
      try {
        return nodeById(id, context);
      } catch (error) {
        if (error instanceof GithubError) return error;
        throw error;
      }
    });
  },
};

type Field = (args: unknown, context: RequestContext, info: GraphQLResolveInfo) => unknown;

/** Reads a field off its object; the objects hold a method or a value for each field that the simulator has. */
export const resolveField: GraphQLFieldResolver<unknown, RequestContext> = (source, args, context, info) => {
  const value = (source as Readonly<Record<string, unknown>>)[info.fieldName];
  if (value === undefined) throw unsupported(`Field '${info.parentType.name}.${info.fieldName}'`);
  return typeof value === 'function' ? (value as Field).call(source, args, context, info) : value;
};
