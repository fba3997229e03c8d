/** Keeps the pace document of a credential in Cosmos DB, and opens the gate that goes by it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from '@azure/cosmos';
import type { Pace } from '../documents.ts';
import { createOnce, readDocument, replaceIfUnchanged, type Stored } from '../run-info.ts';
import { credentialLane } from '../ids.ts';
import { CallGate } from './gate.ts';

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

/** The gate of a credential in this process, by the clocks of the machine. @param scale multiplies its waiting times. */
export const openGate = (pace: Container, credential: string, scale: number): CallGate =>
  new CallGate({
    id: credentialLane(credential),
    store: paceStore(pace),
    clock: { now: Date.now, monotonic: () => performance.now(), sleep },
    scale,
  });
