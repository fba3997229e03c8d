/** Reads back what the archive holds of a run. */
import type { Archived } from '@github-repo-stats/shared/archive/columns';
import { folderOf, Manifest, manifestPath, sha256 } from '@github-repo-stats/shared/archive/manifest';
import { documentsIn, readRows } from '@github-repo-stats/shared/archive/read-part';
import type { Blobs } from '@github-repo-stats/shared/clients/blobs';

/** By name. @throws when there is no manifest, or a part is not what it says. */
export async function readArchived(
  blobs: Blobs,
  runId: string,
): Promise<{ manifest: Manifest; documents: Archived[] }> {
  const text = await blobs.read(manifestPath(runId));
  if (!text) throw new Error(`there is no ${manifestPath(runId)}`);
  const manifest = Manifest.parse(JSON.parse(Buffer.from(text).toString()));
  const documents: Archived[] = [];
  for (const part of manifest.parts) {
    const bytes = await blobs.read(folderOf(runId) + part.name);
    if (!bytes || sha256(bytes) !== part.sha256)
      throw new Error(`${part.name} is not what its manifest says`);
    documents.push(...documentsIn(await readRows(bytes)));
  }
  return { manifest, documents: documents.sort((a, b) => (a.repo < b.repo ? -1 : 1)) };
}
