import { runOf } from '@github-repo-stats/shared/run.fixture';
import { expect, test } from 'vitest';
import { Pace } from './progress-view.ts';
import { reportText } from './report.ts';
import { runJson } from './stats-documents.ts';
import { count, duration } from './words.ts';

const RUN = runOf({
  status: 'completed',
  trigger: 'request',
  endedAt: '2021-01-20T07:24:43Z',
  progressAt: '2021-01-20T07:24:43Z',
  revision: 1,
  sourcesTotal: 2,
  sourcesResolved: 1,
  totalPlanned: 6012,
  totalReceived: 6012,
  totalProcessed: 6012,
  totalCreatedCount: 6000,
  totalFailedCount: 12,
  failuresByReason: { 'not-found': 12 },
  failedSources: [{ source: 'nobody', reason: 'not-found' }],
  costs: { githubCalls: 187, githubPoints: 187, githubSeconds: 2.44, requestUnits: 33_109.4 },
});

test('the report says totals, costs, failures by reason with what to do, and the most starred', () => {
  const names = Array.from({ length: 10 }, (_, i) => `a/r${i}`);
  const text = reportText({
    run: RUN,
    failures: [{ reason: 'not-found', total: 12, names }],
    mostStarred: [
      { repo: 'a/b', stars: 12_841 },
      { repo: 'a/c', stars: 9 },
    ],
  });
  expect(text.split('\n')).toEqual([
    'Run 1611127298 completed in 3 min 5 s.',
    '',
    '  repositories   6,012 of 6,012: 6,000 stored, 12 failed',
    '  sources        1 of 2 resolved, 1 failed',
    '  GitHub         187 calls, 187 points, 2.4 server seconds',
    '  Cosmos DB      33,109 RU for writing the statistics',
    '',
    'Failed',
    '  12 not-found: deleted, renamed away, or not visible to the token; check the name and the access of the token',
    `    ${names.join(', ')} and 2 more`,
    '  source nobody, not-found: deleted, renamed away, or not visible to the token; check the name and the access of the token',
    '',
    'Most starred',
    '  12,841  a/b',
    '       9  a/c',
  ]);
});

test('a run as JSON is one line without what the database and the scheduler add', () => {
  const stored = { ...RUN, _etag: 'x', _ts: 1, requestKey: 'digest' };
  expect(JSON.parse(runJson(stored))).toEqual(RUN);
  expect(runJson(stored)).not.toContain('\n');
});

test('time left is known when everything is resolved', () => {
  const pace = new Pace();
  const state = { run: RUN, resolved: 300, fetched: 0, waiting: [] };
  expect(pace.measure({ ...state, written: 100, allResolved: false }, 0)).toEqual({
    rate: 0,
    secondsLeft: undefined,
  });
  expect(pace.measure({ ...state, written: 150, allResolved: false }, 1000)).toEqual({
    rate: 50,
    secondsLeft: undefined,
  });
  expect(pace.measure({ ...state, written: 200, allResolved: true }, 2000)).toEqual({
    rate: 50,
    secondsLeft: 2,
  });
});

test('numbers and durations read the same everywhere', () => {
  expect([count(6000), count(2.44), count(1234.5)]).toEqual(['6,000', '2.4', '1,235']);
  expect([duration(0.44), duration(59.6), duration(185), duration(7800)]).toEqual([
    '0.4 s',
    '1 min 0 s',
    '3 min 5 s',
    '2 h 10 min',
  ]);
});
