/**
 * Whether numbers of repositories are far outside of what each did before: a number fell by much, or it rose by much and another with it.
 * A change is much when it is more than an amount, than a part of what the number was, and than many times what the repository's own
 * history makes of that time: the last 7 and 30 days, and all of its life. A number that rises alone is most likely people (a post that
 * many read brings stars); one of open issues alone is somebody who tidies up, so that issues count in all states together.
 */
import type { Row } from '@github-repo-stats/shared/rows';
import type { CompareTo } from '@github-repo-stats/shared/trend';
import { count } from '../mail-words.ts';
import { Examples, partOf, percent, shareOf, type Finding } from './finding.ts';
import { hoursBetween } from './hours.ts';

/** A smaller change says nothing, whatever the number was. */
const LEAST = { stars: 50, forks: 25, issues: 50, pulls: 50 } as const;
/** Beside one that rose so much, another needs less. */
const LEAST_BESIDE = 5;
/** Part of what the number was. */
const PART = 0.3;
/** Times what its history makes of that time. */
const TIMES = 20;

/** One alone has become famous: of 200 repositories that was one run of twelve in a simulated year. */
const LEAST_OUT = 2;

const WORDS = { stars: 'stars', forks: 'forks', issues: 'issues', pulls: 'pull requests' } as const;
type Name = keyof typeof WORDS;
const NAMES = Object.keys(WORDS) as Name[];

interface Change {
  name: Name;
  now: number;
  by: number;
}

export class Outliers {
  readonly #compareTo: CompareTo | undefined;
  #compared = 0;
  readonly #out = new Examples();

  constructor(compareTo: CompareTo | undefined) {
    this.#compareTo = compareTo;
  }

  row(row: Row): void {
    const changes = changesOf(row);
    const hours = hoursBetween(this.#compareTo?.previous, row.collectedAt);
    if (!changes || !(hours > 0)) return;
    this.#compared++;
    const much = changes.filter((change) => this.#isMuch(row, change, hours));
    if (much.length === 0) return;
    const risen = changes.filter(({ now, by }) => by >= LEAST_BESIDE && by > PART * (now - by));
    if (!much.some(({ by }) => by < 0) && risen.length < 2) return;
    const said = much.map(({ name, now, by }) => `${WORDS[name]} ${count(now - by)}, now ${count(now)}`);
    this.#out.add(row.repo, Math.max(...much.map(({ by }) => Math.abs(by))), said.join('; '));
  }

  finding(): Finding {
    if (this.#compared === 0) return { skipped: 'there is no run before to compare with' };
    const { total } = this.#out;
    const share = shareOf(total, this.#compared);
    return {
      measured: total < LEAST_OUT ? 0 : share,
      said: `${partOf(total, this.#compared)} repositories changed as they never did (${percent(share)})`,
      examples: this.#out.list(),
    };
  }

  #isMuch(row: Row, { name, now, by }: Change, hours: number): boolean {
    const size = Math.abs(by);
    const then = now - by;
    // What is cheap to tell first: almost all end here.
    if (size <= LEAST[name] || size <= PART * then) return false;
    const life = Math.max(hours, (row.collectedAt - row.createdAt) / 3600);
    return size > TIMES * hours * Math.max(then / life, this.#recently(row, name, hours));
  }

  /** Per hour, in the last 7 and 30 days before this change; stars and forks alone are known then. */
  #recently(row: Row, name: Name, hours: number): number {
    if (name !== 'stars' && name !== 'forks') return 0;
    const rates = (['d7', 'd30'] as const).map((window) => {
      const span = hoursBetween(this.#compareTo?.[window], row.collectedAt) - hours;
      const by = row.change[window]?.[name];
      return span > 0 && typeof by === 'number'
        ? Math.abs(by - (row.change.previous?.[name] ?? 0)) / span
        : 0;
    });
    return Math.max(...rates);
  }
}

/** Undefined without a run before, or with one of the first generation, which did not count all of it. */
function changesOf({ change: { previous }, done, ...now }: Row): Change[] | undefined {
  if (!previous || !done) return undefined;
  const { stars, forks, openIssues, openPRs } = previous;
  if (stars === null || forks === null || openIssues === null || openPRs === null) return undefined;
  const of = {
    stars: { now: now.stars, by: stars },
    forks: { now: now.forks, by: forks },
    issues: { now: now.openIssues + now.closedIssues, by: openIssues + done.closedIssues },
    pulls: {
      now: now.openPRs + now.closedPRs + now.mergedPRs,
      by: openPRs + done.closedPRs + done.mergedPRs,
    },
  };
  return NAMES.map((name) => ({ name, ...of[name] }));
}
