/** A run under way, as a sample for tests. */
import type { Run } from './documents.ts';

export const RUN_ID = '1611127298';
export const START = '2021-01-20T07:21:38.000Z';

export const runOf = (more: Partial<Run> = {}): Run => ({
  id: RUN_ID,
  runId: RUN_ID,
  type: 'run',
  date: '20210120',
  status: 'running',
  trigger: 'schedule',
  startedAt: START,
  revision: 0,
  reopened: 0,
  sourcesTotal: 1,
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
  progressAt: START,
  ...more,
});
