/**
 * A year of a thousand repositories, four runs a day, by a seed: how numbers grow by day, night, weekend and holiday, and what happens to
 * repositories now and then without anything being wrong: posts that bring stars, bots that close issues, imports, purges, renames.
 */

/** The numbers of a repository, in this order in every snapshot. */
export const NUMBERS = [
  'stars',
  'forks',
  'openIssues',
  'closedIssues',
  'openPRs',
  'closedPRs',
  'mergedPRs',
] as const;
export type Numbers = Record<(typeof NUMBERS)[number], number>;

export interface SimulatedRepository {
  id: number;
  owner: string;
  name: string;
  /** Epoch second. */
  createdAt: number;
  isArchived: boolean;
  numbers: Numbers;
  /** Stars, issues and pull requests in six hours, on a weekday. */
  rates: { stars: number; issues: number; pulls: number };
  /** Stars that a post still brings, in the next six hours. */
  wave: number;
}

export const STEP_HOURS = 6;
export const RUNS_A_YEAR = 4 * 365;
const START = Date.parse('2025-01-01T00:00:00Z') / 1000;
const OWNERS = [280, 190, 130, 100, 80, 60, 50, 40, 30, 20, 12, 8];

/** Uniform in [0, 1): Mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class SimulatedYear {
  readonly random: () => number;
  readonly repositories = new Map<number, SimulatedRepository>();
  /** Those that went since the run before, as listings tell. */
  gone: SimulatedRepository[] = [];
  now = START;
  #nextId = 1;

  constructor(seed: number, size: number) {
    this.random = randomOf(seed);
    const sum = OWNERS.reduce((a, b) => a + b, 0);
    for (const [i, part] of OWNERS.entries())
      for (let n = Math.round((part / sum) * size); n > 0; n--) this.#add(`owner-${i}`, true);
  }

  get list(): SimulatedRepository[] {
    return [...this.repositories.values()];
  }

  /** Six hours later. */
  step(): void {
    this.now += STEP_HOURS * 3600;
    this.gone = [];
    const pace = paceAt(this.now);
    for (const repository of this.repositories.values()) this.#grow(repository, pace);
    this.#happen();
  }

  pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.random() * of.length)]!;
  }

  /** How many of something that comes so often on average. */
  poisson(mean: number): number {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let n = 0;
    for (let product = this.random(); product > limit; product *= this.random()) n++;
    return n;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
  }

  /** Many small ones, few very large. */
  between(least: number, most: number): number {
    return least * (most / least) ** this.random();
  }

  #add(owner: string, isOld: boolean): SimulatedRepository {
    const id = this.#nextId++;
    const stars = Math.exp(-3.6 + 2 * this.normal());
    const rates = {
      stars,
      issues: stars * Math.exp(-1.5 + this.normal()),
      pulls: Math.exp(-3.2 + 1.6 * this.normal()),
    };
    const age = isOld ? this.between(100, 4000) : 0;
    const steps = (age * 24) / STEP_HOURS;
    const total = (rate: number): number => Math.round(rate * steps * (0.5 + this.random()));
    const [issues, pulls] = [total(rates.issues), total(rates.pulls)];
    const [open, waiting] = [
      Math.round(issues * 0.25 * this.random()),
      Math.round(pulls * 0.1 * this.random()),
    ];
    const merged = Math.round((pulls - waiting) * (0.6 + 0.3 * this.random()));
    const repository: SimulatedRepository = {
      id,
      owner,
      name: `repository-${id}`,
      createdAt: this.now - age * 86_400,
      isArchived: isOld && this.random() < 0.15,
      numbers: {
        stars: total(stars),
        forks: Math.round(total(stars) * 0.18),
        openIssues: open,
        closedIssues: issues - open,
        openPRs: waiting,
        closedPRs: pulls - waiting - merged,
        mergedPRs: merged,
      },
      rates,
      wave: 0,
    };
    this.repositories.set(id, repository);
    return repository;
  }

  #grow(repository: SimulatedRepository, pace: number): void {
    const { numbers: n, rates } = repository;
    // Who reads old code stars it still.
    const starring = rates.stars * pace * (repository.isArchived ? 0.2 : 1) + repository.wave;
    n.stars = Math.max(0, n.stars + this.poisson(starring) - this.poisson(0.06 * rates.stars));
    n.forks = Math.max(0, n.forks + this.poisson(0.15 * starring) - this.poisson(0.02 * rates.stars));
    repository.wave = repository.wave < 1 ? 0 : repository.wave * 0.75;
    if (repository.isArchived) return;
    const opened = this.poisson(rates.issues * pace + repository.wave * 0.02);
    const closed = Math.min(n.openIssues + opened, this.poisson(rates.issues * pace * 0.95));
    const offered = this.poisson(rates.pulls * pace);
    const merged = Math.min(n.openPRs + offered, this.poisson(rates.pulls * pace * 0.8));
    const refused = Math.min(n.openPRs + offered - merged, this.poisson(rates.pulls * pace * 0.15));
    n.openIssues += opened - closed;
    n.closedIssues += closed;
    n.openPRs += offered - merged - refused;
    n.mergedPRs += merged;
    n.closedPRs += refused;
    // Somebody opens again what was closed.
    if (n.closedIssues > 0 && this.random() < 0.002) {
      n.closedIssues--;
      n.openIssues++;
    }
  }

  /** What comes now and then; `often` is how many times a day. */
  #happen(): void {
    const often = (perDay: number, what: (repository: SimulatedRepository) => void): void => {
      for (let n = this.poisson((perDay * STEP_HOURS) / 24); n > 0; n--) what(this.pick(this.list));
    };
    const closeOld = ({ numbers: n }: SimulatedRepository): void => {
      const closed = Math.round(n.openIssues * (0.3 + 0.6 * this.random()));
      n.openIssues -= closed;
      n.closedIssues += closed;
    };
    // A post that many read.
    often(0.5, (r) => (r.wave += this.between(5, 800)));
    often(0.5, closeOld);
    // A bot offers updates of everything.
    often(2, ({ numbers: n }) => (n.openPRs += Math.round(this.between(3, 40))));
    often(0.5, ({ numbers: n }) => {
      n.mergedPRs += n.openPRs;
      n.openPRs = 0;
    });
    // Issues come from another tracker, or go to another repository.
    often(0.01, ({ numbers: n }) => (n.openIssues += Math.round(this.between(50, 2000))));
    often(0.005, ({ numbers: n }) => (n.openIssues = Math.round(n.openIssues * this.random())));
    // Accounts of spammers go, and all that they did with them.
    often(0.1, ({ numbers: n }) => (n.mergedPRs -= Math.min(n.mergedPRs, 1 + Math.floor(3 * this.random()))));
    often(0.3, ({ numbers: n }) => (n.closedPRs -= Math.min(n.closedPRs, 1 + Math.floor(3 * this.random()))));
    // Stars that were bought.
    often(0.01, ({ numbers: n }) => (n.stars = Math.round(n.stars * (0.3 + 0.65 * this.random()))));
    often(0.7, ({ owner }) => this.#add(owner, false));
    often(0.3, (r) => this.#remove(r));
    often(0.3, (r) => (r.name = `${r.name}-renamed`));
    often(0.3, (r) => (r.isArchived = true));
    // Somebody tidies up an owner.
    often(0.01, ({ owner }) => {
      const all = this.list.filter((r) => r.owner === owner);
      for (let n = Math.ceil(all.length * this.between(0.02, 0.1)); n > 0; n--) this.#remove(this.pick(all));
    });
  }

  #remove(repository: SimulatedRepository): void {
    if (this.repositories.delete(repository.id)) this.gone.push(repository);
  }
}

/** How busy people are: nights, weekends, and the days after Christmas. */
function paceAt(time: number): number {
  const date = new Date(time * 1000);
  const day = date.getUTCDay();
  const night = [0.6, 0.8, 1.2, 1.1][Math.floor(date.getUTCHours() / STEP_HOURS)]!;
  const weekend = day === 0 || day === 6 ? 0.4 : 1;
  const holiday = date.getUTCMonth() === 11 && date.getUTCDate() > 23 ? 0.35 : 1;
  return night * weekend * holiday;
}
