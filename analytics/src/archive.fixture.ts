/** An archive in memory, written by the archiver's own writer, with numbers that can be checked by hand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowOf } from '@github-repo-stats/shared/archive/columns';
import {
  folderOf,
  manifestOf,
  manifestPath,
  manifestText,
  partName,
  sha256,
} from '@github-repo-stats/shared/archive/manifest';
import { sumsOf } from '@github-repo-stats/shared/archive/read-part';
import type { Blobs } from '@github-repo-stats/shared/clients/blobs';
import type { RepoStats } from '@github-repo-stats/shared/documents';
import { statsId } from '@github-repo-stats/shared/ids';
import { WriteStats } from '@github-repo-stats/shared/messages';
import { sortedRows, writePart } from '../../services/archiver/src/write-part.ts';

const golden = new URL('../../shared/src/golden/WriteStats.json', import.meta.url);
const SAMPLE = WriteStats.parse(JSON.parse(readFileSync(golden, 'utf8'))).stats[0]!.document;

export const runIdAt = (time: string): string => String(Date.parse(time) / 1000);

/** A document of a run. @param issues open and closed. */
export function statsOf(
  runId: string,
  repo: string,
  stars: number,
  [openIssues, closedIssues]: readonly [number, number],
  more: Partial<RepoStats> = {},
): RepoStats {
  return {
    ...SAMPLE,
    id: statsId(repo, runId),
    runId,
    repo,
    repoId: `R_${repo}`,
    stars,
    forks: 0,
    openIssues,
    closedIssues,
    totalIssues: openIssues + closedIssues,
    createdAt: '2020-01-01T00:00:00Z',
    collectedAt: new Date(Number(runId) * 1000).toISOString(),
    ...more,
  };
}

export function memoryArchive() {
  const kept = new Map<string, Uint8Array>();
  const reads: string[] = [];
  const blobs: Pick<Blobs, 'list' | 'read'> = {
    read(path) {
      reads.push(path);
      return Promise.resolve(kept.get(path));
    },
    async *list(prefix) {
      await Promise.resolve();
      for (const [path, bytes] of kept) if (path.startsWith(prefix)) yield { path, etag: sha256(bytes) };
    },
  };
  const archive = (runId: string, parts: readonly (readonly RepoStats[])[], revision = 1): void => {
    const all = parts.flat().map((document) => rowOf({ ...document }));
    const named = parts.map((documents, i) => {
      const bytes = writePart(sortedRows(documents.map((document) => rowOf({ ...document }))));
      const name = partName(i + 1);
      kept.set(folderOf(runId) + name, bytes);
      return { name, rows: documents.length, bytes: bytes.length, sha256: sha256(bytes) };
    });
    const manifest = manifestOf({ id: runId, revision, status: 'completed' }, named, sumsOf(all));
    kept.set(manifestPath(runId), Buffer.from(manifestText(manifest)));
  };
  return { kept, reads, blobs, archive };
}

export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'analytics-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/**
 * Forty days of six repositories: one grows (api), one is archived (old), one is renamed (cli, tool), one goes (gone), one comes (new),
 * one was archived before. The last run is of one repository only.
 */
export function tinyYear() {
  const world = memoryArchive();
  const times = ['2026-01-01', '2026-01-11', '2026-01-31', '2026-02-10'].map((day) => `${day}T00:00:00Z`);
  const api = [
    [100, 10, 90, 10],
    [110, 12, 95, 11],
    [130, 9, 110, 12],
    [150, 6, 120, 13],
  ] as const;
  const cli = [
    [20, 1, 1],
    [20, 2, 1],
    [25, 3, 2],
    [30, 5, 2],
  ] as const;
  const typescript = { language: 'TypeScript' };
  const runIds = times.map((time, i) => {
    const runId = runIdAt(time);
    const isLate = i >= 2;
    const [stars, open, closed, forks] = api[i]!;
    const [cliStars, cliOpen, cliClosed] = cli[i]!;
    const documents = [
      statsOf(runId, 'acme/api', stars, [open, closed], { ...typescript, forks, pushedAt: time }),
      statsOf(runId, 'acme/old', 50, [5, 5], {
        language: 'Go',
        isArchived: isLate,
        pushedAt: '2024-06-01T00:00:00Z',
      }),
      statsOf(runId, isLate ? 'beta/tool' : 'beta/cli', cliStars, [cliOpen, cliClosed], {
        ...typescript,
        repoId: 'R_cli',
        pushedAt: '2025-01-01T10:00:00Z',
      }),
      statsOf(runId, 'acme/before', 7, [0, 0], { language: 'Go', isArchived: true, pushedAt: null }),
    ];
    const comes = statsOf(runId, 'beta/new', i === 2 ? 5 : 9, i === 2 ? [1, 0] : [2, 1], {
      language: 'Go',
      createdAt: '2026-01-20T00:00:00Z',
      pushedAt: time,
    });
    const goes = statsOf(runId, 'beta/gone', 40 + i, [3, 7 + i], { language: null, pushedAt: time });
    world.archive(runId, [documents, [isLate ? comes : goes]]);
    return runId;
  });
  const last = runIdAt('2026-02-10T06:00:00Z');
  world.archive(last, [
    [
      statsOf(last, 'acme/api', 151, [6, 120], {
        ...typescript,
        forks: 14,
        pushedAt: '2026-02-10T00:00:00Z',
      }),
    ],
  ]);
  return { ...world, runIds: [...runIds, last] };
}
