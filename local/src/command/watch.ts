/** Watches one run to its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from '@azure/cosmos';
import type { Run } from '@github-repo-stats/shared/documents';
import type { LogRecord } from '../platform/log-record.ts';
import type { Supervisor, SupervisorEvents } from '../platform/supervisor.ts';
import { openProgressView, type ProgressView } from './progress-view.ts';
import { RunStateReader, type RunState } from './run-state.ts';

const LOOK_EVERY_MS = 300;
/** How long event and mail may take after the end; the run is complete without them. */
const TELLING_MS = 10_000;
/** How long the database may be away before the platform counts as broken; a restart takes a second. */
const PATIENCE_MS = 60_000;

/** The last readable state, again and again; bridges times in which the database is away. */
async function* states(reader: RunStateReader, signal: AbortSignal): AsyncGenerator<RunState> {
  let good = performance.now();
  for (;;) {
    try {
      const state = await reader.read();
      good = performance.now();
      if (state) yield state;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (performance.now() - good > PATIENCE_MS)
        throw new Error('the database of the embedded platform does not answer', { cause: error });
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function waitUntilTold(reader: RunStateReader, run: Run, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + TELLING_MS;
  while (performance.now() < deadline && !signal.aborted) {
    if (await reader.isTold(run).catch(() => false)) return;
    await sleep(50, undefined, { signal });
  }
}

const isOver = ({ status }: Run): boolean => status === 'completed' || status === 'failed';

/**
 * Resolves to the run document at its end, when event and mail are out or will be tried again later.
 * @throws when the platform breaks, or with the signal's reason when it is aborted.
 */
export async function watchRun(
  supervisor: Supervisor,
  runInfo: Container,
  runId: string,
  signal: AbortSignal,
): Promise<Run> {
  const reader = new RunStateReader(runInfo, runId);
  const broken = new AbortController();
  const either = AbortSignal.any([signal, broken.signal]);
  const view: ProgressView = await openProgressView();
  let stalled = false;
  const note = (record: LogRecord): void => reader.note(record);
  const breakOff = (error: Error): void => broken.abort(error);
  const sayDied = ({ name, code, signal: by }: SupervisorEvents['died'][0]): void => {
    if (!signal.aborted) view.say(`${name} ended (${by ?? `code ${code}`}) and is started again.`);
  };
  supervisor.on('log', note);
  supervisor.on('gaveUp', breakOff);
  supervisor.on('died', sayDied);
  try {
    for await (const state of states(reader, either)) {
      view.show(state);
      const { run } = state;
      if (run.status === 'stalled' && !stalled)
        view.say(`The run is stalled: ${run.stalledCause ?? 'no progress'}`);
      stalled = run.status === 'stalled';
      if (!isOver(run)) continue;
      await waitUntilTold(reader, run, either);
      return run;
    }
  } catch (error) {
    throw either.aborted ? either.reason : error;
  } finally {
    view.end();
    supervisor.off('log', note);
    supervisor.off('gaveUp', breakOff);
    supervisor.off('died', sayDied);
  }
  throw new Error('the run was not watched to its end');
}
