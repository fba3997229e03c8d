/**
 * Brings the archive into a folder of this machine: what manifests name, and nothing else. A part that is there stays, since its name
 * says its SHA-256; a manifest is read again when its etag is another one.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  folderOf,
  Manifest,
  manifestPath,
  sha256,
  STATS_PREFIX,
} from '@github-repo-stats/shared/archive/manifest';
import type { Blobs } from '@github-repo-stats/shared/clients/blobs';
import { mapLimit } from '@github-repo-stats/shared/map-limit';
import { z } from 'zod';
import { partitionOf, type StatsFile } from './stats-file.ts';

export interface FetchedArchive {
  files: StatsFile[];
  manifests: Manifest[];
  /** Runs that cannot be read, and why. */
  problems: { runId: string; why: string }[];
}

const TOGETHER = 16;
const Known = z.record(z.string(), z.object({ etag: z.string(), manifest: Manifest }));
type Known = z.infer<typeof Known>;

export async function fetchArchive(
  blobs: Pick<Blobs, 'list' | 'read'>,
  folder: string,
): Promise<FetchedArchive> {
  const listed: { runId: string; etag: string }[] = [];
  for await (const { path, etag } of blobs.list(STATS_PREFIX)) {
    const runId = /\/run=(\d{9,11})\/manifest\.json$/.exec(path)?.[1];
    if (runId !== undefined && path === manifestPath(runId)) listed.push({ runId, etag });
  }
  const memory = join(folder, 'manifests.json');
  const known = await readKnown(memory);
  const found: Known = {};
  const archive: FetchedArchive = { files: [], manifests: [], problems: [] };
  await mapLimit(listed, TOGETHER, async ({ runId, etag }) => {
    try {
      const before = known[runId];
      const manifest = before?.etag === etag ? before.manifest : await readManifest(blobs, runId);
      archive.files.push(...(await fetchParts(blobs, folder, manifest)));
      archive.manifests.push(manifest);
      found[runId] = { etag, manifest };
    } catch (error) {
      archive.problems.push({ runId, why: (error as Error).message });
    }
  });
  if (
    JSON.stringify(Object.keys(known)) !== JSON.stringify(Object.keys(found)) ||
    listed.some(({ runId }) => known[runId]?.etag !== found[runId]?.etag)
  )
    await writeWhole(memory, JSON.stringify(found));
  const byRun = (a: { runId: string }, b: { runId: string }): number => Number(a.runId) - Number(b.runId);
  return {
    files: archive.files.toSorted((a, b) => byRun(a, b) || (a.path < b.path ? -1 : 1)),
    manifests: archive.manifests.toSorted(byRun),
    problems: archive.problems.toSorted(byRun),
  };
}

async function readKnown(path: string): Promise<Known> {
  try {
    const parsed = Known.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}

async function readManifest(blobs: Pick<Blobs, 'read'>, runId: string): Promise<Manifest> {
  const bytes = await blobs.read(manifestPath(runId));
  if (!bytes) throw new Error('its manifest is not there any more');
  const parsed = Manifest.safeParse(JSON.parse(Buffer.from(bytes).toString()));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`its manifest cannot be read: ${issue?.path.join('.') || 'all of it'}: ${issue?.message}`);
}

const DIGEST_DIGITS = 16;

/** In the place that its path says, with its digest in its name. */
async function fetchParts(
  blobs: Pick<Blobs, 'read'>,
  folder: string,
  { runId, parts }: Manifest,
): Promise<StatsFile[]> {
  const place = join(folder, STATS_PREFIX, partitionOf(runId));
  const files = parts.map(({ name, sha256: digest }) => ({
    path: join(place, `${name.replace('.parquet', '')}.${digest.slice(0, DIGEST_DIGITS)}.parquet`),
    runId,
    digest,
  }));
  if (files.every(({ path }) => existsSync(path))) return files;
  for (const [i, { path, digest }] of files.entries()) {
    if (existsSync(path)) continue;
    const { name } = parts[i]!;
    const bytes = await blobs.read(folderOf(runId) + name);
    if (!bytes) throw new Error(`${name} is not there`);
    if (sha256(bytes) !== digest)
      throw new Error(`${name} is not what its manifest says; while a rerun is archived that passes`);
    await writeWhole(path, bytes);
  }
  // Parts of an earlier revision.
  const named = new Set(files.map(({ path }) => path));
  for (const name of await readdir(place))
    if (!named.has(join(place, name))) await rm(join(place, name), { force: true });
  return files;
}

async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  await writeFile(part, content);
  await rename(part, path);
}
