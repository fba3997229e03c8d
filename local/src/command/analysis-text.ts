/** What is said of a run that was analysed, or could not be. */
import type { AnalysisEnd } from './analysis-process.ts';
import { count } from './words.ts';

export function analysisText(runId: string, end: AnalysisEnd): string {
  if (end.type === 'failed')
    return `Run ${runId} could not be analysed: ${end.message}\nIt is tried again once another run is archived, and at the next start.`;
  const problems = end.results.flatMap((result) => ('problem' in result ? [result] : []));
  const answered = end.results.length - problems.length;
  return [
    `Run ${runId} is analysed: ${count(answered)} answers in the archive, as analysis/*/run=${runId}/result.ndjson and .parquet.`,
    ...problems.map(({ name, problem }) => `  ${name} has no answer: ${problem.replaceAll('\n', '\n    ')}`),
  ].join('\n');
}
