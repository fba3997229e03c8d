/** The ways to one repository, by name and by node id, and what stands in them. */
import type { GraphQLResolveInfo } from 'graphql';
import { failureError } from './failure-error.ts';
import { nodeNotFound, repositoryNotFound, type GithubError } from './github-error.ts';
import { refuseOtherArguments, type Arguments } from './pagination.ts';
import { RepositoryNode } from './repository-node.ts';
import type { RequestContext } from './request-context.ts';

/** The repository as a look-up shows it. Throws what GitHub answers for one that is gone, private or kept from us. */
export function admitRepository(
  slot: number | undefined,
  missing: () => GithubError,
  context: RequestContext,
): RepositoryNode | null {
  const { world } = context;
  if (slot === undefined || (world.isPrivate(slot) && !context.seesPrivateOf(world.ownerOf(slot))))
    throw missing();
  const failure = world.failureOf(slot) ?? context.missing(slot);
  if (failure === 'not-found') throw missing();
  if (failure === 'null') return null;
  const error = failure && failureError(failure, world.ownerOf(slot).login, world.nameOf(slot), context);
  if (error) throw error;
  return new RepositoryNode(slot, context);
}

/** `Query.repository` and `RepositoryOwner.repository`. */
export function lookUpRepository(
  owner: string,
  args: Arguments,
  context: RequestContext,
  info: GraphQLResolveInfo,
): object | null {
  refuseOtherArguments(args, ['owner', 'name', 'followRenames'], info);
  const name = String(args.name);
  const slot = context.world.find(owner, name, args.followRenames !== false);
  return admitRepository(slot, () => repositoryNotFound(owner, name), context);
}

/** A repository by its node id's number. */
export function repositoryByDatabaseId(
  databaseId: number,
  id: string,
  context: RequestContext,
): object | null {
  return admitRepository(context.world.slotOfDatabaseId(databaseId), () => nodeNotFound(id), context);
}
