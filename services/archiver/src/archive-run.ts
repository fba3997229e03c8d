/**
 * Archives the statistics of one run. It ends in one of these ways:
 * - unknown: there is no such run, or it is not at its end: nothing is done;
 * - known: its current revision is archived already;
 * - history: the database has begun to forget it, so that an archive made now would hold less: the one there is stays;
 * - later: another run is under way and needs the request units;
 * - incomplete: a document is not there that an outcome tells of, or is not of its batch: nothing is marked;
 * - differs: what was read back is not what was written, or not as many as the run counts: nothing is marked;
 * - overtaken: somebody else archives it, or it was opened again meanwhile: theirs stands;
 * - archived: parts, then the manifest, then the mark.
 * Wherever it dies, the next one begins anew, keeps the parts that are there, and writes the same bytes.
 */
import { SCHEMA_VERSION, rowOf, type Archived } from '@github-repo-stats/shared/archive/columns';
import {
  folderOf,
  manifestOf,
  manifestPath,
  manifestText,
  partName,
  sha256,
  type ArchivedPart,
} from '@github-repo-stats/shared/archive/manifest';
import {
  TELLING,
  addSums,
  readRows,
  sumsOf,
  type Row,
  type Sums,
} from '@github-repo-stats/shared/archive/read-part';
import type { Blobs } from '@github-repo-stats/shared/clients/blobs';
import { ACTIVE_STATUSES, type Outcome, type Run } from '@github-repo-stats/shared/documents';
import { errorFields, type Log } from '@github-repo-stats/shared/log';
import { markId, type ArchiveMark } from '@github-repo-stats/shared/archive/mark';
import { planParts, type BatchSize } from './plan-parts.ts';
import { RunUnderWay, type StatsReader } from './read-stats.ts';
import { sortedRows, writePart } from './write-part.ts';

export interface ArchiveStore {
  readRun(runId: string): Promise<Run | undefined>;
  marks(runId: string): Promise<ArchiveMark[]>;
  batches(runId: string): Promise<BatchSize[]>;
  outcome(runId: string, batchId: string): Promise<Outcome | undefined>;
  /** Nothing when it is there already. */
  createMark(mark: ArchiveMark): Promise<void>;
}

export interface ArchiveDeps {
  store: ArchiveStore;
  stats: Pick<StatsReader, 'read' | 'ru'>;
  blobs: Blobs;
  now(): Date;
  log: Log;
  /** Rows of a part. */
  partRows?: number;
}

export type ArchiveResult =
  'unknown' | 'known' | 'history' | 'later' | 'incomplete' | 'differs' | 'overtaken' | 'archived';

/** Why a run is not archived this time. */
class NotArchived extends Error {
  readonly result: Exclude<ArchiveResult, 'archived'>;
  constructor(result: NotArchived['result'], detail: string) {
    super(detail);
    this.result = result;
  }
}

interface Kept extends ArchivedPart {
  sums: Sums;
}

export async function archiveRun(runId: string, deps: ArchiveDeps): Promise<ArchiveResult> {
  const { store, log } = deps;
  const run = await store.readRun(runId);
  if (!run || ACTIVE_STATUSES.includes(run.status)) return 'unknown';
  const { revision } = run;
  const marks = await store.marks(runId);
  if (marks.some((mark) => mark.revision === revision)) return 'known';
  if (marks.some((mark) => mark.forgetting)) return 'history';
  const began = deps.now().getTime();
  const ruBefore = deps.stats.ru();
  try {
    const mark = await archive(run, deps);
    const { rows, bytes } = mark;
    const seconds = (deps.now().getTime() - began) / 1000;
    const requestUnits = deps.stats.ru() - ruBefore;
    log('info', 'run archived', { runId, revision, rows, bytes, seconds, requestUnits });
    return 'archived';
  } catch (error) {
    if (error instanceof RunUnderWay) return 'later';
    if (!(error instanceof NotArchived)) throw error;
    const { result } = error;
    const level = result === 'overtaken' ? 'info' : 'warn';
    log(level, 'run not archived', { runId, revision, result, ...errorFields(error) });
    return result;
  }
}

async function archive(run: Run, deps: ArchiveDeps): Promise<ArchiveMark> {
  const { store, blobs, partRows } = deps;
  const kept: Kept[] = [];
  for (const [i, batches] of planParts(await store.batches(run.id), partRows).entries())
    kept.push(await keepPart(run, partName(i + 1), batches, deps));
  const sums = kept.map((part) => part.sums).reduce(addSums, sumsOf([]));
  const parts = kept.map(({ sums: _sums, ...part }) => part);
  const manifest = manifestOf(run, parts, sums);
  if (manifest.rows !== run.totalCreatedCount)
    throw new NotArchived('differs', `${manifest.rows} rows, and the run counts ${run.totalCreatedCount}`);
  const bytes = Buffer.from(manifestText(manifest));
  await writeManifest(run, bytes, blobs);
  const after = await store.readRun(run.id);
  if (after?.revision !== run.revision || after.status !== run.status)
    throw new NotArchived('overtaken', 'the run was opened again');
  await removeOthers(run.id, parts, blobs);
  const mark: ArchiveMark = {
    id: markId(run.revision),
    runId: run.id,
    type: 'archive',
    revision: run.revision,
    rows: manifest.rows,
    bytes: manifest.bytes + bytes.length,
    sha256: sha256(bytes),
    archivedAt: deps.now().toISOString(),
    open: 1,
  };
  await store.createMark(mark);
  return mark;
}

