/** Runs over a simulated year: what each collects, and what the reporter's checks say of it, by the very code that checks runs. */
import type { Row } from '@github-repo-stats/shared/rows';
import type { QualityRules } from '@github-repo-stats/shared/quality-rules';
import type { Change, CompareTo } from '@github-repo-stats/shared/trend';
import { addTo, noChange, noTotals, type FoldedRows } from '../services/reporter/src/fold-rows.ts';
import type { Earlier } from '../services/reporter/src/quality/earlier.ts';
import type { Quality } from '../services/reporter/src/quality/quality.ts';
import { QualityWatch } from '../services/reporter/src/quality/quality-watch.ts';
import type { OrgTotals } from '../services/reporter/src/summary.ts';
import { STEP_HOURS, type Numbers, type SimulatedRepository, type SimulatedYear } from './simulated-year.ts';

export interface Collected {
  repository: SimulatedRepository;
  /** As the run has them, which a fault may have changed. */
  numbers: Numbers;
}

/** What a run has, before it is checked; a fault changes it. */
export interface Harvest {
  /** By id. */
  collected: Map<number, Collected>;
  /** Planned, and not stored. */
  failed: number;
  /** Told as gone by the listings. */
  gone: number;
  lostAccess: Earlier['lostAccess'];
  /** Repositories that are stored, but whose row is missing or stands twice. */
  rowsLost: ReadonlySet<number>;
  /** Repositories whose change was reckoned against another run than the one before. */
  astray: ReadonlySet<number>;
}

interface PastRun {
  id: string;
  numbers: Map<number, Numbers>;
  summary: NonNullable<Earlier['previous']>;
}

const [WEEK, MONTH] = [(7 * 24) / STEP_HOURS, (30 * 24) / STEP_HOURS];
const DONE = ['closedIssues', 'closedPRs', 'mergedPRs'] as const;

export class SimulatedRuns {
  readonly #year: SimulatedYear;
  readonly #rules: QualityRules;
  /** The latest last. */
  readonly #past: PastRun[] = [];

  constructor(year: SimulatedYear, rules: QualityRules) {
    this.#year = year;
    this.#rules = rules;
  }

  /** What the run before had, or one so many runs before. */
  before(id: number, back = 1): Numbers | undefined {
    return this.#past.at(-back)?.numbers.get(id);
  }

  /** Whether it has every repository that the run before had. */
  isWhole({ collected }: Harvest): boolean {
    return [...(this.#past.at(-1)?.numbers.keys() ?? [])].every((id) => collected.has(id));
  }

  /** What a run collects when nothing is wrong but what always is: a few calls fail. */
  harvest(): Harvest {
    const { list, random, gone } = this.#year;
    // Now and then GitHub has a bad hour.
    const failing = random() < 0.02 ? 0.004 : 0.0003;
    const collected = new Map<number, Collected>();
    for (const repository of list)
      if (random() >= failing)
        collected.set(repository.id, { repository, numbers: { ...repository.numbers } });
    const failed = list.length - collected.size;
    const none: ReadonlySet<number> = new Set();
    return { collected, failed, ...this.#gone(gone), rowsLost: none, astray: none };
  }

  /** As the reporter tells: many of an owner at once are most likely access that was lost. */
  #gone(gone: readonly SimulatedRepository[]): Pick<Harvest, 'gone' | 'lostAccess'> {
    const told: Pick<Harvest, 'gone' | 'lostAccess'> = { gone: 0, lostAccess: [] };
    for (const [owner, lost] of Map.groupBy(gone, ({ owner }) => owner))
      this.tellGone(told, owner, lost.length);
    return told;
  }

  tellGone(told: Pick<Harvest, 'gone' | 'lostAccess'>, owner: string, lost: number): void {
    const of =
      this.#past.at(-1)?.summary.orgs.find((org) => org.owner === owner)?.totals.repositories ?? lost;
    if (lost >= 5 && lost > 0.05 * of) told.lostAccess.push({ owner, gone: lost, of });
    else told.gone += lost;
  }

  check(harvest: Harvest): Quality['checks'] {
    const id = String(this.#year.now);
    const back = (runs: number): PastRun | undefined => this.#past.at(-runs);
    const [previous, d7, d30] = [back(1), back(WEEK), back(MONTH)];
    const compareTo: CompareTo = {
      previous: previous?.id ?? null,
      d7: d7?.id ?? null,
      d30: d30?.id ?? null,
    };
    const created = harvest.collected.size;
    const planned = created + harvest.failed;
    const watch = new QualityWatch(
      {
        totalPlanned: planned,
        totalReceived: planned,
        totalCreatedCount: created,
        totalFailedCount: harvest.failed,
        totalDuplicateCount: 0,
        failuresByReason: harvest.failed > 0 ? { transport: harvest.failed } : {},
        failedSources: [],
        sourcesTotal: 12,
        compareTo,
      },
      this.#rules,
    );
    const all = { totals: noTotals(), change: noChange() };
    const orgs = new Map<string, OrgTotals>();
    for (const one of harvest.collected.values()) {
      const { owner, id: repository } = one.repository;
      if (harvest.rowsLost.has(repository)) continue;
      const from = harvest.astray.has(repository) ? (back(2) ?? previous) : previous;
      const row = rowOf(one, this.#year.now, { previous: from, d7, d30 });
      const org = orgs.get(owner) ?? { owner, totals: noTotals(), change: noChange() };
      orgs.set(owner, org);
      for (const sums of [all, org]) addTo(sums, row);
      watch.row(row);
    }
    const folded = { ...all, orgs: [...orgs.values()], orgsTotal: orgs.size } as FoldedRows;
    const checks = watch.checks(folded, {
      previous: previous?.summary,
      gone: harvest.gone,
      lostAccess: harvest.lostAccess,
      same: { all: true, owners: new Set(previous?.summary.orgs.map(({ owner }) => owner)) },
    });
    const numbers = new Map([...harvest.collected].map(([key, one]) => [key, one.numbers]));
    this.#past.push({ id, numbers, summary: { revision: 1, totals: all.totals, orgs: folded.orgs } });
    if (this.#past.length > MONTH) this.#past.shift();
    return checks;
  }
}

function rowOf(
  { repository, numbers }: Collected,
  now: number,
  past: Record<keyof CompareTo, PastRun | undefined>,
): Row {
  const then = past.previous?.numbers.get(repository.id);
  const since = (run: PastRun | undefined): Change['previous'] => {
    const was = run?.numbers.get(repository.id);
    return was
      ? {
          stars: numbers.stars - was.stars,
          forks: numbers.forks - was.forks,
          openIssues: numbers.openIssues - was.openIssues,
          openPRs: numbers.openPRs - was.openPRs,
        }
      : null;
  };
  const done = then && Object.fromEntries(DONE.map((name) => [name, numbers[name] - then[name]]));
  return {
    repo: `${repository.owner}/${repository.name}`,
    repoId: `R_${repository.id}`,
    ...numbers,
    isArchived: repository.isArchived,
    isTemplate: false,
    isFork: false,
    visibility: 'PUBLIC',
    language: null,
    createdAt: repository.createdAt,
    pushedAt: null,
    collectedAt: now,
    change: { previous: since(past.previous), d7: since(past.d7), d30: since(past.d30) },
    done: (done ?? null) as Row['done'],
    turned: [],
  };
}
