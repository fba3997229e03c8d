/**
 * What the checks of a run's numbers catch, and how often they cry wolf: a simulated year with planted faults, and years without any.
 * `npm run bench:data-quality -- --check` holds the default limits to it.
 */
import {
  DEFAULT_QUALITY_RULES,
  QUALITY_CHECKS,
  type QualityCheck,
} from '@github-repo-stats/shared/quality-rules';
import { checksIn, type Quality } from '../services/reporter/src/quality/quality.ts';
import { FAULTS, type Fault } from './planted-faults.ts';
import { number, readArguments, Report, whole } from './report.ts';
import { SimulatedRuns } from './simulated-runs.ts';
import { RUNS_A_YEAR, SimulatedYear } from './simulated-year.ts';

const options = readArguments('npm run bench:data-quality -- [--years N] [--repositories N] [--seed N]', {
  years: whole(1, 3),
  repositories: whole(100, 1000),
  seed: whole(0, 1),
});
/** Runs before anything is counted: until there is a run of 30 days before. */
const WARMING = 120;
/** Runs between two faults: the run after one is not counted, since its numbers jump back. */
const APART = 5;

interface Planted {
  fault: Fault;
  size: number;
  checks: Quality['checks'];
}
interface Year {
  planted: Planted[];
  /** Runs without a fault, in themselves or in the one before. */
  good: Quality['checks'][];
}

function yearOf(seed: number, isFaulty: boolean): Year {
  const year = new SimulatedYear(seed, options.repositories);
  const runs = new SimulatedRuns(year, DEFAULT_QUALITY_RULES);
  const found: Year = { planted: [], good: [] };
  let since = 0;
  for (let run = 0; run < RUNS_A_YEAR; run++) {
    year.step();
    const harvest = runs.harvest();
    since++;
    if (isFaulty && run >= WARMING && since >= APART && year.random() < 0.5) {
      const fault = FAULTS[found.planted.length % FAULTS.length]!;
      const size = fault.plant(harvest, year, runs);
      found.planted.push({ fault, size, checks: runs.check(harvest) });
      since = 0;
      continue;
    }
    const checks = runs.check(harvest);
    if (run >= WARMING && since > 1) found.good.push(checks);
  }
  return found;
}

const isTold = (checks: Quality['checks'], check: QualityCheck): boolean =>
  checks[check]?.state === 'warned' || checks[check]?.state === 'failed';

const seeds = Array.from({ length: options.years }, (_, i) => options.seed + i);
const faulty = seeds.map((seed) => yearOf(seed, true));
const planted = faulty.flatMap((year) => year.planted);
const good = seeds.map((seed) => yearOf(seed + 1000, false)).flatMap((year) => year.good);
const per1000 = (n: number): number => (n * 1000) / good.length;

const report = new Report(
  `What do the checks of data quality catch of faults in ${options.repositories} simulated repositories, four runs a day, and how often do they cry wolf?`,
);
const isSkipped = ({ fault, checks }: Planted): boolean => checks[fault.check]?.state === 'skipped';
const above = (one: Planted): boolean =>
  one.size > DEFAULT_QUALITY_RULES[one.fault.check].warn && !isSkipped(one);
const caught = ({ fault, checks }: Planted): boolean => isTold(checks, fault.check);
report.say(
  `${number(planted.length)} faults in ${options.years} years, each in one run, as large as it comes. One that is smaller than what its check warns of (docs/data-quality.md) need not be caught by it. ` +
    `“By any”: by any of the seven checks.`,
);
report.table(
  ['fault', 'check', 'planted', 'skipped', 'above the limit', 'caught', 'missed', 'below, caught', 'by any'],
  FAULTS.map((fault) => {
    const own = planted.filter((one) => one.fault === fault);
    const [large, small] = [own.filter(above), own.filter((one) => !above(one))];
    const any = own.filter(({ checks }) => QUALITY_CHECKS.some((check) => isTold(checks, check)));
    return [
      fault.name,
      fault.check,
      own.length,
      own.filter(isSkipped).length,
      large.length,
      large.filter(caught).length,
      large.filter((one) => !caught(one)).length,
      `${small.filter(caught).length} of ${small.length}`,
      any.length,
    ];
  }),
);
report.say(`${number(good.length)} runs in ${options.years} other years, without any fault:`);
const alarms = (check: QualityCheck, state: 'warned' | 'failed'): number =>
  good.filter((checks) => checks[check]?.state === state).length;
report.table(
  ['check', 'warn', 'fail', 'most in a good run', 'skipped', 'warned in 1,000 runs', 'failed in 1,000 runs'],
  QUALITY_CHECKS.map((check) => {
    const { warn, fail } = DEFAULT_QUALITY_RULES[check];
    return [
      check,
      String(warn),
      String(fail),
      number(Math.max(...good.map((checks) => checks[check]?.measured ?? 0)), 4),
      good.filter((checks) => checks[check]?.state === 'skipped').length,
      number(per1000(alarms(check, 'warned')), 1),
      number(per1000(alarms(check, 'failed')), 1),
    ];
  }),
);
const large = planted.filter(above);
for (const check of QUALITY_CHECKS) {
  const own = large.filter(({ fault }) => fault.check === check);
  if (own.length === 0) continue;
  report.bound({
    what: `faults caught by ${check}, %`,
    found: (100 * own.filter(caught).length) / own.length,
    atLeast: 95,
    digits: 1,
  });
}
const told = (state: 'warned' | 'failed'): number =>
  per1000(good.filter((checks) => checksIn({ checks }, state).length > 0).length);
report.bound(
  { what: 'good runs that failed, in 1,000', found: told('failed'), atMost: 1 },
  { what: 'good runs that were warned of, in 1,000', found: told('warned'), atMost: 10 },
);
report.end(options);
