/** Ways in which a run's numbers can be wrong, each with the check that is to catch it and how large it must be to be caught. */
import type { QualityCheck } from '@github-repo-stats/shared/quality-rules';
import type { Harvest, SimulatedRuns } from './simulated-runs.ts';
import { NUMBERS, type Numbers, type SimulatedYear } from './simulated-year.ts';

export interface Fault {
  name: string;
  check: QualityCheck;
  /** Changes what a run has. @returns how large it is, in the unit of its check: whoever is below the limit need not be caught. */
  plant(harvest: Harvest, year: SimulatedYear, runs: SimulatedRuns): number;
}

/** A change that a reader would see, as the check says it: by an amount, and by a part. */
const [AMOUNT, PART] = [50, 0.3];
const issuesOf = (n: Numbers): number => n.openIssues + n.closedIssues;
const pullsOf = (n: Numbers): number => n.openPRs + n.closedPRs + n.mergedPRs;

function isSeen(then: Numbers | undefined, now: Numbers): boolean {
  if (!then) return false;
  const of = (n: Numbers): number[] => [n.stars, n.forks, issuesOf(n), pullsOf(n)];
  const changes = of(now).map((value, i) => ({ by: value - of(then)[i]!, was: of(then)[i]! }));
  const seen = changes.filter(({ by, was }) => Math.abs(by) > AMOUNT && Math.abs(by) > PART * was);
  const beside = changes.filter(({ by, was }) => by >= 5 && by > PART * was);
  return seen.some(({ by }) => by < 0) || (seen.length > 0 && beside.length >= 2);
}

/** One alone need not be told. */
const outOf = (seen: number, { collected }: Harvest): number => (seen < 2 ? 0 : seen / collected.size);

/** So many of them, each once. */
function some<T>(year: SimulatedYear, of: readonly T[], count: number): T[] {
  const left = [...of];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [one] = left.splice(Math.floor(year.random() * left.length), 1);
    return one!;
  });
}

/** Changes the numbers of some repositories. @returns the share of those that a reader would see. */
function changing(change: (numbers: Numbers, year: SimulatedYear) => void, most = 130): Fault['plant'] {
  return (harvest, year, runs) => {
    const chosen = some(year, [...harvest.collected.values()], Math.round(year.between(1, most)));
    for (const { numbers } of chosen) change(numbers, year);
    const seen = chosen.filter(({ repository, numbers }) => isSeen(runs.before(repository.id), numbers));
    return outOf(seen.length, harvest);
  };
}

function withoutOwner(part: (year: SimulatedYear) => number): Fault['plant'] {
  return (harvest, year, runs) => {
    const all = [...harvest.collected.values()];
    const { owner } = year.pick(all).repository;
    const own = all.filter(({ repository }) => repository.owner === owner);
    const lost = some(year, own, Math.ceil(own.length * part(year)));
    for (const { repository } of lost) harvest.collected.delete(repository.id);
    runs.tellGone(harvest, owner, lost.length);
    return lost.length >= 3 ? lost.length / own.length : 0;
  };
}

/** The numbers of the run before again. */
const again = (harvest: Harvest, runs: SimulatedRuns, owner?: string): void => {
  for (const one of harvest.collected.values()) {
    const then = runs.before(one.repository.id);
    if (then && (owner === undefined || one.repository.owner === owner)) one.numbers = { ...then };
  }
};

