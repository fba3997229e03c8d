import { expect, test } from 'vitest';
import { estimateText } from './estimate-text.ts';
import type { Estimate } from '@github-repo-stats/shared/estimate';

const ESTIMATE: Estimate = {
  dryRun: true,
  repositories: 6012,
  owners: [
    { owner: 'acme', repositories: 5000 },
    { owner: 'globex', repositories: 1010, upperBound: true, reason: 'excludes with *, filter topics' },
    { owner: 'nobody', repositories: 0, reason: 'not-found' },
  ],
  individualRepositories: 2,
  calls: { listing: 95, stats: 93, total: 188 },
  points: 188,
  seconds: { github: 700.25, writing: 0, total: 620 },
  requestUnits: 40_123,
  requestUnitsByContainer: { repoStats: 36_000, runInfo: 3_000, repos: 0, pace: 1_123 },
  messages: { resolve: 96, fetch: 93, write: 93, total: 282 },
  learned: true,
  upperBound: true,
  notes: ['What fails, is limited or has to be asked again comes on top.'],
};

test('an estimate says repositories by owner with what is not known of them, and what the run would take', () => {
  expect(estimateText(ESTIMATE).split('\n')).toEqual([
    'A run would be, by what GitHub says now; none was made.',
    '',
    'Repositories',
    '  acme                       5,000',
    '  globex               up to 1,010  GitHub counts without excludes with *, filter topics',
    '  nobody                      none  cannot be read: not-found',
    '  named by themselves            2',
    '  all                  up to 6,012',
    '',
    'Costs',
    '  GitHub         188 calls (95 listing, 93 statistics), 188 points',
    '  messages       282 (96 resolve, 93 fetch, 93 write)',
    '  Cosmos DB      40,123 RU',
    "  time           10 min 20 s (11 min 40 s of GitHub's answers)",
    '',
    'What fails, is limited or has to be asked again comes on top.',
  ]);
});

test('many owners are told in one line, and the time of writing where it counts', () => {
  const owners = Array.from({ length: 25 }, (_, i) => ({ owner: `o${i}`, repositories: 10 }));
  const seconds = { github: 30, writing: 90, total: 91 };
  const text = estimateText({ ...ESTIMATE, owners, seconds, upperBound: false });
  expect(text).toMatch(/ {2}o19 +10\n {2}5 more owners +50\n/);
  expect(text).toContain("1 min 31 s (30 s of GitHub's answers, 1 min 30 s of writing)");
});
