/** What earlier runs left behind that an estimate goes by. */
import type { Container } from '@azure/cosmos';
import type { Run, Selection } from '@github-repo-stats/shared/documents';
import type { Pace } from '@github-repo-stats/shared/pace';
import { credentialLane } from '@github-repo-stats/shared/ids';
import { readDocument } from '@github-repo-stats/shared/run-info';
import type { EstimateDeps } from './estimate.ts';
import { digestOf } from './new-run.ts';
import { earlierRuns } from './earlier-runs.ts';

export const estimateStore = (
  runInfo: Container,
  pace: Container,
  now: () => Date,
): Pick<EstimateDeps, 'readPace' | 'before'> => ({
  async readPace(credential) {
    const id = credentialLane(credential);
    return (await readDocument<Pace>(pace, id, id))?.document;
  },
  async before(selection: Selection) {
    const digest = digestOf(selection);
    const next = String(Math.ceil(now().getTime() / 1000) + 1);
    const { previousRunId: runId, compareTo } = await earlierRuns(runInfo, next, digest);
    const run = runId === undefined ? undefined : await readDocument<Run>(runInfo, runId, runId);
    if (!run) return undefined;
    const { totalCreatedCount: repositories, selectionDigest } = run.document;
    const others = new Set(Object.values(compareTo).filter((id) => id !== null && id !== runId));
    return { repositories, sameSelection: selectionDigest === digest, otherRuns: others.size };
  },
});
