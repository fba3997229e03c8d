/**
 * Sums up one revision of a run, before anybody is told of it. It ends in one of these ways:
 * - all of it is known: totals, changes, owners, movers, and what is new or gone since the run before;
 * - the rows of the run are gone by now (it is collected again after weeks): what the revision before knew of them stays;
 * - there is no run to compare with, or its plans are gone: what would need it is null;
 * - a check of its numbers failed: its event waits for a person, where that is asked for;
 * - somebody else changed which alerts stand meanwhile: it is summed up anew.
 */
import type { AlertRule } from '@github-repo-stats/shared/alert-rules';
import type { QualityRules } from '@github-repo-stats/shared/quality-rules';
import type { Run } from '@github-repo-stats/shared/documents';
import { sourceOfBatch } from '@github-repo-stats/shared/ids';
import { secondsLeft, type Rows } from '@github-repo-stats/shared/rows';
import { TURNS, WINDOWS } from '@github-repo-stats/shared/trend';
import type { Alerts } from './alerts.ts';
import { comparePlans, type ComparedPlans, type Listed } from './compare-plans.ts';
import { foldRows, NAMES, type FoldedRows } from './fold-rows.ts';
import { openAlerts, raiseAlerts, type AlertStore, type OpenAlerts } from './raise-alerts.ts';
import type { Earlier } from './quality/earlier.ts';
import { stateOf, toldState, type Quality } from './quality/quality.ts';
import { QualityWatch } from './quality/quality-watch.ts';
import { sameSources } from './quality/same-sources.ts';
import { summaryId, type Summary } from './summary.ts';

export interface SummaryStore extends AlertStore {
  rows(runId: string): AsyncIterable<Rows>;
  listed(runId: string): Promise<Listed>;
  readSummary(runId: string, revision: number): Promise<Summary | undefined>;
  /** Of the last revision of a run that has one. */
  lastSummary(runId: string): Promise<Summary | undefined>;
  /** Replaces it when it is there: the same documents make the same summary. */
  writeSummary(summary: Summary): Promise<void>;
  /** Notes in their records that a run's listing has them no more. */
  markGone(runId: string, repoIds: readonly string[]): Promise<void>;
}

/** By which rules people are told, and a run is held back. */
export interface SummaryRules {
  alerts: readonly AlertRule[];
  quality: QualityRules;
  /** Whether the event of a run waits for a person when a check of its numbers failed. */
  holdsEvent: boolean;
}

/** Failed sources that a summary tells of. */
const SOURCES = 20;
const DETAIL = 200;
const NONE = { total: 0, first: [] };

const MAX_CONFLICTS = 10;

/** @param run as it is to be stored at its end. */
export async function summarise(
  run: Run,
  store: SummaryStore,
  rules: SummaryRules,
  now: Date,
): Promise<Summary> {
  const listed = await store.listed(run.id);
  const previous = run.compareTo?.previous;
  const then = previous ? await store.listed(previous) : undefined;
  const compared = then ? await comparePlans(listed, then) : NOT_COMPARED;
  const earlier: Earlier = {
    previous: previous ? await store.lastSummary(previous) : undefined,
    gone: compared.gone?.total ?? 0,
    lostAccess: compared.lostAccess,
    same: sameSources(listed, then ?? { sources: [] }),
  };
  const gone = compared.goneRepositories.map(({ repoId }) => repoId);
  if (gone.length > 0) await store.markGone(run.id, gone);
  const isKept = secondsLeft(run.id, now.getTime() / 1000) > 0;
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const open = await openAlerts(run, rules.alerts, store);
    const watch = new QualityWatch(run, rules.quality);
    const folded = isKept ? await fold(run, listed, { open, watch }, store) : undefined;
    const known = isKept ? folded : await foldedBefore(run, store);
    open.watch?.whole(run, compared);
    const told = open.watch ? undefined : await toldBefore(run, rules.alerts, store);
    const { alerts, keep } = raiseAlerts(open, told, store);
    const checks = watch.checks(folded, earlier);
    const quality = { checks, held: rules.holdsEvent && stateOf({ checks }) === 'failed' };
    const summary = fitted(summaryOf(run, known, compared, { alerts, quality }));
    await store.writeSummary(summary);
    if (await keep()) return summary;
  }
  throw new Error(`The alerts of run ${run.id} were written by others ${MAX_CONFLICTS} times in a row`);
}

