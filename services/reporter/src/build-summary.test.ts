import type { AlertRule } from '@github-repo-stats/shared/alert-rules';
import type { Run } from '@github-repo-stats/shared/documents';
import { DEFAULT_QUALITY_RULES, QUALITY_CHECKS } from '@github-repo-stats/shared/quality-rules';
import { mergeRows, rowOf, type Rows } from '@github-repo-stats/shared/rows';
import { RUN_ID, runOf } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { alertWorld } from './alerts.fixture.ts';
import { summarise as summariseBy, type SummaryStore } from './build-summary.ts';
import type { Listed } from './compare-plans.ts';
import { streamOf } from './reporter.fixture.ts';
import { documentOf } from './rows.fixture.ts';
import { Summary } from './summary.ts';

const PREVIOUS = String(Number(RUN_ID) - 21_600);
const ended: Run = runOf({
  status: 'completed',
  revision: 1,
  endedAt: '2021-01-20T07:30:00.000Z',
  totalCreatedCount: 2,
  compareTo: { previous: PREVIOUS, d7: null, d30: null },
  costs: {
    githubCalls: 1,
    githubPoints: 2,
    githubSeconds: 3,
    requestUnits: 4,
    queries: { stats: { calls: 1, points: 1, seconds: 1 } },
  },
});
const RULES: AlertRule[] = [
  { metric: 'stars', percent: 5, amount: 50, days: 7 },
  { event: 'gone' },
  { event: 'archived' },
];
const summarise = (run: Run, store: SummaryStore, now: Date) =>
  summariseBy(run, store, { alerts: RULES, quality: DEFAULT_QUALITY_RULES, holdsEvent: false }, now);
const soon = new Date((Number(RUN_ID) + 600) * 1000);
const late = new Date((Number(RUN_ID) + 50 * 86_400) * 1000);

const rowsOf = (...repos: string[]): Rows =>
  mergeRows(
    undefined,
    { runId: RUN_ID, batchId: 'b1' },
    repos.map((repo) => rowOf(documentOf(repo))),
    60,
  )!;

const listedOf = (...names: string[]): Listed => ({
  sources: [
    {
      id: 'source.s00001',
      runId: RUN_ID,
      type: 'source',
      sourceId: 's00001',
      what: { kind: 'owner', owner: 'o', exclude: [], individual: [] },
      failedCount: 0,
    },
  ],
  resolved: new Set(['s00001']),
  plans: () =>
    streamOf([
      {
        sourceId: 's00001',
        batches: [{ batchId: 'b1', repos: names.map((name) => ({ nameWithOwner: name, id: `R_${name}` })) }],
      },
    ]),
});

function world(rows: Rows[], plans: Record<string, Listed>) {
  const summaries = new Map<string, Summary>();
  const gone: string[] = [];
  const alerts = alertWorld();
  const store: SummaryStore = {
    ...alerts.store,
    rows: () => streamOf(rows),
    listed: (runId) => Promise.resolve(plans[runId]!),
    readSummary: (_runId, revision) => Promise.resolve(summaries.get(`summary.${revision}`)),
    lastSummary: () => Promise.resolve(undefined),
    writeSummary: (summary) => Promise.resolve(void summaries.set(summary.id, summary)),
    markGone: (_runId, ids) => Promise.resolve(void gone.push(...ids)),
  };
  return { store, summaries, gone, alerts };
}

