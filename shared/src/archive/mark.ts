/** What run-info knows of the archive of a run: a small document per revision, so that the run document is not written for it. */
import * as z from 'zod';

const count = z.int().min(0);

/** Container run-info, partition /runId, id `archive.` + revision. */
export const ArchiveMark = z.object({
  id: z.string(),
  runId: z.string(),
  type: z.literal('archive'),
  revision: z.int().min(1),
  rows: count,
  bytes: count,
  /** SHA-256 of the manifest. */
  sha256: z.string(),
  archivedAt: z.iso.datetime(),
  /** 1 as long as the database keeps all of the run, 0 once it forgets it. */
  open: z.union([z.literal(0), z.literal(1)]),
  /** Since when its documents are given their time to live, and the last batch of which all have it. From then on it is history. */
  forgetting: z.object({ since: z.iso.datetime(), after: z.string().optional() }).optional(),
});
export type ArchiveMark = z.infer<typeof ArchiveMark>;

export const markId = (revision: number): string => `archive.${revision}`;
