/** Runs are archived, by their event or found by the sweep, whatever dies; old ones are forgotten by the database, and come back. */
import { afterEach, expect, it } from 'vitest';
import { withoutSystem } from '../shared/src/archive/columns.ts';
import { Manifest, folderOf, manifestPath, sha256 } from '../shared/src/archive/manifest.ts';
import { documentsIn, readRows } from '../shared/src/archive/read-part.ts';
import { openBlobs, type Blobs } from '../shared/src/clients/blobs.ts';
import { Pipeline, type PipelineOptions } from './pipeline.ts';

let pipeline: Pipeline;
afterEach(() => pipeline.stop());

const SOURCES = { fullOrgs: [{ orgName: 'acme' }] };
async function start(options: Partial<PipelineOptions> = {}): Promise<void> {
  pipeline = await Pipeline.start({
    world: { repositories: 150, owners: [{ login: 'acme' }] },
    archive: true,
    ...options,
  });
}

const blobs = (): Blobs => {
  const { archiveUrl: Archive_Url, archiveKey: Archive_Key } = pipeline.supervisor.addresses;
  return openBlobs({ Archive_Url, Archive_Key });
};
async function archived(runId: string, revision = 1): Promise<void> {
  await pipeline.logged((r) => r.message === 'run archived' && r.runId === runId && r.revision === revision);
}
async function manifestOf(runId: string): Promise<Manifest> {
  return Manifest.parse(JSON.parse(Buffer.from((await blobs().read(manifestPath(runId)))!).toString()));
}
/** What the archive holds of a run, checked against its manifest. */
async function documentsOf(runId: string) {
  const manifest = await manifestOf(runId);
  const documents = [];
  for (const { name, sha256: digest, rows } of manifest.parts) {
    const bytes = (await blobs().read(folderOf(runId) + name))!;
    expect(sha256(bytes)).toBe(digest);
    const part = documentsIn(await readRows(bytes));
    expect(part).toHaveLength(rows);
    documents.push(...part);
  }
  return documents.sort((a, b) => (a.repo < b.repo ? -1 : 1));
}
const stored = async (runId: string) => (await pipeline.stats(runId)).map((d) => withoutSystem({ ...d }));

it('a run is archived when its event comes, and every document is the one that is stored', async () => {
  await start();
  const runId = await pipeline.run(SOURCES);
  await archived(runId);
  const documents = await documentsOf(runId);
  expect(documents).toHaveLength(150);
  expect(documents).toEqual(await stored(runId));
});
