/**
 * Looks at every run under way, once a minute. For each it ends in one of these ways:
 * - it never got past its beginning: its sources are written and sent again;
 * - it moves, or waits for a time that was announced: nothing;
 * - it is quiet: what is missing is sent again, ever more seldom, which is harmless where it was under way;
 * - quiet for half an hour: it is stalled, with its cause, for the reporter to tell;
 * - stalled for a day: what is missing is settled as failed, so that the run ends.
 */
import type { Run, Selection } from '@github-repo-stats/shared/documents';
import { errorFields, type Log } from '@github-repo-stats/shared/log';
import { settledOf, type Progress } from '@github-repo-stats/shared/progress';
import { contextOfWork } from '@github-repo-stats/shared/telemetry/run-trace';
import { inSpan } from '@github-repo-stats/shared/telemetry/spans';
import type { Missing } from './missing.ts';

export interface SweepStore {
  activeRuns(): Promise<Run[]>;
  readSelection(runId: string): Promise<Selection | undefined>;
  measure(runId: string): Promise<Progress>;
  /** Until when the last of all credentials' gates is closed, epoch ms, maybe past; 0 when none ever was. */
  announcedWait(): Promise<number>;
  markStalled(run: Run, cause: string): Promise<void>;
  missing(runId: string): AsyncIterable<Missing>;
}

export interface SweepDeps {
  store: SweepStore;
  emitSources(runId: string, selection: Selection): Promise<void>;
  resend(missing: Missing): Promise<void>;
  fail(missing: Missing): Promise<void>;
  /** Why nothing moves, as far as it can be seen: dead letters and the like. */
  cause(runId: string): Promise<string>;
  resends: ResendTimes;
  now(): number;
  scale: number;
  log: Log;
  /** The host's own trace of this sweep. */
  link?: string | undefined;
}

const MINUTE = 60_000;
export const STARTING_MS = MINUTE;
export const QUIET_MS = 10 * MINUTE;
export const STALLED_MS = 30 * MINUTE;
export const GIVE_UP_MS = 24 * 60 * MINUTE;

/** When each run was last sent again, in this process: pauses double from QUIET_MS. */
export type ResendTimes = Map<string, { at: number; times: number }>;

export async function sweepRuns(deps: SweepDeps): Promise<void> {
  const runs = await deps.store.activeRuns();
  for (const known of deps.resends.keys()) if (!runs.some((r) => r.id === known)) deps.resends.delete(known);
  for (const run of runs)
    try {
      const within = contextOfWork(run.id, undefined);
      const about = { kind: 'server' as const, within, link: deps.link, attributes: { runId: run.id } };
      await inSpan('sweep', { ...about, onlyIfDone: true }, () => sweepRun(run, deps));
    } catch (error) {
      // One run that cannot be looked at blocks no other.
      deps.log('warn', 'a run could not be swept', { runId: run.id, ...errorFields(error) });
    }
}

async function sweepRun(run: Run, deps: SweepDeps): Promise<void> {
  const { store, scale } = deps;
  const now = deps.now();
  if (run.status === 'starting') {
    const selection = await store.readSelection(run.id);
    if (now - Date.parse(run.startedAt) < STARTING_MS * scale || !selection) return;
    deps.log('warn', 'a run stopped at its beginning and goes on', { runId: run.id });
    return deps.emitSources(run.id, selection);
  }
  const progress = await store.measure(run.id);
  if (moved(run, progress)) return void deps.resends.delete(run.id);
  const idle = now - Math.max(Date.parse(run.progressAt), await store.announcedWait());
  if (idle < QUIET_MS * scale) return;
  const stalledFor = run.stalledAt ? now - Date.parse(run.stalledAt) : 0;
  if (stalledFor >= GIVE_UP_MS * scale) return giveUp(run, deps);
  if (idle >= STALLED_MS * scale && run.status !== 'stalled') {
    const cause = await deps.cause(run.id);
    deps.log('error', 'run is stalled', { runId: run.id, cause });
    await store.markStalled(run, cause);
  }
  await resendMissing(run, deps);
}

const moved = (run: Run, p: Progress): boolean =>
  p.planned !== run.totalPlanned ||
  settledOf(p) !== run.totalReceived + run.totalDuplicateCount ||
  p.sourcesResolved + p.failedSources !== run.sourcesResolved;

async function resendMissing(run: Run, deps: SweepDeps): Promise<void> {
  const { at, times } = deps.resends.get(run.id) ?? { at: 0, times: 0 };
  if (deps.now() - at < QUIET_MS * 2 ** times * deps.scale) return;
  let sent = 0;
  for await (const missing of deps.store.missing(run.id)) {
    await deps.resend(missing);
    sent++;
  }
  deps.resends.set(run.id, { at: deps.now(), times: times + 1 });
  deps.log('warn', 'what a quiet run misses was sent again', { runId: run.id, messages: sent });
}

async function giveUp(run: Run, deps: SweepDeps): Promise<void> {
  let settled = 0;
  for await (const missing of deps.store.missing(run.id)) {
    await deps.fail(missing);
    settled++;
  }
  deps.log('error', 'what a stalled run misses was settled as failed', { runId: run.id, messages: settled });
}
