import { ANALYSIS, analysisId, type Analysis } from '@github-repo-stats/shared/analysis';
import { expect, test } from 'vitest';
import { analysisAnswer, analysisList } from './analysis.ts';
import { AnalysisAnswer, AnalysisList } from './analysis-contract.ts';
import type { ApiDeps } from './deps.ts';

const of = (name: string, more: Partial<Analysis> = {}): Analysis => ({
  id: analysisId(name),
  runId: ANALYSIS,
  type: 'analysis',
  name,
  title: name.toUpperCase(),
  tells: 'What it tells.',
  ofRun: '1795459801',
  revision: 2,
  asOf: '2026-11-23T18:50:01.000Z',
  columns: ['repo', 'stars'],
  numeric: [false, true],
  rows: [['acme/api', 12]],
  total: 7,
  ...more,
});
const refused = of('mine', { columns: [], numeric: [], rows: [], total: 0, problem: 'Binder Error' });
const known = [refused, of('growth')];
const deps = {
  store: {
    analyses: () => Promise.resolve(known),
    analysis: (name: string) => Promise.resolve(known.find((one) => one.name === name)),
  },
  now: () => new Date('2026-11-24T00:00:00Z'),
} as unknown as ApiDeps;

test('what was answered is listed by name, with what could not be', async () => {
  expect(AnalysisList.parse(await analysisList(deps).ask({}, {}).answer())).toEqual({
    asOf: '2026-11-24T00:00:00.000Z',
    items: [
      { name: 'growth', title: 'GROWTH', asOf: '2026-11-23T18:50:01.000Z', total: 7, problem: null },
      { name: 'mine', title: 'MINE', asOf: '2026-11-23T18:50:01.000Z', total: 0, problem: 'Binder Error' },
    ],
  });
});

test('an answer has its first rows, how many there are, and as of which run', async () => {
  const answer = (question: string) => analysisAnswer(deps).ask({ question }, {}).answer();
  expect(AnalysisAnswer.parse(await answer('growth'))).toEqual({
    asOf: '2026-11-23T18:50:01.000Z',
    name: 'growth',
    title: 'GROWTH',
    tells: 'What it tells.',
    runId: '1795459801',
    columns: [
      { name: 'repo', isNumber: false },
      { name: 'stars', isNumber: true },
    ],
    rows: [['acme/api', 12]],
    total: 7,
    problem: null,
  });
  await expect(answer('nothing')).rejects.toThrow('Nothing of that name was answered yet');
});
