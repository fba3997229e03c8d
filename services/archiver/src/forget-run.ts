/**
 * Lets the database forget a run that is archived: its documents are given a time to live. It ends in one of these ways:
 * - unknown: there is no such run, or it is not at its end;
 * - unarchived: its current revision has no mark: nothing of it is touched;
 * - altered: the manifest is not there, or not the one that the mark tells of, or a part that it names is not: nothing is touched;
 * - later: another run is under way and needs the request units; it goes on where it was;
 * - forgotten: the run document without the list of what it collected, its summary and the marks stay.
 * It is marked as history before its first document expires, so that no archive is made of what is left.
 */
import { Manifest, folderOf, manifestPath, sha256 } from '@github-repo-stats/shared/archive/manifest';
import type { Blobs } from '@github-repo-stats/shared/clients/blobs';
import { ACTIVE_STATUSES } from '@github-repo-stats/shared/documents';
import type { Log } from '@github-repo-stats/shared/log';
import type { ArchiveStore } from './archive-run.ts';
import type { ArchiveMark } from '@github-repo-stats/shared/archive/mark';
import { RunUnderWay, type StatsReader } from './read-stats.ts';

export interface ForgetStore {
  changeMark(mark: ArchiveMark, change: Partial<Pick<ArchiveMark, 'open' | 'forgetting'>>): Promise<void>;
  /** Ids of the documents of a run that may go and have no time to live yet. */
  forgettable(runId: string): Promise<string[]>;
  expire(runId: string, id: string, ttl: number): Promise<void>;
  /** Takes the list of what it collected out of a run at this revision: up to 256 KB, which the archive tells as well. */
  dropList(runId: string, revision: number): Promise<void>;
}

export interface ForgetDeps {
  store: Pick<ArchiveStore, 'readRun' | 'marks' | 'batches' | 'outcome'> & ForgetStore;
  stats: Pick<StatsReader, 'expire' | 'ru'>;
  blobs: Pick<Blobs, 'read' | 'head'>;
  now(): Date;
  log: Log;
}

export type ForgetResult = 'unknown' | 'unarchived' | 'altered' | 'later' | 'forgotten';

const DAY = 86_400;
/** A day in which a mistake can be undone, with a patch that takes the time to live away. */
export const STATS_TTL = DAY;
/** What tells which documents there are outlives them, whenever this is interrupted and goes on. */
export const INFO_TTL = 7 * DAY;
/** Batches after which it is noted how far this came. */
const NOTED_AFTER = 50;

export async function forgetRun(runId: string, deps: ForgetDeps): Promise<ForgetResult> {
  const { store, stats, log } = deps;
  const run = await store.readRun(runId);
  if (!run || ACTIVE_STATUSES.includes(run.status)) return 'unknown';
  const marks = await store.marks(runId);
  const mark = marks.find((m) => m.revision === run.revision);
  if (!mark) return 'unarchived';
  if (!(await isThere(mark, deps.blobs))) {
    log('warn', 'run not forgotten, its archive is not what it was', { runId, revision: mark.revision });
    return 'altered';
  }
  const began = deps.now().getTime();
  const ruBefore = stats.ru();
  const since = mark.forgetting?.since ?? deps.now().toISOString();
  await store.changeMark(mark, { forgetting: { ...mark.forgetting, since } });
  try {
    await forgetStats(runId, mark, since, deps);
  } catch (error) {
    if (error instanceof RunUnderWay) return 'later';
    throw error;
  }
  await store.dropList(runId, mark.revision);
  for (const id of await store.forgettable(runId)) await store.expire(runId, id, INFO_TTL);
  for (const each of marks) await store.changeMark(each, { open: 0 });
  const { revision, rows } = mark;
  const seconds = (deps.now().getTime() - began) / 1000;
  log('info', 'run forgotten', { runId, revision, rows, seconds, requestUnits: stats.ru() - ruBefore });
  return 'forgotten';
}

/** Whether the archive is still what it was when it was read back. */
async function isThere({ runId, sha256: digest }: ArchiveMark, blobs: ForgetDeps['blobs']): Promise<boolean> {
  const bytes = await blobs.read(manifestPath(runId));
  if (!bytes || sha256(bytes) !== digest) return false;
  for (const part of Manifest.parse(JSON.parse(Buffer.from(bytes).toString())).parts) {
    const there = await blobs.head(folderOf(runId) + part.name);
    if (there?.metadata['sha256'] !== part.sha256) return false;
  }
  return true;
}

/** Batch after batch, in the order of their ids. */
async function forgetStats(runId: string, mark: ArchiveMark, since: string, deps: ForgetDeps): Promise<void> {
  const { store, stats } = deps;
  const done = mark.forgetting?.after ?? '';
  const left = (await store.batches(runId))
    .map(({ batchId }) => batchId)
    .filter((batchId) => batchId > done)
    .sort();
  for (const [i, batchId] of left.entries()) {
    const outcome = await store.outcome(runId, batchId);
    const created = Object.entries(outcome?.entries ?? {}).filter(([, { state }]) => state === 'created');
    await stats.expire(
      runId,
      created.map(([name, { as }]) => as ?? name),
      STATS_TTL,
    );
    if ((i + 1) % NOTED_AFTER === 0) await store.changeMark(mark, { forgetting: { since, after: batchId } });
  }
}
