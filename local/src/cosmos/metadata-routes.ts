/** Requests about databases, containers and offers. Their charges come from a budget of their own, so none is drawn here. */
import { metadataReadCharge, metadataWriteCharge } from './charge-table.ts';
import type { Catalog } from './catalog.ts';
import { notSupported, preconditionFailed } from './cosmos-error.ts';
import { textOf, type JsonObject } from './json.ts';
import { throughputFromHeaders } from './offers.ts';
import { queryList } from './query/list-query.ts';
import type { Reply } from './reply.ts';
import { header, type CosmosRequest } from './request.ts';
import type { Store } from './store.ts';

type ListName = 'Databases' | 'DocumentCollections' | 'Offers';

export function databasesRoute(catalog: Catalog, store: Store, request: CosmosRequest): Reply {
  const [, databaseId] = request.segments;
  if (databaseId === undefined) {
    const list = () => catalog.databases().map(({ body }) => body);
    if (isRead(request)) return listReply('Databases', store, list(), request);
    if (request.method === 'POST')
      return created(catalog.createDatabase(request.body(), throughputOf(request)).body);
  } else if (request.method === 'GET') {
    return found(catalog.database(databaseId).body);
  } else if (request.method === 'DELETE') {
    catalog.deleteDatabase(databaseId);
    return { status: 204, charge: metadataWriteCharge };
  }
  throw notSupported(`${request.method} on databases`);
}

export function containersRoute(catalog: Catalog, store: Store, request: CosmosRequest): Reply {
  const [, databaseId, , containerId] = request.segments as [string, string, string, string?];
  if (containerId === undefined) {
    if (isRead(request)) {
      const list = [...catalog.database(databaseId).containers.values()].map(({ definition }) => definition);
      return listReply('DocumentCollections', store, list, request);
    }
    if (request.method === 'POST') {
      return created(catalog.createContainer(databaseId, request.body(), throughputOf(request)).definition);
    }
  } else {
    const container = catalog.container(databaseId, containerId);
    if (request.method === 'GET') return found(container.definition);
    const etag = header(request, 'if-match');
    if (etag !== undefined && etag !== '*' && etag !== container.definition['_etag'])
      throw preconditionFailed();
    if (request.method === 'PUT') {
      catalog.replaceContainer(container, request.body());
      return { ...found(container.definition), charge: metadataWriteCharge };
    }
    if (request.method === 'DELETE') {
      catalog.deleteContainer(databaseId, containerId);
      return { status: 204, charge: metadataWriteCharge };
    }
  }
  throw notSupported(`${request.method} on containers`);
}

export function offersRoute(catalog: Catalog, store: Store, request: CosmosRequest): Reply {
  const [, offerId] = request.segments;
  if (offerId === undefined) {
    if (isRead(request)) return listReply('Offers', store, catalog.offers(), request);
  } else if (request.method === 'GET') {
    return found(catalog.offer(offerId));
  } else if (request.method === 'PUT') {
    return { ...found(catalog.replaceOffer(offerId, request.body())), charge: metadataWriteCharge };
  }
  throw notSupported(`${request.method} on offers`);
}

function isRead(request: CosmosRequest): boolean {
  return request.method === 'GET' || header(request, 'x-ms-documentdb-isquery') !== undefined;
}

function throughputOf(request: CosmosRequest) {
  return throughputFromHeaders(
    header(request, 'x-ms-offer-throughput'),
    header(request, 'x-ms-cosmos-offer-autopilot-settings'),
  );
}

function listReply(name: ListName, store: Store, list: JsonObject[], request: CosmosRequest): Reply {
  const texts =
    request.method === 'GET'
      ? list.map((entry) => JSON.stringify(entry))
      : queryList(store.sqlite, list, request.body());
  const body = `{"_rid":"","${name}":[${texts.join(',')}],"_count":${texts.length}}`;
  return { status: 200, charge: metadataReadCharge, body, count: texts.length };
}

function found(body: JsonObject): Reply {
  return { status: 200, charge: metadataReadCharge, body: JSON.stringify(body), etag: textOf(body, '_etag') };
}

function created(body: JsonObject): Reply {
  return { ...found(body), status: 201, charge: metadataWriteCharge };
}
