/** Stats documents for tests of the archiver, and in memory a run, its documents and the archive. */
import { readFileSync } from 'node:fs';
import type { Archived } from '@github-repo-stats/shared/archive/columns';
import { sha256 } from '@github-repo-stats/shared/archive/manifest';
import type { BlobContent, Blobs } from '@github-repo-stats/shared/clients/blobs';
import type { Outcome, OutcomeEntry, RepoStats, Run } from '@github-repo-stats/shared/documents';
import { statsId } from '@github-repo-stats/shared/ids';
import { WriteStats } from '@github-repo-stats/shared/messages';
import { emptyOutcome } from '@github-repo-stats/shared/outcome';
import { RUN_ID, runOf } from '@github-repo-stats/shared/run.fixture';
import type { ArchiveDeps, ArchiveStore } from './archive-run.ts';
import type { ForgetDeps, ForgetStore } from './forget-run.ts';
import type { ArchiveMark } from '@github-repo-stats/shared/archive/mark';

export const BATCH_ID = 'b-s00001-00001-1';

const golden = new URL('../../../shared/src/golden/WriteStats.json', import.meta.url);
const SAMPLE = WriteStats.parse(JSON.parse(readFileSync(golden, 'utf8'))).stats[0]!.document;

/** As it is stored, without what Cosmos DB adds. */
export const statsOf = (repo: string, more: Partial<RepoStats> = {}): RepoStats => ({
  ...SAMPLE,
  id: statsId(repo, RUN_ID),
  repo,
  repoId: 'R_1',
  batchId: BATCH_ID,
  ...more,
});

/** Dies before the n-th effect from now on, if that is set. */
export interface Mortal {
  diesBefore?: number | undefined;
}
export class Died extends Error {}

export function memoryBlobs(mortal: Mortal = {}) {
  const kept = new Map<string, { bytes: Uint8Array; etag: string; metadata: Record<string, string> }>();
  let version = 0;
  const writes: string[] = [];
  const effect = (): void => {
    if (mortal.diesBefore !== undefined && mortal.diesBefore-- === 0) throw new Died();
  };
  const blobs: Blobs = {
    async head(path) {
      await Promise.resolve();
      const there = kept.get(path);
      return there && { etag: there.etag, metadata: there.metadata };
    },
    read: (path) => Promise.resolve(kept.get(path)?.bytes),
    async write(path, bytes, { metadata = {} }: BlobContent, etag) {
      await Promise.resolve();
      effect();
      if (kept.get(path)?.etag !== etag) return false;
      writes.push(path);
      kept.set(path, { bytes, metadata, etag: `"${++version}"` });
      return true;
    },
    async *list(prefix) {
      await Promise.resolve();
      for (const [path, { etag }] of kept) if (path.startsWith(prefix)) yield { path, etag };
    },
    async remove(path) {
      await Promise.resolve();
      effect();
      kept.delete(path);
    },
  };
  const digests = (): Record<string, string> =>
    Object.fromEntries([...kept].map(([path, { bytes }]) => [path, sha256(bytes)] as const));
  return { blobs, kept, writes, digests, effect };
}

/** A completed run over these repositories, so many in a batch. */
export function archivedWorld(repos: readonly string[], perBatch = 2) {
  const mortal: Mortal = {};
  const archive = memoryBlobs(mortal);
  const stats = new Map<string, Archived>();
  const outcomes = new Map<string, Outcome>();
  const marks = new Map<string, ArchiveMark>();
  const others = new Set(['plan.s00001.00001', 'source.s00001', 'notices.1']);
  const ttls = new Map<string, number>();
  const logged: string[] = [];
  const world = {
    run: runOf({
      status: 'completed',
      revision: 1,
      totalCreatedCount: repos.length,
      createdList: repos.join(','),
    }) as Run | undefined,
    reads: 0,
    /** Happens before the n-th read of statistics. */
    beforeRead: undefined as (() => void) | undefined,
  };
  const settle = (batchId: string, name: string, entry: Partial<OutcomeEntry> = {}): void => {
    const outcome = outcomes.get(batchId) ?? emptyOutcome(RUN_ID, batchId);
    const entries = { ...outcome.entries, [name]: { state: 'created' as const, attempt: 1, ...entry } };
    const created = Object.values(entries).filter(({ state }) => state === 'created').length;
    outcomes.set(batchId, { ...outcome, entries, created });
  };
  for (const [i, repo] of repos.entries()) {
    const batchId = `b-s00001-00001-${Math.floor(i / perBatch) + 1}`;
    stats.set(repo, statsOf(repo, { batchId, stars: i }));
    settle(batchId, repo);
  }
  const store: ArchiveStore & ForgetStore = {
    readRun: () => Promise.resolve(world.run),
    marks: () => Promise.resolve([...marks.values()]),
    batches: () =>
      Promise.resolve([...outcomes.values()].map(({ batchId, created }) => ({ batchId, created }))),
    outcome: (_run, batchId) => Promise.resolve(outcomes.get(batchId)),
    async createMark(mark) {
      await Promise.resolve();
      archive.effect();
      if (!marks.has(mark.id)) marks.set(mark.id, mark);
    },
    async changeMark(mark, change) {
      await Promise.resolve();
      archive.effect();
      marks.set(mark.id, { ...marks.get(mark.id)!, ...change });
    },
    forgettable: () =>
      Promise.resolve(
        [...others, ...[...outcomes.values()].map(({ id }) => id)].filter((id) => !ttls.has(id)),
      ),
    async expire(_run, id, ttl) {
      await Promise.resolve();
      archive.effect();
      ttls.set(id, ttl);
    },
    async dropList(_run, revision) {
      await Promise.resolve();
      archive.effect();
      if (world.run?.revision === revision)
        world.run = { ...world.run, createdList: '', createdListTruncated: true };
    },
  };
  const reader: ArchiveDeps['stats'] & ForgetDeps['stats'] = {
    async read(_run, names, keep) {
      await Promise.resolve();
      world.beforeRead?.();
      world.reads += names.length;
      return names.map((name) => keep(name, stats.get(name)));
    },
    async expire(_run, names, ttl) {
      for (const name of names) {
        await Promise.resolve();
        archive.effect();
        ttls.set(name, ttl);
      }
    },
    ru: () => world.reads,
  };
  const deps = {
    store,
    stats: reader,
    blobs: archive.blobs,
    now: () => new Date('2021-01-20T08:00:00Z'),
    log: (_level: string, message: string) => void logged.push(message),
    partRows: 4,
  } satisfies ArchiveDeps & ForgetDeps;
  return { ...archive, deps, world, stats, outcomes, marks, ttls, logged, settle, mortal };
}
