/** The archiver's documents in run-info: runs, outcomes and notices, which it reads, and the marks, which are its own. */
import type { Container } from '@azure/cosmos';
import { ACTIVE_STATUSES, type Outcome, type Run } from '@github-repo-stats/shared/documents';
import { outcomeId } from '@github-repo-stats/shared/ids';
import {
  IS_ACTIVE_RUN,
  changeDocument,
  createOnce,
  documentsOf,
  isMissing,
  readDocument,
} from '@github-repo-stats/shared/run-info';
import type { ArchiveStore } from './archive-run.ts';
import type { ForgetStore } from './forget-run.ts';
import { markId, type ArchiveMark } from '@github-repo-stats/shared/archive/mark';
import type { BatchSize } from './plan-parts.ts';

const all = async <T>(documents: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const document of documents) list.push(document);
  return list;
};

export function archiveStore(runInfo: Container): ArchiveStore & ForgetStore {
  return {
    readRun: async (runId) => (await readDocument<Run>(runInfo, runId, runId))?.document,
    marks: (runId) => all(documentsOf<ArchiveMark>(runInfo, runId, `c.type = 'archive'`)),
    batches: (runId) =>
      all(documentsOf<BatchSize>(runInfo, runId, `c.type = 'outcome'`, 'c.batchId, c.created')),
    outcome: async (runId, batchId) =>
      (await readDocument<Outcome>(runInfo, outcomeId(batchId), runId))?.document,
    createMark: async (mark) => void (await createOnce(runInfo, mark)),
    changeMark: ({ runId, revision }, change) =>
      changeDocument<ArchiveMark>(runInfo, markId(revision), runId, (now) => ({ ...now, ...change })),
    // Of the documents that a run leaves, its own and its summary stay, and what expires already by itself.
    forgettable: (runId) =>
      all(
        documentsOf<{ id: string }>(
          runInfo,
          runId,
          `c.type IN ('plan', 'outcome', 'source', 'notices', 'selection') AND NOT IS_DEFINED(c.ttl)`,
          'c.id',
        ),
      ).then((documents) => documents.map(({ id }) => id)),
    async expire(runId, id, ttl) {
      try {
        await runInfo.item(id, runId).patch([{ op: 'set', path: '/ttl', value: ttl }]);
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },
    dropList: (runId, revision) =>
      changeDocument<Run>(runInfo, runId, runId, (now) =>
        now.revision === revision && !ACTIVE_STATUSES.includes(now.status) && now.createdList !== ''
          ? { ...now, createdList: '', createdListTruncated: true }
          : undefined,
      ),
  };
}

/** A stalled run is under way too, for a day at most, but writes nothing. */
export const isAnyRunActive = async (runInfo: Container): Promise<boolean> => {
  const query = `SELECT TOP 1 VALUE c.runId FROM c WHERE ${IS_ACTIVE_RUN} AND c.status != 'stalled'`;
  return (await runInfo.items.query<string>(query).fetchAll()).resources.length > 0;
};

interface Ended {
  runId: string;
  revision: number;
}

/**
 * Runs whose last revision has no mark, the oldest first, by the small documents that tell of each: the run documents hold lists.
 * @param since epoch second of the start; text, since that is what run ids are, and of one length for the next 260 years.
 */
export async function runsToArchive(runInfo: Container, since: number): Promise<string[]> {
  const parameters = [{ name: '@since', value: String(Math.max(0, since)).padStart(10, '0') }];
  const ended = async (condition: string): Promise<Ended[]> => {
    const query = `SELECT c.runId, c.revision FROM c WHERE c.runId >= @since AND ${condition}`;
    return (await runInfo.items.query<Ended>({ query, parameters }).fetchAll()).resources;
  };
  const last = new Map<string, number>();
  for (const { runId, revision } of await ended(`c.type = 'notices' AND c.kind = 'end'`))
    last.set(runId, Math.max(revision, last.get(runId) ?? 0));
  for (const { runId, revision } of await ended(`c.type = 'archive'`))
    if (last.get(runId) === revision) last.delete(runId);
  return [...last.keys()].sort((a, b) => Number(a) - Number(b));
}

/** Archived runs that the database still keeps, of before a second; the oldest first. */
export async function runsToForget(runInfo: Container, before: number): Promise<string[]> {
  const query = `SELECT VALUE c.runId FROM c WHERE c.type = 'archive' AND c.open > 0`;
  const { resources } = await runInfo.items.query<string>(query).fetchAll();
  const old = new Set(resources.filter((runId) => Number(runId) < before));
  return [...old].sort((a, b) => Number(a) - Number(b));
}
