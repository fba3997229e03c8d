/** A run at its end with all that a mail can tell of it, for tests. */
import { FAILURE_REASONS } from '@github-repo-stats/shared/reasons';
import { RUN_ID, runOf } from '@github-repo-stats/shared/run.fixture';
import { QUALITY_CHECKS } from '@github-repo-stats/shared/quality-rules';
import { METRICS, WINDOWS } from '@github-repo-stats/shared/trend';
import { alertsOf, type Alert } from './alerts.ts';
import type { MailFacts } from './mail-text.ts';
import type { Quality, QualityResult } from './quality/quality.ts';
import type { Mover, Summary, TotalChange, Totals } from './summary.ts';

export const ended = runOf({
  status: 'completed',
  revision: 2,
  endedAt: '2021-01-20T08:25:43.000Z',
  totalPlanned: 6_000,
  totalReceived: 6_000,
  totalCreatedCount: 5_998,
  totalFailedCount: 2,
  failedList: 'o/a,o/b',
  failuresByReason: { 'not-found': 1, saml: 1 },
  failedFirst: { 'not-found': ['o/a'], saml: ['o/b'] },
  costs: { githubCalls: 1_234, githubPoints: 1_240, githubSeconds: 61.25, requestUnits: 36_000.4 },
});

export const totals = (stars: number): Totals => ({
  repositories: 6_000,
  archived: 12,
  stars,
  forks: 4_000,
  openIssues: 300,
  closedIssues: 900,
  openPRs: 80,
  closedPRs: 100,
  mergedPRs: 2_000,
});
const since = (stars: number) => ({ repositories: 5_990, stars, forks: 3, openIssues: 2, openPRs: 1 });
export const change = (stars: number): TotalChange => ({
  previous: since(Math.round(stars / 28)),
  d7: since(stars),
  d30: null,
});

const movers = (sign: 1 | -1, size: number): Mover[] =>
  Array.from({ length: 10 }, (_, i) => ({
    repo: `acme/${sign > 0 ? 'riser' : 'faller'}-${i}`,
    now: 12_345 - i,
    by: sign * (size - i),
  }));

const moved = (stars: number) => ({ up: movers(1, stars), down: movers(-1, stars) });
const NONE = { total: 0, first: [] };

export const summaryOf = (more: Partial<Summary> = {}): Summary => ({
  id: 'summary.2',
  runId: RUN_ID,
  type: 'summary',
  revision: 2,
  status: 'completed',
  trigger: 'schedule',
  startedAt: ended.startedAt,
  endedAt: ended.endedAt!,
  sourcesTotal: 1,
  created: 5_998,
  failed: 2,
  duplicates: 0,
  failuresByReason: ended.failuresByReason,
  failedSources: [],
  refusedCredentials: [],
  costs: ended.costs,
  compareTo: {
    previous: String(Number(RUN_ID) - 21_600),
    d7: String(Number(RUN_ID) - 7 * 86_400),
    d30: null,
  },
  totals: totals(123_456),
  change: change(560),
  orgs: [
    { owner: 'acme', totals: totals(100_000), change: change(500) },
    { owner: 'globex', totals: totals(23_456), change: { previous: null, d7: null, d30: null } },
  ],
  orgsTotal: 2,
  movers: Object.fromEntries(
    METRICS.map((metric) => [
      metric,
      Object.fromEntries(
        WINDOWS.map((w) => [w, w === 'd30' ? { up: [], down: [] } : moved(w === 'd7' ? 90 : 20)]),
      ),
    ]),
  ) as Summary['movers'],
  events: {
    new: { total: 7, first: ['acme/n1', 'acme/n2', 'acme/n3', 'acme/n4', 'acme/n5', 'acme/n6', 'acme/n7'] },
    gone: { total: 1, first: ['acme/left'] },
    lostAccess: [{ owner: 'globex', gone: 40, of: 200 }],
    renamed: { total: 1, first: [{ from: 'acme/old', to: 'acme/young' }] },
    archived: { total: 1, first: ['acme/kept'] },
    unarchived: NONE,
    hidden: NONE,
    published: { total: 1, first: ['acme/shown'] },
  },
  alerts: alertsOf([]),
  ...more,
});

