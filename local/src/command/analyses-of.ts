/** The analyses that a start or serve was asked for; where it was not, what it archives is left alone later too. */
import type { Supervisor } from '../platform/supervisor.ts';
import type { RunAnalyses } from './run-analyses.ts';
import type { Prepared } from './start-up.ts';

/** @param say told of every run that was analysed or could not be, with a text for people. */
export async function analysesOf(
  { options, user, data }: Prepared,
  supervisor: Supervisor,
  say: (runId: string, text: string) => void,
): Promise<RunAnalyses | undefined> {
  if (!options.archive) return undefined;
  if (!options.analyse) {
    const { switchOff } = await import('@github-repo-stats/analytics/due-runs');
    await switchOff(supervisor.containers.runInfo);
    return undefined;
  }
  const [{ RunAnalyses }, { analysisText }] = await Promise.all([
    import('./run-analyses.ts'),
    import('./analysis-text.ts'),
  ]);
  return RunAnalyses.open({
    supervisor,
    user,
    data,
    tell: (runId, end) => say(runId, analysisText(runId, end)),
  });
}