/** Numbers of a source that was not listed to its end raise no alert. */
function fold(
  run: Run,
  { resolved }: Listed,
  { open, watch }: { open: OpenAlerts; watch: QualityWatch },
  store: SummaryStore,
): Promise<FoldedRows | undefined> {
  return foldRows(store.rows(run.id), (row, batchId) => {
    watch.row(row);
    const source = sourceOfBatch(batchId);
    if (source !== undefined && resolved.has(source)) open.watch?.row(row);
  });
}

/** What this revision told when it was summed up before a later run was, or the revision before it. */
async function toldBefore(
  run: Run,
  rules: readonly AlertRule[],
  store: SummaryStore,
): Promise<Alerts | undefined> {
  if (rules.length === 0) return undefined;
  const same = await store.readSummary(run.id, run.revision);
  return (same ?? (await store.readSummary(run.id, run.revision - 1)))?.alerts;
}

const MOST_BYTES = 64 * 1024;

/** With its lists halved until it is small enough: names may be 140 characters long. What is left out is counted all the same. */
function fitted(summary: Summary): Summary {
  let fitting = summary;
  for (let share = 1; Buffer.byteLength(JSON.stringify(fitting)) >= MOST_BYTES; share /= 2)
    fitting = cut(summary, share / 2);
  return fitting;
}

/** Every list at any depth, down to that share of it. */
function cut<T>(value: T, share: number): T {
  if (Array.isArray(value)) {
    const kept: unknown[] = value.slice(0, Math.floor(value.length * share));
    return kept as T;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, cut(inner as unknown, share)]),
  ) as T;
}

const NOT_COMPARED: ComparedPlans = { new: null, gone: null, lostAccess: [], goneRepositories: [] };

async function foldedBefore(run: Run, store: SummaryStore): Promise<FoldedRows | undefined> {
  const before = await store.readSummary(run.id, run.revision - 1);
  if (!before?.totals || !before.change || !before.movers) return undefined;
  const { totals, change, orgs, orgsTotal, movers, events } = before;
  return { totals, change, orgs, orgsTotal, movers, turned: events };
}

function summaryOf(
  run: Run,
  known: FoldedRows | undefined,
  compared: ComparedPlans,
  { alerts, quality }: { alerts: Alerts; quality: Quality },
): Summary {
  const { queries: _queries, ...costs } = run.costs;
  const none = { previous: null, d7: null, d30: null };
  return {
    id: summaryId(run.revision),
    runId: run.id,
    type: 'summary',
    revision: run.revision,
    status: run.status,
    trigger: run.trigger,
    startedAt: run.startedAt,
    endedAt: run.endedAt ?? run.progressAt,
    sourcesTotal: run.sourcesTotal,
    created: run.totalCreatedCount,
    failed: run.totalFailedCount,
    duplicates: run.totalDuplicateCount,
    failuresByReason: run.failuresByReason,
    failedSources: run.failedSources.slice(0, SOURCES).map(({ source, reason, detail }) => ({
      source: source.slice(0, DETAIL),
      reason,
      ...(detail !== undefined && { detail: detail.slice(0, DETAIL) }),
    })),
    refusedCredentials: run.refusedCredentials ?? [],
    costs,
    compareTo: Object.fromEntries(
      WINDOWS.map((w) => [w, run.compareTo?.[w] ?? null]),
    ) as Summary['compareTo'],
    totals: known?.totals ?? null,
    change: known ? { ...none, ...known.change } : null,
    orgs: known?.orgs ?? [],
    orgsTotal: known?.orgsTotal ?? 0,
    movers: known?.movers ?? null,
    events: {
      new: compared.new,
      gone: compared.gone,
      lostAccess: compared.lostAccess,
      renamed: { total: run.renamedTotal ?? 0, first: (run.renamed ?? []).slice(0, NAMES) },
      ...(Object.fromEntries(TURNS.map((t) => [t, known?.turned[t] ?? NONE])) as FoldedRows['turned']),
    },
    alerts,
    quality,
    qualityState: toldState(quality),
  };
}
