/**
 * Looks at one run after something of it changed. It ends in one of these ways:
 * - the run is unknown, or at an end that has been told, or history of which the database keeps no plans: nothing is written;
 * - it is under way: its totals are written if they changed;
 * - names of an ended run are pending again, or a source of it is to be resolved again: it is open again;
 * - it is complete: its revision is counted up and its numbers are checked, lists and totals are stored, then mail and event go out, unless
 *   the event is held back for a person;
 * - somebody else wrote the run meanwhile: looked at again.
 */
import {
  ACTIVE_STATUSES,
  type FailedSource,
  type Outcome,
  type Run,
} from '@github-repo-stats/shared/documents';
import type { Log } from '@github-repo-stats/shared/log';
import { isComplete, settledOf, type Progress } from '@github-repo-stats/shared/progress';
import { addQueries } from '@github-repo-stats/shared/github/cost';
import { unionOf } from '@github-repo-stats/shared/outcome';
import type { Stored } from '@github-repo-stats/shared/run-info';
import { foldOutcomes, type Folded } from './fold-outcomes.ts';
import { checksIn, stateOf, type Quality } from './quality/quality.ts';
import { tellRun } from './run-span.ts';

/** What listing cost, and the credentials that GitHub refused to list with. */
export interface ListingCosts extends Pick<Outcome, 'calls' | 'points' | 'seconds' | 'queries'> {
  refusedBy?: string[] | undefined;
}

export interface ReporterStore {
  readRun(runId: string): Promise<Stored<Run> | undefined>;
  measure(runId: string): Promise<Progress>;
  outcomes(runId: string): AsyncIterable<Outcome>;
  listingCosts(runId: string): Promise<ListingCosts>;
  failedSources(runId: string): Promise<FailedSource[]>;
  /** Resolves to false when somebody else wrote the run. */
  replaceRun(run: Run, etag: string): Promise<boolean>;
}

export interface ReporterDeps {
  store: ReporterStore;
  /** Sums up a revision and checks its numbers, before it is told of. */
  summarise(run: Run): Promise<{ quality?: Quality | undefined }>;
  /** Makes sure that a revision's notices exist before the run says that it is complete, so that none is forgotten. */
  announce(
    runId: string,
    revision: number,
    kind: 'start' | 'end' | 'stalled',
    isHeld?: boolean,
  ): Promise<void>;
  /** Sends what is due of a run. */
  deliver(run: Run): Promise<void>;
  now(): Date;
  log: Log;
}

const MAX_CONFLICTS = 10;

/** Repositories that the run still waits for; undefined when the run is at its end or unknown. */
export type Remaining = number | undefined;

export async function checkRun(runId: string, deps: ReporterDeps): Promise<Remaining> {
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const stored = await deps.store.readRun(runId);
    if (!stored) return undefined;
    const { document: run, etag } = stored;
    const progress = await deps.store.measure(runId);
    if (run.revision === 0) await deps.announce(runId, 0, 'start');
    if (isComplete(run, progress)) {
      const ended = await end(run, etag, progress, deps);
      if (ended) return undefined;
      continue;
    }
    const next = updated(run, progress, deps.now());
    if (next && !(await deps.store.replaceRun(next, etag))) continue;
    const current = next ?? run;
    if (current.status === 'stalled') await deps.announce(runId, current.revision, 'stalled');
    await deps.deliver(current);
    return ACTIVE_STATUSES.includes(current.status) ? progress.planned - settledOf(progress) : undefined;
  }
  throw new Error(`Run ${runId} was written by others ${MAX_CONFLICTS} times in a row`);
}

/** The run with its totals, or undefined when nothing changed. */
function updated(run: Run, p: Progress, now: Date): Run | undefined {
  const isOpen = p.pending > 0 || p.sourcesResolved + p.failedSources < run.sourcesTotal;
  const reopened = !ACTIVE_STATUSES.includes(run.status) && isOpen;
  if (!ACTIVE_STATUSES.includes(run.status) && !reopened) return undefined;
  // Plans only grow: the database has begun to forget this run, which is archived, and tells no more what was open.
  if (reopened && p.planned < run.totalPlanned) return undefined;
  const totals = {
    sourcesResolved: p.sourcesResolved + p.failedSources,
    totalPlanned: p.planned,
    totalReceived: p.created + p.failed,
    totalProcessed: p.created + p.failed,
    totalCreatedCount: p.created,
    totalFailedCount: p.failed,
    totalDuplicateCount: p.duplicate,
  };
  const changed = (Object.keys(totals) as (keyof typeof totals)[]).some((key) => totals[key] !== run[key]);
  if (!changed && !reopened) return undefined;
  const { stalledAt: _at, stalledCause: _cause, endedAt: _ended, ...rest } = run;
  const status = run.status === 'starting' ? 'starting' : 'running';
  return { ...rest, ...totals, status, progressAt: now.toISOString() };
}

