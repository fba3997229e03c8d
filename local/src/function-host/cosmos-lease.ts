// One lease of the change feed trigger: a document in the lease container that says who reads a range and how far.
import type { Container } from '@azure/cosmos';

export interface LeaseDocument {
  id: string;
  Owner: string | null;
  /** Where reading goes on, as the feed's own token; null before the first batch of a trigger that does not start from now. */
  ContinuationToken: string | null;
  /** When the owner last wrote; past `leaseExpirationInterval` the lease is anybody's. */
  timestamp: string;
  _etag: string;
}

/** Somebody else has taken the lease, or it was deleted: stop reading, and store nothing. */
export class LeaseLostError extends Error {
  readonly code = 'LeaseLost';

  constructor(id: string) {
    super(`The lease '${id}' was taken by another instance, or deleted.`);
    this.name = 'LeaseLostError';
  }
}

/** Creates the lease where there is none; one that exists is left as it is, so that its position wins. */
export async function createLease(
  container: Container,
  id: string,
  continuation: string | null,
): Promise<void> {
  const document: Omit<LeaseDocument, '_etag'> = {
    id,
    Owner: null,
    ContinuationToken: continuation,
    timestamp: new Date().toISOString(),
  };
  try {
    await container.items.create(document);
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
  }
}

export async function readLease(container: Container, id: string): Promise<LeaseDocument | undefined> {
  const { resource } = await container.item(id, id).read<LeaseDocument>();
  return resource;
}

/**
 * A lease this instance owns. Every change is a replace under if-match, one after the other; when the document has changed
 * underneath, it is read again, and LeaseLostError is thrown if its owner is somebody else, or if it is gone. As in Azure, leases
 * that were deleted are made again when a host starts, and not before.
 */
export class OwnedLease {
  readonly #container: Container;
  readonly #owner: string;
  #document: LeaseDocument;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(container: Container, owner: string, document: LeaseDocument) {
    this.#container = container;
    this.#owner = owner;
    this.#document = document;
  }

  /** Takes the lease when it is free, expired or already of this owner; undefined when another holds it or was quicker. */
  static async acquire(
    container: Container,
    id: string,
    owner: string,
    expirationMs: number,
  ): Promise<OwnedLease | undefined> {
    const document = await readLease(container, id);
    if (!document) return undefined;
    const expired = Date.now() - Date.parse(document.timestamp) > expirationMs;
    if (document.Owner !== null && document.Owner !== owner && !expired) return undefined;
    const lease = new OwnedLease(container, owner, document);
    try {
      await lease.#replace({ ...document, Owner: owner });
      return lease;
    } catch (error) {
      if (statusOf(error) === 412) return undefined;
      throw error;
    }
  }

  get continuation(): string | null {
    return this.#document.ContinuationToken;
  }

  renew(): Promise<void> {
    return this.#update({});
  }

  checkpoint(continuation: string): Promise<void> {
    return this.#update({ ContinuationToken: continuation });
  }

  release(): Promise<void> {
    return this.#update({ Owner: null });
  }

  #update(change: Partial<LeaseDocument>): Promise<void> {
    const next = this.#last.then(async () => {
      try {
        await this.#replace({ ...this.#document, ...change });
      } catch (error) {
        if (statusOf(error) === 404) throw new LeaseLostError(this.#document.id);
        if (statusOf(error) !== 412) throw error;
        const current = await readLease(this.#container, this.#document.id);
        if (!current || current.Owner !== this.#owner) throw new LeaseLostError(this.#document.id);
        await this.#replace({ ...current, ...change });
      }
    });
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #replace(document: LeaseDocument): Promise<void> {
    const { id, _etag: condition } = document;
    const { resource } = await this.#container
      .item(id, id)
      .replace<LeaseDocument>(
        { ...document, timestamp: new Date().toISOString() },
        { accessCondition: { type: 'IfMatch', condition } },
      );
    if (!resource) throw new Error(`The lease '${id}' was replaced without an answer.`);
    this.#document = resource;
  }
}

export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}
