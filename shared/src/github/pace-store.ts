/** Keeps the pace document of a credential in Cosmos DB. */
import type { Container } from '@azure/cosmos';
import type { Pace } from '../pace.ts';
import { createOnce, readDocument, replaceIfUnchanged, type Stored } from '../run-info.ts';

/** Reads and conditionally writes the pace document of a credential. */
export interface PaceStore {
  read(id: string): Promise<Stored<Pace> | undefined>;
  create(pace: Pace): Promise<boolean>;
  replace(pace: Pace, etag: string): Promise<string | undefined>;
}

export const paceStore = (pace: Container): PaceStore => ({
  read: (id) => readDocument<Pace>(pace, id, id),
  create: (document) => createOnce(pace, document),
  replace: (document, etag) => replaceIfUnchanged(pace, document, document.id, etag),
});
