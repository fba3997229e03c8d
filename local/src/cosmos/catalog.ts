/** The account's databases, containers and offers: held in memory, stored in the file. */
import { Container } from './container.ts';
import { checkContainerDefinition, checkResourceId } from './container-definition.ts';
import { badRequest, conflict, notFound, ownerNotFound } from './cosmos-error.ts';
import { isJsonObject, textOf, type JsonObject } from './json.ts';
import { offerDocument, throughputFromOffer, type Throughput } from './offers.ts';
import type { Store } from './store.ts';
import { makeEtag, resourceId } from './system-properties.ts';
import { RequestUnitBudget } from './throughput.ts';

export interface Database {
  number: number;
  id: string;
  self: string;
  body: JsonObject;
  containers: Map<string, Container>;
}

export interface CatalogOptions {
  /** Wall clock in milliseconds. */
  now: () => number;
  monotonicMs: () => number;
  /** Request units per second of a container without an offer. */
  serverlessThroughput: number;
}

/** State: what the tables databases, containers and offers hold, loaded at start and changed together with them. */
export class Catalog {
  readonly #store: Store;
  readonly #options: CatalogOptions;
  readonly #databases = new Map<string, Database>();
  /** By the _self of the database or container. */
  readonly #offers = new Map<string, { body: JsonObject; number: number; budget: RequestUnitBudget }>();

