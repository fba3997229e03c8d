/** How the first generation reached Cosmos DB: a client per activity and per chunk, one operation at a time, the SDK's own repeats of what is throttled. */
import { CosmosClient, type ItemResponse } from '@azure/cosmos';
import { atLeast } from './sleep.ts';
import type { Host } from './host.ts';

export interface StoreOptions {
  endpoint: string;
  key: string;
  database: string;
  host: Host;
  signal: AbortSignal;
}

/** A container through one client. */
export interface OpenContainer {
  create(document: object): Promise<void>;
  read<T extends object>(id: string, partition: string): Promise<T>;
  replace(document: { id: string }, partition: string): Promise<void>;
}

export interface Containers {
  /** Works with a container through a client of its own. */
  with<T>(container: string, work: (open: OpenContainer) => Promise<T>): Promise<T>;
}

export class Store implements Containers {
  /** Request units by container, as answers told them. */
  readonly charges = new Map<string, number>();
  readonly #options: StoreOptions;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  async with<T>(container: string, work: (open: OpenContainer) => Promise<T>): Promise<T> {
    const { endpoint, key, database, host, signal } = this.#options;
    const client = await atLeast(host.perClient, signal, () =>
      Promise.resolve(new CosmosClient({ endpoint, key })),
    );
    try {
      const { items, item } = this.#named(client, container, database);
      const operation = async <R extends object>(run: () => Promise<ItemResponse<R>>): Promise<R> => {
        const { resource, requestCharge } = await atLeast(host.perOperation, signal, run);
        this.charges.set(container, (this.charges.get(container) ?? 0) + requestCharge);
        return resource as R;
      };
      return await work({
        create: async (document) => void (await operation(() => items.create(document))),
        read: (id, partition) => operation(() => item(id, partition).read()),
        replace: async (document, partition) =>
          void (await operation(() => item(document.id, partition).replace(document))),
      });
    } finally {
      client.dispose();
    }
  }

  #named(client: CosmosClient, name: string, database: string) {
    const container = client.database(database).container(name);
    return { items: container.items, item: container.item.bind(container) };
  }
}
