/**
 * What is archived of a run, and where it lies. The manifest is written last, and nothing counts that it does not name; it holds no time
 * of its own, so that the same run makes the same bytes.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Run } from '../documents.ts';
import { SCHEMA_VERSION } from './columns.ts';

const count = z.int().min(0);
const sums = z.record(z.string(), z.int());
const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const ArchivedPart = z.object({
  /** Beside the manifest. */
  name: z.string().regex(/^part-\d{1,6}\.parquet$/),
  rows: count,
  bytes: count,
  /** SHA-256 of the file. */
  sha256: digest,
});
export type ArchivedPart = z.infer<typeof ArchivedPart>;

export const Manifest = z.object({
  schema: z.literal(SCHEMA_VERSION),
  runId: z.string().regex(/^\d{9,11}$/),
  revision: z.int().min(1),
  /** UTC date of the start, as in the path. */
  date: z.iso.date(),
  status: z.string(),
  rows: count,
  bytes: count,
  /** By column of whole numbers, over all parts. */
  sums,
  parts: z.array(ArchivedPart),
});
export type Manifest = z.infer<typeof Manifest>;

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/** Of the container: what readers list, and what the lifecycle rule is about. */
export const STATS_PREFIX = 'stats/';
/** The UTC date of a run, whose id is the second of its start. */
export const dateOf = (runId: string): string => new Date(Number(runId) * 1000).toISOString().slice(0, 10);
export const folderOf = (runId: string): string => `${STATS_PREFIX}date=${dateOf(runId)}/run=${runId}/`;
export const MANIFEST_NAME = 'manifest.json';
export const manifestPath = (runId: string): string => folderOf(runId) + MANIFEST_NAME;
export const partName = (n: number): string => `part-${n}.parquet`;

export const manifestOf = (
  run: Pick<Run, 'id' | 'revision' | 'status'>,
  parts: readonly ArchivedPart[],
  sumsOfAll: Record<string, number>,
): Manifest => ({
  schema: SCHEMA_VERSION,
  runId: run.id,
  revision: run.revision,
  date: dateOf(run.id),
  status: run.status,
  rows: parts.reduce((sum, { rows }) => sum + rows, 0),
  bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  sums: sumsOfAll,
  parts: [...parts],
});

export const manifestText = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 1)}\n`;
