/** Keeps the pace document of a credential in Cosmos DB. */
import type { Container } from '@azure/cosmos';
import type { Pace } from '../documents.ts';
import { createOnce, readDocument, replaceIfUnchanged } from '../run-info.ts';
import type { PaceStore } from './gate.ts';

export const paceStore = (pace: Container): PaceStore => ({
  read: (id) => readDocument<Pace>(pace, id, id),
  create: (document) => createOnce(pace, document),
  replace: (document, etag) => replaceIfUnchanged(pace, document, document.id, etag),
});
