/** Stats documents for tests of the writer, and stores in memory of them and of the records of repositories. */
import { readFileSync } from 'node:fs';
import { RepoStats } from '@github-repo-stats/shared/documents';
import { statsId } from '@github-repo-stats/shared/ids';
import { WriteStats } from '@github-repo-stats/shared/messages';
import { RUN_ID } from '@github-repo-stats/shared/run.fixture';
import type { KnownRepository } from '@github-repo-stats/shared/known-repository';
import type { KnownStore } from './find-change.ts';
import type { FormerStore, Latest } from './find-former.ts';
import type { AskAgain } from '@github-repo-stats/shared/cosmos/paid-request';
import type { StatsStore, StoreReply } from './store-document.ts';

export const BATCH_ID = 'b-s00001-00001-1';

const golden = new URL('../../../shared/src/golden/WriteStats.json', import.meta.url);
const SAMPLE = WriteStats.parse(JSON.parse(readFileSync(golden, 'utf8'))).stats[0]!.document;

export const statsOf = (repo: string, more: Partial<RepoStats> = {}): RepoStats =>
  RepoStats.parse({
    ...SAMPLE,
    id: statsId(repo, RUN_ID),
    repo,
    repoId: 'R_1',
    batchId: BATCH_ID,
    attempt: 1,
    ...more,
  });

/** What is to happen instead of the next requests, by operation; `before` runs first, as somebody else's doing. */
export interface Fault {
  on: 'create' | 'read' | 'replace' | 'seen' | 'latest';
  reply?: StoreReply | AskAgain;
  error?: Error;
  before?: () => void;
}

export const CHARGE = { create: 6, read: 1, replace: 11, conflict: 2, latest: 3 };

/** A container of stats documents. */
export function memoryStats() {
  const documents = new Map<string, { document: RepoStats; etag: string }>();
  const requests: string[] = [];
  const faults: Fault[] = [];
  let version = 0;
  const put = (document: RepoStats): void =>
    // As Cosmos DB gives documents back: with system properties.
    void documents.set(document.id, {
      document: { ...document, _ts: 1 } as RepoStats,
      etag: `"${++version}"`,
    });
  const faulty = (on: Fault['on']): StoreReply | undefined => {
    requests.push(on);
    const i = faults.findIndex((f) => f.on === on);
    if (i < 0) return undefined;
    const [fault] = faults.splice(i, 1);
    fault?.before?.();
    if (fault?.error) throw fault.error;
    return fault?.reply;
  };
  /** The latest of an earlier run, and one of this run by another batch, among those that `is` picks. */
  const latest = async (of: RepoStats, is: (d: RepoStats) => boolean): Promise<Latest | AskAgain> => {
    await Promise.resolve();
    const fault = faulty('latest');
    if (fault) return fault as AskAgain;
    const picked = [...documents.values()].map((d) => d.document).filter(is);
    const earlier = picked
      .filter((d) => Number(d.runId) < Number(of.runId))
      .toSorted((a, b) => Number(a.runId) - Number(b.runId))
      .at(-1);
    const other = picked.find((d) => d.runId === of.runId && d.batchId !== of.batchId);
    return { kind: 'latest', ru: CHARGE.latest, ...(earlier && { earlier }), ...(other && { other }) };
  };
  const store: StatsStore & FormerStore = {
    async seen(repo, runId) {
      await Promise.resolve();
      const fault = faulty('seen');
      if (fault) return fault as AskAgain;
      const there = documents.get(statsId(repo, runId))?.document;
      return { kind: 'seen', ru: CHARGE.read, ...(there && { seen: there }) };
    },
    latestOfRepository: (of) => latest(of, (d) => d.repoId === of.repoId),
    latestOfName: (of) => latest(of, (d) => d.repo === of.repo),
    async create(document) {
      await Promise.resolve();
      const fault = faulty('create');
      if (fault) return fault;
      if (documents.has(document.id)) return { kind: 'conflict', ru: CHARGE.conflict };
      put(document);
      return { kind: 'done', ru: CHARGE.create };
    },
    async read({ id }) {
      await Promise.resolve();
      const fault = faulty('read');
      if (fault) return fault as AskAgain;
      return { kind: 'found', ru: CHARGE.read, ...documents.get(id) };
    },
    async replace(document, etag) {
      await Promise.resolve();
      const fault = faulty('replace');
      if (fault) return fault;
      if (documents.get(document.id)?.etag !== etag) return { kind: 'conflict', ru: CHARGE.conflict };
      put(document);
      return { kind: 'done', ru: CHARGE.replace };
    },
  };
  return { store, documents, requests, faults, put };
}

/** A container of records of repositories. */
export function memoryKnown() {
  const records = new Map<string, { document: KnownRepository; etag: string }>();
  const requests: string[] = [];
  let version = 0;
  const put = (document: KnownRepository): boolean => {
    records.set(document.repoId, { document: structuredClone(document), etag: `"${++version}"` });
    return true;
  };
  const known: KnownStore = {
    async read(repoId) {
      await Promise.resolve();
      requests.push('read');
      return records.get(repoId);
    },
    async create(record) {
      await Promise.resolve();
      requests.push('create');
      return !records.has(record.repoId) && put(record);
    },
    async replace(record, etag) {
      await Promise.resolve();
      requests.push('replace');
      return records.get(record.repoId)?.etag === etag && put(record);
    },
  };
  return { known, records, requests };
}
