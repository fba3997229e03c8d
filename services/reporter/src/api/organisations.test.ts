/** Owners of a run: all of them where a summary names the largest alone, each once whatever the order, and a chart of at most 30 days. */
import { mergeRows, rowOf } from '@github-repo-stats/shared/rows';
import { describe, expect, it } from 'vitest';
import { noChange, noTotals } from '../fold-rows.ts';
import { streamOf } from '../reporter.fixture.ts';
import { documentOf } from '../rows.fixture.ts';
import type { OrgTotals, Summary } from '../summary.ts';
import type { ApiStore, SummaryKey } from './api-store.ts';
import { ORGANISATION_SORTS, OrganisationList } from './contract.ts';
import type { ApiDeps } from './deps.ts';
import type { KnownRun } from './known-runs.ts';
import { organisations } from './organisations.ts';
import { PastSummaries } from './past-summaries.ts';
import { RowCache } from './row-cache.ts';

const DAY = 86_400;
const NOTHING = { previous: null, d7: null, d30: null };
const RUN = 1_795_459_801;
const OWNERS = 130;
const NAMES = Array.from({ length: OWNERS }, (_, i) => `owner-${i}`);
/** Few different numbers, so that names decide often. */
const starsOf = (i: number): number => 100 * (i % 7);
const rows = mergeRows(
  undefined,
  { runId: String(RUN), batchId: 'b-s00001-00001-1' },
  NAMES.flatMap((owner, i) =>
    [0, 1].map((n) =>
      rowOf(
        documentOf(`${n === 0 ? owner : owner.toUpperCase()}/r${n}`, {
          stars: starsOf(i) / 2,
          ...(i % 2 === 0 && {
            change: { previous: { stars: i % 5, forks: 0, openIssues: 0, openPRs: 0 }, d7: null, d30: null },
          }),
        }),
      ),
    ),
  ),
  1,
)!;
const largest = NAMES.slice(0, 100).map((owner, i): OrgTotals => ({
  owner,
  totals: { ...noTotals(), repositories: 2, stars: starsOf(i) },
  change: noChange(),
}));

/** @param orgsTotal as the summary counts them. @param daysLater since the run. */
function world(orgsTotal: number, daysLater = 0) {
  const latest: KnownRun = {
    runId: String(RUN),
    revision: 1,
    endedAt: new Date(RUN * 1000).toISOString(),
    compareTo: {},
    active: undefined,
  };
  // Four runs a day.
  const keys = Array.from({ length: 200 }, (_, i): SummaryKey => {
    const runId = String(RUN - (i * DAY) / 4);
    return { runId, revision: 1, endedAt: '', status: 'completed', compareTo: NOTHING };
  });
  const store = {
    summary: () => Promise.resolve({ orgs: largest, orgsTotal } as Partial<Summary> as Summary),
    summaryKeys: ({ since = '0' }) => streamOf(keys.filter(({ runId }) => Number(runId) >= Number(since))),
    rows: () => streamOf([rows]),
  } as Partial<ApiStore> as ApiStore;
  const deps = {
    store,
    runs: { run: () => Promise.resolve(latest) },
    past: new PastSummaries(store, () => 0),
    rows: new RowCache(),
    now: () => new Date((RUN + daysLater * DAY) * 1000),
  } as unknown as ApiDeps;
  const route = organisations(deps);
  return async (query: Record<string, string>) =>
    OrganisationList.parse(await route.ask({ runId: 'latest' }, query).answer());
}

describe('owners', () => {
  it('are those of the summary where it names all', async () => {
    const { total, items } = await world(100)({ limit: '500' });
    expect([total, items.length]).toEqual([100, 100]);
  });

  it('are added up from the rows where it does not, in any case of their names', async () => {
    const { total, items } = await world(OWNERS)({ limit: '500', sort: 'owner', order: 'asc' });
    expect(total).toBe(OWNERS);
    expect(items.map(({ owner }) => owner)).toEqual(NAMES.toSorted());
    for (const { owner, totals, change, trend } of items) {
      const i = NAMES.indexOf(owner);
      expect(totals).toMatchObject({ repositories: 2, stars: starsOf(i) });
      expect(change.previous).toEqual(
        i % 2 === 0 ? { repositories: 2, stars: 2 * (i % 5), forks: 0, openIssues: 0, openPRs: 0 } : null,
      );
      expect(new Set(trend)).toEqual(new Set([i < 100 ? starsOf(i) : null]));
    }
  });

  it('are the largest ones once the rows are gone', async () => {
    expect((await world(OWNERS, 41)({ limit: '500' })).items).toHaveLength(100);
  });

  it('have a chart of the last run of each of 30 days, the oldest first', async () => {
    const { trendAt, items } = await world(100)({});
    expect(trendAt).toHaveLength(30);
    expect(trendAt).toEqual(trendAt.toSorted());
    expect(new Set(trendAt.map((at) => at.slice(0, 10))).size).toBe(30);
    expect(items.every(({ trend }) => trend.length === 30)).toBe(true);
  });

  it.each(
    ORGANISATION_SORTS.flatMap((sort) => (['asc', 'desc'] as const).map((order) => [sort, order] as const)),
  )('come each once by pages, by %s %s', async (sort, order) => {
    const ask = world(OWNERS);
    const whole = (await ask({ sort, order, limit: '500' })).items;
    const paged: typeof whole = [];
    let after: string | undefined;
    do {
      const page = await ask({ sort, order, limit: '33', ...(after !== undefined && { after }) });
      paged.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    expect(paged).toEqual(whole);
    expect(new Set(whole.map(({ owner }) => owner)).size).toBe(OWNERS);
  });

  it.each([
    ['asc', (a: number, b: number) => a - b],
    ['desc', (a: number, b: number) => b - a],
  ] as const)('whose change is not known come last, %s', async (order, compare) => {
    const { items } = await world(OWNERS)({ sort: 'stars.previous', order, limit: '500' });
    const changes = items.map(({ change }) => change.previous?.stars ?? null);
    const known = changes.filter((by) => by !== null);
    expect(known).toHaveLength(OWNERS / 2);
    expect(changes).toEqual([...known.toSorted(compare), ...Array<null>(OWNERS / 2).fill(null)]);
  });
});
