/**
 * Sums up one revision of a run, before anybody is told of it. It ends in one of these ways:
 * - all of it is known: totals, changes, owners, movers, and what is new or gone since the run before;
 * - the rows of the run are gone by now (it is collected again after weeks): what the revision before knew of them stays;
 * - there is no run to compare with, or its plans are gone: what would need it is null.
 */
import type { Run } from '@github-repo-stats/shared/documents';
import { secondsLeft, type Rows } from '@github-repo-stats/shared/rows';
import { TURNS, WINDOWS } from '@github-repo-stats/shared/trend';
import { comparePlans, type ComparedPlans, type Listed } from './compare-plans.ts';
import { foldRows, NAMES, type FoldedRows } from './fold-rows.ts';
import { summaryId, type Summary } from './summary.ts';

export interface SummaryStore {
  rows(runId: string): AsyncIterable<Rows>;
  listed(runId: string): Promise<Listed>;
  readSummary(runId: string, revision: number): Promise<Summary | undefined>;
  /** Replaces it when it is there: the same documents make the same summary. */
  writeSummary(summary: Summary): Promise<void>;
  /** Notes in their records that a run's listing has them no more. */
  markGone(runId: string, repoIds: readonly string[]): Promise<void>;
}

/** Failed sources that a summary tells of. */
const SOURCES = 20;
const DETAIL = 200;
const NONE = { total: 0, first: [] };

/** @param run as it is to be stored at its end. */
export async function summarise(run: Run, store: SummaryStore, now: Date): Promise<Summary> {
  const isKept = secondsLeft(run.id, now.getTime() / 1000) > 0;
  const known = isKept ? await foldRows(store.rows(run.id)) : await foldedBefore(run, store);
  const compared = await compare(run, store);
  if (compared.goneIds.length > 0) await store.markGone(run.id, compared.goneIds);
  const summary = fitted(summaryOf(run, known, compared));
  await store.writeSummary(summary);
  return summary;
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

async function compare(run: Run, store: SummaryStore): Promise<ComparedPlans> {
  const previous = run.compareTo?.previous;
  if (!previous) return { new: null, gone: null, lostAccess: [], goneIds: [] };
  return comparePlans(await store.listed(run.id), await store.listed(previous));
}

async function foldedBefore(run: Run, store: SummaryStore): Promise<FoldedRows | undefined> {
  const before = await store.readSummary(run.id, run.revision - 1);
  if (!before?.totals || !before.change || !before.movers) return undefined;
  const { totals, change, orgs, orgsTotal, movers, events } = before;
  return { totals, change, orgs, orgsTotal, movers, turned: events };
}

function summaryOf(run: Run, known: FoldedRows | undefined, compared: ComparedPlans): Summary {
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
  };
}