/** The names under which documents of a part lie, with the batch that wrote each. */
async function namesOf(run: Run, batches: readonly BatchSize[], { store }: ArchiveDeps) {
  const names = new Map<string, string>();
  for (const { batchId, created } of batches) {
    const outcome = await store.outcome(run.id, batchId);
    const entries = Object.entries(outcome?.entries ?? {}).filter(([, { state }]) => state === 'created');
    if (entries.length !== created) throw new NotArchived('overtaken', `the outcome of ${batchId} changed`);
    for (const [name, entry] of entries) names.set(entry.as ?? name, batchId);
  }
  return names;
}

/** A part that holds these documents and was read back: the one that is there, if it was written for them, else a new one. */
async function keepPart(
  run: Run,
  name: string,
  batches: readonly BatchSize[],
  deps: ArchiveDeps,
): Promise<Kept> {
  const { blobs, stats } = deps;
  const path = folderOf(run.id) + name;
  const names = await namesOf(run, batches, deps);
  const sorted = [...names.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  const content = `${SCHEMA_VERSION}.${run.revision}.${sha256(sorted.join('\n'))}`;
  const there = await blobs.head(path);
  if (Number(there?.metadata['revision'] ?? 0) > run.revision)
    throw new NotArchived('overtaken', `${path} is of a later revision`);
  let written: { sha256: string; sums: Sums };
  if (there?.metadata['content'] === content)
    written = {
      sha256: there.metadata['sha256'] ?? '',
      sums: JSON.parse(there.metadata['sums'] ?? '{}') as Sums,
    };
  else {
    const rows = sortedRows(await stats.read(run.id, [...names.keys()], checkedRow(names, run.id)));
    const bytes = writePart(rows);
    written = { sha256: sha256(bytes), sums: sumsOf(rows) };
    const metadata = {
      content,
      revision: String(run.revision),
      sha256: written.sha256,
      sums: JSON.stringify(written.sums),
    };
    const about = { contentType: 'application/vnd.apache.parquet', metadata };
    if (!(await blobs.write(path, bytes, about, there?.etag)))
      throw new NotArchived('overtaken', `${path} was written by somebody else`);
  }
  const bytes = (await blobs.read(path)) ?? new Uint8Array();
  if (sha256(bytes) !== written.sha256 || !(await isOf(bytes, sorted, written.sums))) {
    // Else it would be taken for what it says of itself.
    await blobs.remove(path);
    throw new NotArchived('differs', `${path} was not read back as it was written`);
  }
  return { name, rows: sorted.length, bytes: bytes.length, ...written };
}

/** @throws NotArchived for what is no document of its batch. */
const checkedRow =
  (names: ReadonlyMap<string, string>, runId: string) =>
  (repo: string, document: Archived | undefined): Row => {
    if (!document) throw new NotArchived('incomplete', `${repo} is not there`);
    const isOurs =
      document.repo === repo && document.runId === runId && document['batchId'] === names.get(repo);
    if (!isOurs) throw new NotArchived('incomplete', `${repo} is not of its batch`);
    return rowOf(document);
  };

async function isOf(bytes: Uint8Array, names: readonly string[], sums: Sums): Promise<boolean> {
  const rows = await readRows(bytes, TELLING);
  const found = sumsOf(rows);
  return (
    rows.length === names.length &&
    rows.every((row, i) => row['repo'] === names[i]) &&
    Object.entries(found).every(([column, sum]) => sums[column] === sum)
  );
}

async function writeManifest(run: Run, bytes: Uint8Array, blobs: Blobs): Promise<void> {
  const path = manifestPath(run.id);
  const there = await blobs.head(path);
  if (Number(there?.metadata['revision'] ?? 0) > run.revision)
    throw new NotArchived('overtaken', `${path} is of a later revision`);
  const about = { contentType: 'application/json', metadata: { revision: String(run.revision) } };
  if (!(await blobs.write(path, bytes, about, there?.etag)))
    throw new NotArchived('overtaken', `${path} was written by somebody else`);
  const back = await blobs.read(path);
  if (!back || sha256(back) !== sha256(bytes))
    throw new NotArchived('differs', `${path} was not read back as it was written`);
}

/** What an earlier revision had more of; no manifest names it any more. */
async function removeOthers(runId: string, parts: readonly ArchivedPart[], blobs: Blobs): Promise<void> {
  const folder = folderOf(runId);
  const named = new Set([manifestPath(runId), ...parts.map(({ name }) => folder + name)]);
  for await (const { path } of blobs.list(folder)) if (!named.has(path)) await blobs.remove(path);
}