/** Stores the end of a run; false when it turned out that it has not ended or somebody else wrote. */
async function end(run: Run, etag: string, progress: Progress, deps: ReporterDeps): Promise<boolean> {
  const { store } = deps;
  const folded = await foldOutcomes(store.outcomes(run.id));
  if (folded.pending > 0 || folded.totalReceived + folded.totalDuplicateCount !== progress.planned)
    return false;
  const listing = await store.listingCosts(run.id);
  const failedSources = progress.failedSources > 0 ? await store.failedSources(run.id) : [];
  const next = endedRun(run, folded, { listing, failedSources, progress, now: deps.now() });
  const { quality } = await deps.summarise(next);
  await deps.announce(run.id, next.revision, 'end', quality?.held);
  if (!(await store.replaceRun(next, etag))) return false;
  logEnd(next, deps.log);
  if (quality) logQuality(next, quality, deps.log);
  tellRun(next);
  await deps.deliver(next);
  return true;
}

function logEnd(run: Run, log: Log): void {
  const { id: runId, revision, startedAt, endedAt = startedAt, costs } = run;
  log('info', 'run ended', {
    runId,
    revision,
    status: run.status,
    // Two apps told these times, and their clocks may differ.
    seconds: Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1000,
    repositories: run.totalReceived + run.totalDuplicateCount,
    created: run.totalCreatedCount,
    failed: run.totalFailedCount,
    duplicates: run.totalDuplicateCount,
    failedSources: run.failedSources.length,
    calls: costs.githubCalls,
    points: costs.githubPoints,
    githubSeconds: costs.githubSeconds,
    requestUnits: costs.requestUnits,
  });
  for (const [reason, repositories] of Object.entries(run.failuresByReason))
    log('warn', 'repositories failed', { runId, revision, reason, repositories });
}

function logQuality({ id: runId, revision }: Run, quality: Quality, log: Log): void {
  const state = stateOf(quality);
  const names = (of: 'failed' | 'warned' | 'skipped'): string => checksIn(quality, of).join(', ');
  log(state === 'passed' ? 'info' : 'warn', 'numbers checked', {
    runId,
    revision,
    state,
    failed: names('failed'),
    warned: names('warned'),
    skipped: names('skipped'),
    held: String(quality.held),
  });
}

export function endedRun(
  run: Run,
  folded: Folded,
  end: {
    listing: ListingCosts;
    failedSources: FailedSource[];
    progress: Progress;
    now: Date;
  },
): Run {
  const { pending: _none, costs, ...totals } = folded;
  const {
    stalledAt: _at,
    stalledCause: _cause,
    createdListTruncated: _c,
    failedListTruncated: _f,
    renamed: _r,
    renamedTotal: _rt,
    takenOver: _t,
    takenOverTotal: _tt,
    refusedCredentials: _rc,
    failedFirst: _ff,
    ...rest
  } = run;
  const nothing = totals.totalCreatedCount === 0 && totals.totalFailedCount + end.failedSources.length > 0;
  const now = end.now.toISOString();
  const refusedCredentials = unionOf(totals.refusedCredentials, end.listing.refusedBy);
  const queries = addQueries(costs.queries, end.listing.queries);
  return {
    ...rest,
    ...totals,
    ...(refusedCredentials && { refusedCredentials }),
    status: nothing ? 'failed' : 'completed',
    revision: run.revision + 1,
    endedAt: now,
    progressAt: now,
    reopened: totals.reopened + end.progress.sourcesReopened,
    totalPlanned: end.progress.planned,
    sourcesResolved: end.progress.sourcesResolved + end.progress.failedSources,
    failedSources: end.failedSources,
    costs: {
      githubCalls: costs.calls + end.listing.calls,
      githubPoints: costs.points + end.listing.points,
      githubSeconds: Number((costs.seconds + end.listing.seconds).toFixed(3)),
      requestUnits: Number(costs.ru.toFixed(2)),
      ...(queries && { queries: rounded(queries) }),
    },
  };
}

/** Seconds to the millisecond: sums of floating-point numbers have a tail. */
const rounded = (queries: NonNullable<Outcome['queries']>): typeof queries =>
  Object.fromEntries(
    Object.entries(queries).map(([name, q]) => [name, { ...q, seconds: Number(q.seconds.toFixed(3)) }]),
  );