/** One check failed, one warned, the others passed. */
export const qualityOf = (names: readonly string[] = ['acme']): Quality => {
  const limits = { warn: 0.1, fail: 0.5 };
  const examples = names.slice(0, 10).map((what) => ({ what, said: 'had repositories 120, now 40' }));
  const checks = QUALITY_CHECKS.map((check, i): [string, QualityResult] => {
    const passed = {
      ...limits,
      state: 'passed' as const,
      measured: 0,
      said: 'as it should be',
      examples: [],
    };
    const told = { ...limits, said: 'of 2 owners, the one that shrank most lost 67 %', examples };
    if (i > 1) return [check, passed];
    return [check, { ...told, state: i === 0 ? 'failed' : 'warned', measured: i === 0 ? 0.67 : 0.2 }];
  });
  return { checks: Object.fromEntries(checks), held: true };
};

export const factsOf = (more: Partial<MailFacts> = {}): MailFacts => ({
  run: ended,
  kind: 'end',
  summary: summaryOf(),
  revisions: [2],
  nextRunAt: new Date('2021-01-20T12:00:00Z'),
  dashboard: 'https://stats.example.org',
  ...more,
});

/** One of each kind. */
export const ALERTS: Alert[] = [
  { kind: 'number', repo: 'acme/fell', metric: 'stars', now: 1_900, by: -100, days: 7, revision: 2 },
  { kind: 'number', repo: 'acme/rose', metric: 'openPRs', now: 40, by: 40, days: 30, revision: 2 },
  { kind: 'gone', repo: 'acme/left', revision: 2 },
  { kind: 'hidden', repo: 'acme/secret', revision: 2 },
  { kind: 'archived', repo: 'acme/kept', revision: 2 },
  { kind: 'transferred', repo: 'globex/moved', from: 'acme/moved', revision: 2 },
  { kind: 'renamed', repo: 'acme/young', from: 'acme/old', revision: 2 },
  { kind: 'lostAccess', owner: 'globex', gone: 40, of: 200, revision: 2 },
];

/** As long as names can be, and as many as there can be of everything, in text that is escaped wherever it may be. */
export function fullestFacts(): MailFacts {
  const long = (i: number): string =>
    `owner-${i}-`.padEnd(39, 'w') + `/${`repository-${i}-`.padEnd(100, 'm')}`;
  const names = Array.from({ length: 50 }, (_, i) => long(i));
  const movers = { up: names.slice(0, 10), down: names.slice(10, 20) };
  const mover = (repo: string, by: number): Mover => ({ repo, now: 123_456_789, by });
  const window = {
    up: movers.up.map((repo) => mover(repo, 1_234_567)),
    down: movers.down.map((repo) => mover(repo, -1_234_567)),
  };
  const some = { total: 60_000, first: names };
  const detail = `<b>&"'`.repeat(400);
  const summary = summaryOf({
    orgs: names.map((name) => ({
      owner: name.slice(0, 39),
      totals: totals(123_456_789),
      change: change(1_234_567),
    })),
    orgsTotal: 900,
    movers: Object.fromEntries(
      METRICS.map((m) => [m, Object.fromEntries(WINDOWS.map((w) => [w, window]))]),
    ) as Summary['movers'],
    events: {
      new: some,
      gone: some,
      lostAccess: names.slice(0, 9).map((name) => ({ owner: name.slice(0, 39), gone: 9_000, of: 10_000 })),
      renamed: { total: 900, first: names.map((from) => ({ from, to: from.replace('owner', 'other') })) },
      archived: some,
      unarchived: some,
      hidden: some,
      published: some,
    },
    quality: qualityOf(names),
    alerts: alertsOf(
      names.map((repo, i) => ({ kind: 'transferred', repo, from: names[49 - i]!, revision: 2 })),
    ),
  });
  const run = {
    ...ended,
    failuresByReason: Object.fromEntries(FAILURE_REASONS.map((reason) => [reason, 100_000])),
    failedFirst: Object.fromEntries(FAILURE_REASONS.map((reason) => [reason, names.slice(0, 5)])),
    failedSources: names.map((source) => ({ source, reason: 'not-found' as const, detail })),
    refusedCredentials: names,
    takenOver: names.map((repo) => ({ repo, was: 'R_1', is: 'R_2' })),
    takenOverTotal: 900,
  };
  return factsOf({ run, summary });
}