  constructor(store: Store, options: CatalogOptions) {
    this.#store = store;
    this.#options = options;
    const { sqlite } = store;
    for (const row of sqlite.prepare('SELECT number, body FROM offers').all()) {
      const body = JSON.parse(row['body'] as string) as JsonObject;
      this.#keepOffer(Number(row['number']), body);
    }
    const byNumber = new Map<number, Database>();
    for (const row of sqlite.prepare('SELECT number, body FROM databases ORDER BY number').all()) {
      const database = this.#keepDatabase(
        Number(row['number']),
        JSON.parse(row['body'] as string) as JsonObject,
      );
      byNumber.set(database.number, database);
    }
    for (const row of sqlite.prepare('SELECT number, database, body FROM containers ORDER BY number').all()) {
      const database = byNumber.get(Number(row['database']))!;
      this.#keepContainer(database, Number(row['number']), JSON.parse(row['body'] as string) as JsonObject);
    }
  }

  databases(): Database[] {
    return [...this.#databases.values()];
  }

  /** Throws 404. */
  database(id: string): Database {
    const database = this.#databases.get(id);
    if (!database) throw notFound('Resource Not Found. Learn more: https://aka.ms/cosmosdb-tsg-not-found');
    return database;
  }

  /** Throws 404 for the database or the container. */
  container(databaseId: string, id: string): Container {
    const container = this.database(databaseId).containers.get(id);
    if (!container) throw notFound('Resource Not Found. Learn more: https://aka.ms/cosmosdb-tsg-not-found');
    return container;
  }

  /** The container in which something is looked for. Throws 404 with the substatus that tells it from a missing item. */
  owner(databaseId: string, id: string): Container {
    const container = this.#databases.get(databaseId)?.containers.get(id);
    if (!container) throw ownerNotFound();
    return container;
  }

  createDatabase(given: unknown, throughput: Throughput | undefined): Database {
    const id = checkResourceId(isJsonObject(given) ? given['id'] : undefined);
    if (this.#databases.has(id)) throw conflict('Resource with specified id or name already exists.');
    return this.#store.transaction(() => {
      const number = this.#nextNumber();
      const rid = resourceId(number);
      const body = { id, ...this.#system(rid, `dbs/${rid}/`), _colls: 'colls/', _users: 'users/' };
      this.#store.sqlite
        .prepare('INSERT INTO databases VALUES(?, ?, ?)')
        .run(number, id, JSON.stringify(body));
      if (throughput) this.#createOffer(body._self, rid, throughput);
      return this.#keepDatabase(number, body);
    });
  }

  deleteDatabase(id: string): void {
    const database = this.database(id);
    this.#store.transaction(() => {
      for (const container of database.containers.values()) this.#dropContainer(container);
      this.#dropOffer(database.self);
      this.#store.sqlite.prepare('DELETE FROM databases WHERE number = ?').run(database.number);
    });
    this.#databases.delete(id);
  }

  createContainer(databaseId: string, given: unknown, throughput: Throughput | undefined): Container {
    const database = this.database(databaseId);
    const definition = checkContainerDefinition(given);
    if (database.containers.has(definition.id))
      throw conflict('Resource with specified id or name already exists.');
    return this.#store.transaction(() => {
      const number = this.#nextNumber();
      const rid = resourceId(database.number, number);
      const body = {
        ...definition,
        ...this.#system(rid, `${database.self}colls/${rid}/`),
        _docs: 'docs/',
        _sprocs: 'sprocs/',
        _triggers: 'triggers/',
        _udfs: 'udfs/',
        _conflicts: 'conflicts/',
      };
      this.#store.sqlite
        .prepare('INSERT INTO containers VALUES(?, ?, ?, ?)')
        .run(number, database.number, definition.id, JSON.stringify(body));
      if (throughput) this.#createOffer(body._self, rid, throughput);
      return this.#keepContainer(database, number, body);
    });
  }

  /** Changes the indexing policy and the defaultTtl; id and partition key are for ever. */
  replaceContainer(container: Container, given: unknown): void {
    const definition = checkContainerDefinition(given);
    const before = container.definition;
    if (definition.id !== before['id']) throw badRequest('The id of a container cannot be changed.');
    const paths = (key: unknown) => JSON.stringify(isJsonObject(key) ? key['paths'] : undefined);
    if (paths(definition['partitionKey']) !== paths(before['partitionKey'])) {
      throw badRequest('The partition key of a container cannot be changed.');
    }
    const { defaultTtl: _dropped, ...kept } = before;
    const body = { ...kept, ...definition, ...this.#system(container.rid, container.self) };
    this.#store.transaction(() => {
      this.#store.sqlite
        .prepare('UPDATE containers SET body = ? WHERE number = ?')
        .run(JSON.stringify(body), container.number);
      container.redefine(body);
    });
  }

  deleteContainer(databaseId: string, id: string): void {
    const container = this.container(databaseId, id);
    this.#store.transaction(() => this.#dropContainer(container));
    this.database(databaseId).containers.delete(id);
  }

  offers(): JsonObject[] {
    return [...this.#offers.values()].map(({ body }) => body);
  }

  /** Throws 404. */
  offer(id: string): JsonObject {
    const offer = this.offers().find((body) => body['id'] === id);
    if (!offer) throw notFound();
    return offer;
  }

  replaceOffer(id: string, given: unknown): JsonObject {
    const before = this.offer(id);
    const { number, budget } = this.#offers.get(textOf(before, 'resource'))!;
    const throughput = throughputFromOffer(given);
    const body = this.#offerBody(
      number,
      textOf(before, 'resource'),
      textOf(before, 'offerResourceId'),
      throughput,
    );
    this.#store.transaction(() => {
      this.#store.sqlite
        .prepare('UPDATE offers SET body = ? WHERE number = ?')
        .run(JSON.stringify(body), number);
    });
    this.#offers.get(textOf(before, 'resource'))!.body = body;
    budget.setRate(throughput.rate);
    return body;
  }

  #nextNumber(): number {
    const row = this.#store.sqlite
      .prepare('UPDATE counter SET resource = resource + 1 RETURNING resource')
      .get();
    return Number(row!['resource']);
  }

  #seconds(): number {
    return Math.floor(this.#options.now() / 1000);
  }

  #system(rid: string, self: string) {
    const seconds = this.#seconds();
    return { _rid: rid, _self: self, _etag: makeEtag(this.#store.nextVersion(), seconds), _ts: seconds };
  }

  #keepDatabase(number: number, body: JsonObject): Database {
    const id = textOf(body, 'id');
    const database = {
      number,
      id,
      self: textOf(body, '_self'),
      body,
      containers: new Map<string, Container>(),
    };
    this.#databases.set(id, database);
    return database;
  }

  #keepContainer(database: Database, number: number, definition: JsonObject): Container {
    const { now, monotonicMs, serverlessThroughput } = this.#options;
    const budget =
      this.#offers.get(textOf(definition, '_self'))?.budget ??
      this.#offers.get(database.self)?.budget ??
      new RequestUnitBudget(serverlessThroughput, monotonicMs);
    const container = new Container({
      store: this.#store,
      number,
      databaseNumber: database.number,
      definition,
      budget,
      now,
    });
    database.containers.set(textOf(definition, 'id'), container);
    return container;
  }

  #dropContainer(container: Container): void {
    this.#store.sqlite.prepare('DELETE FROM containers WHERE number = ?').run(container.number);
    this.#dropOffer(container.self);
    container.delete();
  }

  #offerBody(number: number, resource: string, rid: string, throughput: Throughput): JsonObject {
    return offerDocument(number, resource, rid, throughput, this.#seconds(), this.#store.nextVersion());
  }

  #createOffer(resource: string, rid: string, throughput: Throughput): void {
    const number = this.#nextNumber();
    const body = this.#offerBody(number, resource, rid, throughput);
    this.#store.sqlite
      .prepare('INSERT INTO offers VALUES(?, ?, ?)')
      .run(number, resource, JSON.stringify(body));
    this.#keepOffer(number, body);
  }

  #keepOffer(number: number, body: JsonObject): void {
    const budget = new RequestUnitBudget(throughputFromOffer(body).rate, this.#options.monotonicMs);
    this.#offers.set(textOf(body, 'resource'), { body, number, budget });
  }

  #dropOffer(resource: string): void {
    this.#store.sqlite.prepare('DELETE FROM offers WHERE resource = ?').run(resource);
    this.#offers.delete(resource);
  }
}
