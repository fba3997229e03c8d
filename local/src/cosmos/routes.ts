/** From a request's path to the code that answers it. */
import { accountDocument, partitionKeyRanges } from './account.ts';
import type { Catalog } from './catalog.ts';
import { metadataReadCharge } from './charge-table.ts';
import { CosmosError, notSupported } from './cosmos-error.ts';
import type { GroupCommit } from './group-commit.ts';
import { itemsRoute } from './item-routes.ts';
import { containersRoute, databasesRoute, offersRoute } from './metadata-routes.ts';
import type { Reply } from './reply.ts';
import { header, type CosmosRequest } from './request.ts';
import type { Store } from './store.ts';

export interface Account {
  store: Store;
  catalog: Catalog;
  writes: GroupCommit;
}

/** Throws CosmosError; a promise rejects with it. */
export function route(account: Account, request: CosmosRequest): Reply | Promise<Reply> {
  if (header(request, 'authorization') === undefined) {
    throw new CosmosError(
      401,
      'Unauthorized',
      'Required Header authorization is missing. Ensure a valid Authorization token is passed.',
      { charge: 0 },
    );
  }
  const { catalog, store, writes } = account;
  const [root, databaseId, colls, containerId, child] = request.segments;
  const { length } = request.segments;
  if (root === undefined) {
    return { status: 200, charge: 0, body: accountDocument(header(request, 'host') ?? '') };
  }
  if (root === 'offers' && length <= 2) return offersRoute(catalog, store, request);
  if (root === 'dbs' && length <= 2) return databasesRoute(catalog, store, request);
  if (root === 'dbs' && colls === 'colls' && databaseId !== undefined) {
    if (length <= 4) return containersRoute(catalog, store, request);
    const container = catalog.owner(databaseId, containerId!);
    if (child === 'docs' && length <= 6) return itemsRoute(container, writes, request);
    if (child === 'pkranges' && length === 5) {
      return { status: 200, charge: metadataReadCharge, body: partitionKeyRanges(container.rid) };
    }
  }
  throw notSupported(`${request.method} ${request.segments.filter((_, at) => at % 2 === 0).join('/')}`);
}
