/** What run-info knows of the analysis of a run: a small document per revision, written last, so that nobody does it again unasked. */
import type { Container } from '@azure/cosmos';
import { createOnce, readDocument } from '@github-repo-stats/shared/run-info';

export const ANALYSED = 'analysed';

/** Container run-info, partition /runId, id `analysed.` + revision. */
export interface AnalysedMark {
  id: string;
  runId: string;
  type: typeof ANALYSED;
  revision: number;
  /** How many results there are, and how many queries had none because of their SQL. */
  answered: number;
  refused: number;
}

const analysedId = (revision: number): string => `${ANALYSED}.${revision}`;

/** A mark that is there stays: it says the same. */
export async function markAnalysed(
  runInfo: Container,
  about: Pick<AnalysedMark, 'runId' | 'revision' | 'answered' | 'refused'>,
): Promise<void> {
  const mark: AnalysedMark = { id: analysedId(about.revision), type: ANALYSED, ...about };
  await createOnce(runInfo, mark);
}

export const isAnalysed = async (runInfo: Container, runId: string, revision: number): Promise<boolean> =>
  (await readDocument<AnalysedMark>(runInfo, analysedId(revision), runId)) !== undefined;
