/** The GraphQL types Organization and User, as owners of repositories. */
import type { GraphQLResolveInfo } from 'graphql';
import { failureError } from './failure-error.ts';
import { lookUpRepository } from './repository-lookup.ts';
import { listRepositories } from './repository-connection.ts';
import { nodeId } from './node-id.ts';
import type { Arguments } from './pagination.ts';
import type { RequestContext } from './request-context.ts';
import type { Owner } from './world.ts';

export function ownerNode(owner: Owner): object {
  const { login, type, databaseId } = owner;
  return {
    __typename: type,
    id: nodeId(type === 'Organization' ? 'O' : 'U', databaseId),
    databaseId,
    login,
    name: login,
    url: `https://github.com/${login}`,
    resourcePath: `/${login}`,
    repositories: (args: Arguments, context: RequestContext, info: GraphQLResolveInfo) =>
      listRepositories(owner, args, context, info),
    repository: (args: Arguments, context: RequestContext, info: GraphQLResolveInfo) =>
      lookUpRepository(login, args, context, info),
  };
}

/** The owner as a look-up shows it: undefined when there is none. Throws when the owner is kept from us. */
export function admitOwner(owner: Owner | undefined, context: RequestContext): object | null | undefined {
  const failure = owner && context.world.failureOfOwner(owner);
  if (owner === undefined || failure === 'not-found') return undefined;
  if (failure === 'null') return null;
  const error = failure && failureError(failure, owner.login, '', context);
  if (error) throw error;
  return context.ownerNode(owner);
}