export const FAULTS: readonly Fault[] = [
  {
    name: 'batches that failed',
    check: 'complete-against-plan',
    plant(harvest, year) {
      const lost = some(year, [...harvest.collected.keys()], Math.round(year.between(2, 400)));
      for (const id of lost) harvest.collected.delete(id);
      harvest.failed += lost.length;
      return harvest.failed / (harvest.collected.size + harvest.failed);
    },
  },
  {
    name: 'a listing that ended early',
    check: 'complete-against-previous',
    plant(harvest, year) {
      const all = [...harvest.collected.values()];
      const lost = some(year, all, Math.round(year.between(2, 400)));
      for (const { repository } of lost) harvest.collected.delete(repository.id);
      return lost.length / (all.length + harvest.failed);
    },
  },
  {
    name: 'an owner that lost access',
    check: 'owner-shrank',
    plant: withoutOwner((y) => y.between(0.05, 1)),
  },
  {
    name: 'merged pull requests that fell',
    check: 'only-rising',
    plant(harvest, year, runs) {
      const chosen = some(year, [...harvest.collected.values()], Math.round(year.between(1, 60)));
      const part = year.random();
      for (const { numbers } of chosen) numbers.mergedPRs = Math.floor(numbers.mergedPRs * part);
      const fallen = chosen.filter(({ repository, numbers }) => {
        const then = runs.before(repository.id)?.mergedPRs ?? 0;
        return then - numbers.mergedPRs > Math.max(3, 0.01 * then);
      });
      return fallen.length / harvest.collected.size;
    },
  },
  {
    name: 'counts that are 0',
    check: 'outliers',
    plant: changing((n) => Object.assign(n, { openIssues: 0, closedIssues: 0, stars: 0 })),
  },
  {
    name: 'counts that are doubled',
    check: 'outliers',
    plant: changing((n) => {
      for (const name of Object.keys(n) as (keyof Numbers)[]) n[name] *= 2;
    }),
  },
  {
    name: 'stars in another unit',
    check: 'outliers',
    plant: changing((n, year) => {
      const factor = year.random() < 0.5 ? 1000 : 0.001;
      n.stars = Math.round(n.stars * factor);
      n.forks = Math.round(n.forks * factor);
    }),
  },
  {
    name: 'numbers of another repository',
    check: 'outliers',
    plant(harvest, year, runs) {
      const chosen = some(year, [...harvest.collected.values()], 2 * Math.round(year.between(1, 30)));
      for (let i = 0; i + 1 < chosen.length; i += 2) {
        const [one, other] = [chosen[i]!, chosen[i + 1]!];
        [one.numbers, other.numbers] = [other.numbers, one.numbers];
      }
      const seen = chosen.filter(({ repository, numbers }) => isSeen(runs.before(repository.id), numbers));
      return outOf(seen.length, harvest);
    },
  },
  {
    name: 'a source that is stuck',
    check: 'stuck-source',
    plant(harvest, _year, runs) {
      again(harvest, runs);
      return 1;
    },
  },
  {
    name: 'an owner that is stuck',
    check: 'stuck-source',
    plant(harvest, _year, runs) {
      // The others are too small to tell: fewer than 50 of their repositories change in six hours.
      again(harvest, runs, 'owner-0');
      return 1;
    },
  },
  {
    name: 'a source that is stuck for a part',
    check: 'stuck-source',
    plant(harvest, year, runs) {
      const part = year.between(0.3, 1);
      for (const one of harvest.collected.values()) {
        const then = runs.before(one.repository.id);
        if (then && year.random() < part) one.numbers = { ...then };
      }
      return part;
    },
  },
  {
    name: 'rows that are lost',
    check: 'sums-add-up',
    plant(harvest, year) {
      harvest.rowsLost = new Set(some(year, [...harvest.collected.keys()], Math.round(year.between(1, 65))));
      return harvest.rowsLost.size / harvest.collected.size;
    },
  },
  {
    name: 'changes since another run',
    check: 'sums-add-up',
    // It shows only where every repository of the run before is here, and there is a difference at all.
    plant(harvest, year, runs) {
      const chosen = some(year, [...harvest.collected.keys()], Math.round(year.between(20, 400)));
      harvest.astray = new Set(chosen);
      const isOther = (id: number): boolean => {
        const [then, earlier] = [runs.before(id), runs.before(id, 2)];
        return NUMBERS.some((name) => then?.[name] !== earlier?.[name]);
      };
      const isKnown = (id: number): boolean => !runs.before(id) === !runs.before(id, 2);
      return runs.isWhole(harvest) && chosen.every(isKnown) && chosen.some(isOther) ? 1 : 0;
    },
  },
];
