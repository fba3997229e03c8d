/** A container: its definition, its items, its budget, and what has been counted about it. */
import { roundCharge, throttledCharge } from './charge-table.ts';
import { CosmosError, notFound } from './cosmos-error.ts';
import { compilePolicy, type CompiledPolicy } from './index-policy.ts';
import { ItemTable } from './item-table.ts';
import type { JsonObject } from './json.ts';
import { partitionKeyPath } from './partition-key.ts';
import type { Store } from './store.ts';
import { resourceId } from './system-properties.ts';
import type { RequestUnitBudget } from './throughput.ts';
import { checkDefaultTtl, Expiry } from './time-to-live.ts';

export interface ContainerStats {
  requestUnits: number;
  requests: number;
  throttled: number;
  documents: number;
}

export class Container {
  readonly number: number;
  readonly store: Store;
  readonly table: ItemTable;
  readonly expiry: Expiry;
  readonly rid: string;
  readonly self: string;
  readonly partitionKeyPath: string[];
  /** Wall clock in milliseconds. */
  readonly now: () => number;
  readonly #databaseNumber: number;
  #budget: RequestUnitBudget;
  #definition: JsonObject;
  #policy: CompiledPolicy;
  #defaultTtl: number | undefined;
  #requestUnits = 0;
  #requests = 0;
  #throttled = 0;
  #deleted = false;

  constructor(given: {
    store: Store;
    number: number;
    databaseNumber: number;
    definition: JsonObject;
    budget: RequestUnitBudget;
    now: () => number;
  }) {
    this.number = given.number;
    this.#databaseNumber = given.databaseNumber;
    this.store = given.store;
    this.now = given.now;
    this.#budget = given.budget;
    this.#definition = given.definition;
    this.#policy = compilePolicy(given.definition['indexingPolicy']);
    this.#defaultTtl = checkDefaultTtl(given.definition['defaultTtl']);
    this.partitionKeyPath = partitionKeyPath(given.definition['partitionKey']);
    this.rid = resourceId(given.databaseNumber, given.number);
    this.self = `dbs/${resourceId(given.databaseNumber)}/colls/${this.rid}/`;
    this.table = new ItemTable(given.store.sqlite, given.number);
    this.table.prepare(this.#policy);
    this.expiry = new Expiry(this.table);
    this.expiry.load();
  }

  get definition(): JsonObject {
    return this.#definition;
  }
  get policy(): CompiledPolicy {
    return this.#policy;
  }
  get defaultTtl(): number | undefined {
    return this.#defaultTtl;
  }
  get budget(): RequestUnitBudget {
    return this.#budget;
  }

  itemRid(sequence: number): string {
    return resourceId(this.#databaseNumber, this.number, sequence);
  }

  /** Takes over a new definition: indexing policy and defaultTtl; indexes are rebuilt before this returns. */
  redefine(definition: JsonObject): void {
    const policy = compilePolicy(definition['indexingPolicy']);
    const defaultTtl = checkDefaultTtl(definition['defaultTtl']);
    this.table.prepare(policy);
    if (defaultTtl !== this.#defaultTtl) this.expiry.recompute(defaultTtl);
    this.#definition = definition;
    this.#policy = policy;
    this.#defaultTtl = defaultTtl;
  }

  /**
   * Runs one request against the budget: refuses it with 429 (substatus 3200) while the budget is overdrawn, else draws what
   * it cost, failed requests included.
   */
  meter<T extends { charge: number }>(request: () => T): T {
    if (this.#deleted) throw notFound();
    this.#requests++;
    const waitMs = this.#budget.waitMs();
    if (waitMs > 0) {
      this.#throttled++;
      throw new CosmosError(
        429,
        'TooManyRequests',
        'Request rate is large. More Request Units may be needed, so no changes were made. Please retry this request later. Learn more: http://aka.ms/cosmosdb-error-429',
        { substatus: 3200, retryAfterMs: waitMs, charge: throttledCharge },
      );
    }
    this.expiry.purge(Math.floor(this.now() / 1000));
    try {
      const result = request();
      // What is drawn is what the reply shows, so that clients who add up their charges get the same sum.
      result.charge = roundCharge(result.charge);
      this.#draw(result.charge);
      return result;
    } catch (error) {
      if (error instanceof CosmosError) this.#draw(error.charge);
      throw error;
    }
  }

  /** Drops the items; requests that still wait to run are answered with 404. */
  delete(): void {
    this.table.drop();
    this.#deleted = true;
  }

  #draw(units: number): void {
    this.#budget.draw(units);
    this.#requestUnits += units;
  }

  stats(): ContainerStats {
    this.expiry.purge(Math.floor(this.now() / 1000));
    return {
      requestUnits: roundCharge(this.#requestUnits),
      requests: this.#requests,
      throttled: this.#throttled,
      documents: this.table.count(),
    };
  }
}
