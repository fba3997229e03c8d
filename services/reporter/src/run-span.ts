/** Tells a run that has ended as a span: the root of its trace, below which all that was done for it lies. */
import type { Run } from '@github-repo-stats/shared/documents';
import { contextOfWork, revisionSpanId, traceIdOf } from '@github-repo-stats/shared/telemetry/run-trace';
import { tellSpan } from '@github-repo-stats/shared/telemetry/spans';

/** Once per revision: the first is the root, one that a rerun made lies below it. Both begin when the run began. */
export function tellRun(run: Run): void {
  const { id: runId, revision, status, trigger, startedAt, endedAt = startedAt } = run;
  tellSpan(
    'run',
    {
      kind: 'server',
      ...(revision > 1 && { within: contextOfWork(runId, undefined) }),
      traceId: traceIdOf(runId),
      id: revisionSpanId(runId, revision),
      attributes: { runId, revision, status, trigger },
    },
    { from: Date.parse(startedAt), to: Date.parse(endedAt), failed: status === 'failed' },
  );
}
