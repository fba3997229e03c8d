/**
 * Stores one stats document, and writes into it what it and its name were before, and how its numbers changed. It ends in one of these ways:
 * - created: it is new;
 * - created: ours was there already (a redelivery), and is replaced only by newer and different numbers;
 * - duplicate: another batch of the run has stored this repository, under this name or another one;
 * - failed: Cosmos refuses the document itself;
 * - thrown: Cosmos is away.
 */
import type { RepoStats } from '@github-repo-stats/shared/documents';
import type { CompareTo } from '@github-repo-stats/shared/trend';
import { findChange, type KnownStore } from './find-change.ts';
import { findFormer, type FormerStore, type Told } from './find-former.ts';
import { paidRequests, type RequestDeps, type AskAgain } from '@github-repo-stats/shared/cosmos/paid-request';

/** Result of one request: its charge counts whatever came of it. */
export type StoreReply =
  | { kind: 'done'; ru: number }
  | { kind: 'conflict'; ru: number }
  | AskAgain
  | { kind: 'refused'; ru: number; detail: string };
export type Found = { kind: 'found'; ru: number; document?: RepoStats; etag?: string } | AskAgain;

/** Documents of the run that is written. */
export interface StatsStore {
  create(document: RepoStats): Promise<StoreReply>;
  read(document: RepoStats): Promise<Found>;
  /** Replaces under if-match; a conflict when somebody wrote meanwhile. */
  replace(document: RepoStats, etag: string): Promise<StoreReply>;
}

export interface StoreDeps extends RequestDeps {
  store: StatsStore & FormerStore;
  known: KnownStore;
}

/** Earlier runs that a run names. */
export interface EarlierRuns {
  /** The one that renames are told from; without it nothing is looked up. */
  previousRunId?: string | undefined;
  /** Those that numbers are compared with; without it no change is told. */
  compareTo?: CompareTo | undefined;
}

export type Stored =
  /** With the document as it stands. */
  | { state: 'created'; ru: number; existed: boolean; document: RepoStats }
  | { state: 'duplicate'; ru: number; by: string; as: string }
  | { state: 'failed'; ru: number; detail: string };

/** What is compared to see whether a redelivery brought anything new. */
function content({ collectedAt: _at, attempt: _attempt, ...rest }: RepoStats): string {
  const own = Object.entries(rest).filter(([key]) => !key.startsWith('_'));
  return JSON.stringify(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the run that first saw a repository under its name tells. */
export const toldOf = ({ previousName, tookNameOf }: Told): Told => ({
  ...(previousName !== undefined && { previousName }),
  ...(tookNameOf !== undefined && { tookNameOf }),
});

export async function storeDocument(
  collected: RepoStats,
  { previousRunId, compareTo }: EarlierRuns,
  deps: StoreDeps,
): Promise<Stored> {
  const { store } = deps;
  const requests = paidRequests(deps);
  const former =
    previousRunId === undefined
      ? { told: {}, isKnown: false }
      : await findFormer(collected, previousRunId, store, requests);
  if ('elsewhere' in former) {
    const { batchId: by, repo: as } = former.elsewhere;
    return { state: 'duplicate', ru: requests.ru(), by, as };
  }
  const trend =
    compareTo &&
    (await findChange(collected, { ...former, lookedAt: previousRunId }, compareTo, {
      store,
      known: deps.known,
      requests,
    }));
  let document: RepoStats = { ...collected, ...former.told, ...trend };
  const created = (existed: boolean, stands = document): Stored => ({
    state: 'created',
    ru: requests.ru(),
    existed,
    document: stands,
  });
  const failed = (detail: string): Stored => ({ state: 'failed', ru: requests.ru(), detail });

  for (;;) {
    const reply = await requests.send('write', () => store.create(document));
    if (reply.kind === 'done') return created(false);
    if (reply.kind === 'refused') return failed(reply.detail);
    const found = await requests.send('read', () => store.read(document));
    // Gone again between the two requests: somebody cleans up by hand.
    if (!found.document || !found.etag) continue;
    if (found.document.batchId !== document.batchId)
      return { state: 'duplicate', ru: requests.ru(), by: found.document.batchId, as: document.repo };
    // What was told once stays told, though documents of earlier runs may have come since.
    document = { ...document, ...toldOf(found.document) };
    const newer = document.collectedAt > found.document.collectedAt;
    if (!newer || content(document) === content(found.document))
      return created(true, { ...found.document, ...toldOf(document) });
    const { etag } = found;
    const replaced = await requests.send('write', () => store.replace(document, etag));
    if (replaced.kind === 'done') return created(true);
    if (replaced.kind === 'refused') return failed(replaced.detail);
  }
}
