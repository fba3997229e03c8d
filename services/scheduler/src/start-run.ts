/**
 * Starts a run. It ends in one of these ways:
 * - started: run and selection are stored in one transaction, then its sources are written and sent;
 * - exists: a run of this id is there already (a timer that fired twice, a second that is taken);
 * - a crash after the transaction: the sweep finds a run that is still starting and goes on from its selection.
 */
import type { Run, Selection, Source } from '@github-repo-stats/shared/documents';
import type { Log } from '@github-repo-stats/shared/log';
import { resolveEnvelope } from '@github-repo-stats/shared/messages';
import type { QueueSender } from '@github-repo-stats/shared/settlement';
import { contextOfWork } from '@github-repo-stats/shared/telemetry/run-trace';
import { inSpan } from '@github-repo-stats/shared/telemetry/spans';
import type { EarlierRuns } from './earlier-runs.ts';
import { digestOf, newRun, sourcesOf } from './new-run.ts';

export interface StartStore {
  earlierRuns(runId: string, selectionDigest: string): Promise<EarlierRuns>;
  /** Stores both or neither; false when the run exists. */
  createRun(run: Run, selection: Selection): Promise<boolean>;
  createSource(source: Source): Promise<void>;
  /** Marks a starting run as running; nothing when it is so already. */
  markRunning(runId: string): Promise<void>;
}

export interface StartDeps {
  store: StartStore;
  resolveQueue: QueueSender;
  credential: string;
  now(): Date;
  log: Log;
  /** The host's own trace of the invocation that starts the run. */
  link?: string | undefined;
}

/** Source documents that are written at a time. */
const PARALLEL = 20;

export async function startRun(
  runId: string,
  trigger: Run['trigger'],
  selection: Selection,
  deps: StartDeps,
  requestKey?: string,
): Promise<'started' | 'exists'> {
  const sources = sourcesOf(runId, selection);
  const selectionDigest = digestOf(selection);
  const run: Run = {
    ...newRun(runId, trigger, sources.length, deps.now()),
    selectionDigest,
    ...(await deps.store.earlierRuns(runId, selectionDigest)),
    ...(requestKey && { requestKey }),
  };
  if (!(await deps.store.createRun(run, selection))) return 'exists';
  const options = {
    kind: 'server' as const,
    within: contextOfWork(runId, undefined),
    link: deps.link,
    attributes: { runId, trigger, sources: sources.length },
  };
  await inSpan('start run', options, async () => {
    deps.log('info', 'run started', { runId, trigger, sources: sources.length });
    await emitSources(runId, selection, deps);
  });
  return 'started';
}

/** Writes the sources of a run and sends their first pages; safe to repeat, since every id is derived from the selection. */
export async function emitSources(runId: string, selection: Selection, deps: StartDeps): Promise<void> {
  const sources = sourcesOf(runId, selection);
  for (let i = 0; i < sources.length; i += PARALLEL)
    await Promise.all(sources.slice(i, i + PARALLEL).map((s) => deps.store.createSource(s)));
  await deps.resolveQueue.send(
    sources.map((s) =>
      resolveEnvelope({ runId, sourceId: s.sourceId, page: 1, attempt: 1, wait: 0 }, deps.credential),
    ),
  );
  await deps.store.markRunning(runId);
}
