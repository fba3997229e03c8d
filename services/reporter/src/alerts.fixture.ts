/** Alert documents in memory with etags, for tests; a write may be somebody else's turn, or the death of who writes. */
import type { AlertBook, AlertDocument, LastAlerts } from './alert-state.ts';
import type { AlertStore } from './raise-alerts.ts';

export function alertWorld() {
  const documents = new Map<string, { document: AlertDocument | LastAlerts; etag: number }>();
  /** What happens just before each write; it may throw. */
  const beforeWrite: (() => void)[] = [];
  let etags = 0;
  const put = (document: AlertDocument | LastAlerts): void =>
    void documents.set(document.id, { document: structuredClone(document), etag: ++etags });
  const store: AlertStore = {
    lastAlerts: () => {
      const last = documents.get('alerts');
      return Promise.resolve(last && { document: last.document as LastAlerts, etag: String(last.etag) });
    },
    async *alertDocuments() {
      for (const { document, etag } of documents.values())
        if (document.type === 'alerts')
          yield await Promise.resolve({ ...structuredClone(document), _etag: String(etag) });
    },
    writeAlerts: async (document, etag) => {
      await Promise.resolve();
      beforeWrite.shift()?.();
      const now = documents.get(document.id)?.etag;
      if (etag !== (now === undefined ? undefined : String(now))) return false;
      put(document);
      return true;
    },
  };
  const book = (): AlertBook =>
    Object.assign(
      {},
      ...[...documents.values()].map(({ document }) => (document.type === 'alerts' ? document.book : {})),
    ) as AlertBook;
  return { store, documents, beforeWrite, put, book };
}