describe('summing up a run', () => {
  const plans = { [RUN_ID]: listedOf('o/a', 'o/new'), [PREVIOUS]: listedOf('o/a', 'o/gone') };

  it('says what it is, what it cost, what it has and what became of repositories', async () => {
    const w = world([rowsOf('o/a', 'o/new')], plans);
    const summary = await summarise(ended, w.store, soon);
    expect(Summary.parse(summary)).toEqual(summary);
    expect(summary).toMatchObject({
      id: 'summary.1',
      runId: RUN_ID,
      status: 'completed',
      created: 2,
      compareTo: ended.compareTo,
      totals: { repositories: 2, stars: 2 * documentOf('o/a').stars },
      events: { new: { total: 1, first: ['o/new'] }, gone: { total: 1, first: ['o/gone'] } },
    });
    expect(summary.costs).not.toHaveProperty('queries');
    expect(w.summaries.get('summary.1')).toEqual(summary);
    expect(w.gone).toEqual(['R_o/gone']);
  });

  it('checks the numbers against the run before, and holds the event back only where that is asked for', async () => {
    const w = world([rowsOf('o/a', 'o/new')], plans);
    const { quality, qualityState } = await summarise(ended, w.store, soon);
    expect([quality?.held, qualityState]).toEqual([false, 'failed']);
    expect(Object.keys(quality!.checks)).toEqual([...QUALITY_CHECKS]);
    // Of a run that says that nothing was planned.
    expect(quality!.checks['sums-add-up']).toMatchObject({ state: 'failed' });
    const rules = { alerts: RULES, quality: DEFAULT_QUALITY_RULES, holdsEvent: true };
    expect(await summariseBy(ended, w.store, rules, soon)).toMatchObject({
      quality: { held: true },
      qualityState: 'held',
    });
  });

  it('makes the same of the same, however often', async () => {
    const w = world([rowsOf('o/a')], plans);
    expect(await summarise(ended, w.store, soon)).toEqual(await summarise(ended, w.store, soon));
    expect(w.summaries.size).toBe(1);
  });

  it('tells nothing of new and gone without a run before it', async () => {
    const { compareTo: _none, ...first } = ended;
    const summary = await summarise(first, world([rowsOf('o/a')], { [RUN_ID]: plans[RUN_ID]! }).store, soon);
    expect(summary.events).toMatchObject({ new: null, gone: null, lostAccess: [] });
    expect(summary.compareTo).toEqual({ previous: null, d7: null, d30: null });
  });

  it('knows no numbers without rows', async () => {
    const summary = await summarise(ended, world([], plans).store, soon);
    expect(summary).toMatchObject({ totals: null, change: null, movers: null, orgs: [], orgsTotal: 0 });
  });

  it('keeps what the revision before knew, when the rows are gone by now', async () => {
    const w = world([rowsOf('o/a', 'o/new')], plans);
    const before = await summarise(ended, w.store, soon);
    const afterwards = await summarise(
      { ...ended, revision: 2 },
      { ...w.store, rows: () => streamOf([]) },
      late,
    );
    const { quality, qualityState } = before;
    expect({ ...afterwards, quality, qualityState }).toEqual({ ...before, id: 'summary.2', revision: 2 });
    expect(afterwards.quality?.checks['only-rising']).toMatchObject({ state: 'skipped', measured: null });
    expect(await summarise(ended, world([], plans).store, late)).toMatchObject({ totals: null });
  });

  it('tells alerts: a number that broke a rule, and what is gone', async () => {
    const change = { previous: null, d7: { stars: 60, forks: 0, openIssues: 0, openPRs: 0 }, d30: null };
    const risen = rowOf({ ...documentOf('o/a'), stars: 200, change });
    const rows = mergeRows(undefined, { runId: RUN_ID, batchId: 'b-s00001-00001-1' }, [risen], 60)!;
    const w = world([rows], plans);
    expect((await summarise(ended, w.store, soon)).alerts).toEqual({
      total: 2,
      byRevision: { 1: 2 },
      first: [
        { kind: 'gone', repo: 'o/gone', revision: 1 },
        { kind: 'number', repo: 'o/a', metric: 'stars', now: 200, by: 60, days: 7, revision: 1 },
      ],
    });
    // The numbers of a source that was not listed to its end raise none, and leave what stands.
    const before = structuredClone(w.alerts.book());
    const unresolved: Record<string, Listed> = {
      ...plans,
      [RUN_ID]: { ...plans[RUN_ID]!, resolved: new Set() },
    };
    const later = { ...ended, id: String(Number(RUN_ID) + 1) };
    const store = {
      ...w.store,
      listed: (id: string) => Promise.resolve(unresolved[id] ?? unresolved[RUN_ID]!),
    };
    expect((await summarise(later, store, soon)).alerts?.total).toBe(0);
    expect(w.alerts.book()).toEqual(before);
  });

  it('stays below 64 KB, whatever there is to say', async () => {
    const long = 'x'.repeat(100);
    const name = (i: number): string =>
      `${'owner-with-a-long-login-of-its-own-x-'.slice(0, 35)}${i % 120}/${long.slice(3)}${i}`;
    const change = { stars: 123_456, forks: 123_456, openIssues: 123_456, openPRs: 123_456 };
    const rows = Array.from({ length: 60 }, (_, i) => name(i)).map((repo) =>
      rowOf({
        ...documentOf(repo),
        change: { previous: change, d7: change, d30: change },
        turned: ['archived', 'hidden'],
      }),
    );
    const all = Array.from({ length: 120 }, (_, i) =>
      mergeRows(
        undefined,
        { runId: RUN_ID, batchId: `b${i}` },
        rows.map((r) => ({ ...r, repo: name(i), repoId: `${r.repoId}${i}` })),
        60,
      )!,
    );
    const names = Array.from({ length: 2000 }, (_, i) => name(i));
    const run: Run = {
      ...ended,
      failedSources: Array.from({ length: 100 }, () => ({
        source: long.repeat(2),
        reason: 'not-found',
        detail: long.repeat(5),
      })),
      renamed: names.map((from) => ({ from, to: from })),
      renamedTotal: 2000,
    };
    const w = world(all, {
      [RUN_ID]: listedOf(...names),
      [PREVIOUS]: listedOf(...names.map((n) => `${n}-`)),
    });
    const summary = await summarise(run, w.store, soon);
    expect(Buffer.byteLength(JSON.stringify(summary))).toBeLessThan(64 * 1024);
    expect(summary.orgsTotal).toBe(120);
    expect(summary.orgs.length).toBeGreaterThan(10);
    expect(summary.events.new?.total).toBe(2000);
  });
});
