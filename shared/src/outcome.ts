/** How what became of a batch is merged: a created is never overwritten by a failed, nor a newer attempt by an older. */
import { addQueries } from './github/cost.ts';
import { outcomeId } from './ids.ts';
import type { Outcome, OutcomeEntry } from './documents.ts';

/** What one handler learned of a batch: an entry per planned name, and what it cost (calls, points, seconds, RU). */
export interface OutcomeUpdate {
  runId: string;
  batchId: string;
  entries: Record<string, OutcomeEntry>;
  cost?: { calls: number; points: number; seconds: number; queries?: Outcome['queries'] };
  ru?: number;
  /** Names of the credentials that GitHub refused on the way. */
  refusedBy?: readonly string[];
}

/** An outcome without any entry. */
export const emptyOutcome = (runId: string, batchId: string): Outcome => ({
  id: outcomeId(batchId),
  runId,
  type: 'outcome',
  batchId,
  entries: {},
  created: 0,
  failed: 0,
  duplicate: 0,
  pending: 0,
  reopened: 0,
  ru: 0,
  calls: 0,
  points: 0,
  seconds: 0,
});

/** True when nothing of this name remains to be done. */
export const isSettled = (entry: OutcomeEntry | undefined): boolean =>
  entry !== undefined && entry.state !== 'pending';

/**
 * One name: what stays when `next` arrives after `now`. The newer attempt stands, whatever the order of arrival, and what
 * was ever created stays created, with the reason why a newer attempt failed beside it.
 */
export function mergeEntry(now: OutcomeEntry | undefined, next: OutcomeEntry): OutcomeEntry {
  if (!now) return next;
  if (next.state === 'pending' && next.attempt === now.attempt) return now;
  const [older, newer] = next.attempt < now.attempt ? [next, now] : [now, next];
  const wasCreated = older.state === 'created' || older.was === 'created';
  if (!wasCreated) return newer;
  // A document of another name is another one, of which nothing was told yet.
  if (newer.state === 'created')
    return older.as === newer.as ? { ...newer, ...told(older), ...told(newer) } : newer;
  const kept = { ...(older.as && { as: older.as }), ...told(older) };
  const { state, attempt, reason, detail } = newer;
  if (state === 'pending') return { ...newer, was: 'created', ...kept };
  return { state: 'created', attempt, ...(reason && { reason }), ...(detail && { detail }), ...kept };
}

/** What the run that first saw a repository under its name tells: once told it stays, whatever a repetition finds. */
function told({ renamedFrom, tookNameOf, repoId }: OutcomeEntry): Partial<OutcomeEntry> {
  return {
    ...(renamedFrom !== undefined && { renamedFrom }),
    ...(tookNameOf !== undefined && { tookNameOf }),
    ...(repoId !== undefined && { repoId }),
  };
}

/** Names of both, each once, sorted; absent when there are none. */
export function unionOf(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): string[] | undefined {
  return a || b ? [...new Set([...(a ?? []), ...(b ?? [])])].sort() : undefined;
}

const same = (a: OutcomeEntry | undefined, b: OutcomeEntry): boolean =>
  a !== undefined && JSON.stringify(a) === JSON.stringify(b);

/**
 * The outcome with an update merged in, or undefined when the update changes no entry (then nothing is written).
 * @param reopen set when the update marks names pending again, which reopens the run.
 */
export function mergeOutcome(
  now: Outcome | undefined,
  update: OutcomeUpdate,
  reopen = false,
): Outcome | undefined {
  const base = now ?? emptyOutcome(update.runId, update.batchId);
  const entries = { ...base.entries };
  let changed = false;
  let corrected = false;
  for (const [name, next] of Object.entries(update.entries)) {
    const before = entries[name];
    const merged = mergeEntry(before, next);
    if (same(before, merged)) continue;
    // What a run may have told already is no longer so: like a rerun it needs a new revision.
    corrected ||= isSettled(before) && isSettled(merged) && before?.state !== merged.state;
    entries[name] = merged;
    changed = true;
  }
  if (!changed) return undefined;
  const of = (state: OutcomeEntry['state']): number =>
    Object.values(entries).filter((e) => e.state === state).length;
  const queries = addQueries(base.queries, update.cost?.queries);
  const refusedBy = unionOf(base.refusedBy, update.refusedBy);
  return {
    ...base,
    entries,
    created: of('created'),
    failed: of('failed'),
    duplicate: of('duplicate'),
    pending: of('pending'),
    reopened: base.reopened + (reopen || corrected ? 1 : 0),
    ru: base.ru + (update.ru ?? 0),
    calls: base.calls + (update.cost?.calls ?? 0),
    points: base.points + (update.cost?.points ?? 0),
    seconds: base.seconds + (update.cost?.seconds ?? 0),
    ...(queries && { queries }),
    ...(refusedBy && { refusedBy }),
  };
}

/** The names of a batch that still need work: those without a settled entry, or pending ones that `attempt` may settle. */
export const unsettled = <T extends { nameWithOwner: string }>(
  repos: readonly T[],
  outcome: Outcome | undefined,
): T[] => repos.filter((r) => !isSettled(outcome?.entries[r.nameWithOwner]));

/** Entries that mark names to be collected again, each one attempt after what is known of it. */
export function pendingEntries(
  names: readonly string[],
  outcome: Outcome | undefined,
): { entries: Record<string, OutcomeEntry>; attempt: number } {
  const attempt = 1 + Math.max(0, ...names.map((n) => outcome?.entries[n]?.attempt ?? 0));
  return {
    attempt,
    entries: Object.fromEntries(names.map((n) => [n, { state: 'pending', attempt } as const])),
  };
}
