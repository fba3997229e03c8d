/** A run at its beginning: its document, and the sources that its selection splits into. */
import { createHash } from 'node:crypto';
import type { Run, Selection, Source } from '@github-repo-stats/shared/documents';
import { sourceDocumentId, sourceId } from '@github-repo-stats/shared/ids';

/** Single repositories per source: one batch at most of the largest size. */
const CHUNK = 100;

/** One source per owner, then one per 100 single repositories; the same selection gives the same ids. */
export function sourcesOf(runId: string, selection: Selection): Source[] {
  const chunks: string[][] = [];
  for (let i = 0; i < selection.repositories.length; i += CHUNK)
    chunks.push(selection.repositories.slice(i, i + CHUNK));
  const all: Source['what'][] = [
    ...selection.owners.map((owner) => ({ kind: 'owner' as const, ...owner })),
    ...chunks.map((names) => ({ kind: 'repositories' as const, names })),
  ];
  return all.map((what, i) => ({
    id: sourceDocumentId(sourceId(i + 1)),
    runId,
    type: 'source',
    sourceId: sourceId(i + 1),
    what,
    failedCount: 0,
  }));
}

/** Equal for selections that were read from the same sources. */
export const digestOf = (selection: Selection): string =>
  createHash('sha256').update(JSON.stringify(selection)).digest('hex').slice(0, 32);

/** @param runId epoch second; `date` is the UTC date of the start. */
export function newRun(runId: string, trigger: Run['trigger'], sources: number, now: Date): Run {
  const at = now.toISOString();
  return {
    id: runId,
    runId,
    type: 'run',
    date: at.slice(0, 10).replaceAll('-', ''),
    status: 'starting',
    trigger,
    startedAt: at,
    revision: 0,
    reopened: 0,
    sourcesTotal: sources,
    sourcesResolved: 0,
    totalPlanned: 0,
    totalReceived: 0,
    totalProcessed: 0,
    totalCreatedCount: 0,
    totalFailedCount: 0,
    totalDuplicateCount: 0,
    createdList: '',
    failedList: '',
    failuresByReason: {},
    failedSources: [],
    costs: { githubCalls: 0, githubPoints: 0, githubSeconds: 0, requestUnits: 0 },
    progressAt: at,
  };
}
