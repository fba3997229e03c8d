/**
 * Stores one stats document. It ends in one of these ways:
 * - created: it is new;
 * - created: ours was there already (a redelivery), and is replaced only by newer and different numbers;
 * - duplicate: another batch of the run has stored this repository;
 * - failed: Cosmos refuses the document itself;
 * - thrown: Cosmos is away.
 */
import type { RepoStats } from '@github-repo-stats/shared/documents';

/** Result of one request: its charge counts whatever came of it. */
export type StoreReply =
  | { kind: 'done'; ru: number }
  | { kind: 'conflict'; ru: number }
  | Throttled
  | { kind: 'refused'; ru: number; detail: string };
export interface Throttled {
  kind: 'throttled';
  ru: number;
  retryAfterMs: number;
}
export type Found = { kind: 'found'; ru: number; document?: RepoStats; etag?: string } | Throttled;

export interface StatsStore {
  create(document: RepoStats): Promise<StoreReply>;
  read(document: RepoStats): Promise<Found>;
  /** Replaces under if-match; a conflict when somebody wrote meanwhile. */
  replace(document: RepoStats, etag: string): Promise<StoreReply>;
}

export interface StoreDeps {
  store: StatsStore;
  pacer: { admit(): Promise<void>; charged(ru: number | 'unknown'): void };
  sleep(ms: number): Promise<void>;
}

export type Stored =
  | { state: 'created'; ru: number; existed: boolean }
  | { state: 'duplicate'; ru: number; by: string }
  | { state: 'failed'; ru: number; detail: string };

/** What is compared to see whether a redelivery brought anything new. */
function content({ collectedAt: _at, attempt: _attempt, ...rest }: RepoStats): string {
  const own = Object.entries(rest).filter(([key]) => !key.startsWith('_'));
  return JSON.stringify(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export async function storeDocument(document: RepoStats, deps: StoreDeps): Promise<Stored> {
  const { store, pacer } = deps;
  let ru = 0;
  /** Repeats a throttled request after the time that Cosmos asks for: a 429 is waited out and never dropped. */
  const request = async <R extends StoreReply | Found>(
    send: () => Promise<R>,
  ): Promise<Exclude<R, Throttled>> => {
    for (;;) {
      await pacer.admit();
      let reply: R;
      try {
        reply = await send();
      } catch (error) {
        pacer.charged('unknown');
        throw error;
      }
      pacer.charged(reply.ru);
      ru += reply.ru;
      if (reply.kind !== 'throttled') return reply as Exclude<R, Throttled>;
      await deps.sleep(reply.retryAfterMs);
    }
  };

  for (;;) {
    const created = await request(() => store.create(document));
    if (created.kind === 'done') return { state: 'created', ru, existed: false };
    if (created.kind === 'refused') return { state: 'failed', ru, detail: created.detail };
    const found = await request(() => store.read(document));
    // Gone again between the two requests: somebody cleans up by hand.
    if (!found.document || !found.etag) continue;
    if (found.document.batchId !== document.batchId)
      return { state: 'duplicate', ru, by: found.document.batchId };
    const newer = document.collectedAt > found.document.collectedAt;
    if (!newer || content(document) === content(found.document))
      return { state: 'created', ru, existed: true };
    const { etag } = found;
    const replaced = await request(() => store.replace(document, etag));
    if (replaced.kind === 'done') return { state: 'created', ru, existed: true };
    if (replaced.kind === 'refused') return { state: 'failed', ru, detail: replaced.detail };
  }
}
