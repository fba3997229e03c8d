/** GET api/analysis and api/analysis/{question}: what was answered after a run, of the whole history. */
import * as z from 'zod';
import { AnalysisAnswer, AnalysisList } from './analysis-contract.ts';
import type { ApiDeps } from './deps.ts';
import { notThere } from './problem.ts';
import { route, type Route } from './route.ts';

const Query = z.strictObject({});

export const analysisList = ({ store, now }: ApiDeps): Route =>
  route({
    path: 'analysis',
    about: 'Questions to the whole history that were answered after a run',
    query: Query,
    answer: AnalysisList,
    async handle() {
      const items = (await store.analyses()).map(({ name, title, asOf, total, problem }) => ({
        name,
        title,
        asOf,
        total,
        problem: problem ?? null,
      }));
      return { asOf: now().toISOString(), items: items.sort((a, b) => (a.name < b.name ? -1 : 1)) };
    },
  });

export const analysisAnswer = ({ store }: ApiDeps): Route =>
  route({
    path: 'analysis/{question}',
    about: 'The answer to one of them: its first rows, and how many there are',
    query: Query,
    answer: AnalysisAnswer,
    async handle({ params }) {
      const found = await store.analysis(params['question']!);
      if (!found)
        throw notThere(
          'Nothing of that name was answered yet; api/analysis lists what was, and npm run query -- --after-run answers',
        );
      const { name, title, tells, ofRun, asOf, columns, numeric, rows, total, problem } = found;
      return {
        asOf,
        name,
        title,
        tells,
        runId: ofRun,
        columns: columns.map((column, i) => ({ name: column, isNumber: numeric[i] ?? false })),
        rows,
        total,
        problem: problem ?? null,
      };
    },
  });
