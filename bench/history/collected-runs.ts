/** Runs of a simulated year as the services would have left them in the database, with faults among them that the checks of data quality are to catch. */
import type {
  Outcome,
  OutcomeEntry,
  Plan,
  RepoStats,
  Run,
  Source,
} from '@github-repo-stats/shared/documents';
import {
  batchId,
  noticesId,
  outcomeId,
  planId,
  sourceDocumentId,
  statsId,
} from '@github-repo-stats/shared/ids';
import type { Notices } from '@github-repo-stats/shared/notices';
import { emptyOutcome } from '@github-repo-stats/shared/outcome';
import { DEFAULT_QUALITY_RULES, type QualityCheck } from '@github-repo-stats/shared/quality-rules';
import { mergeRows, rowOf, type Rows } from '@github-repo-stats/shared/rows';
import { runOf } from '@github-repo-stats/shared/run.fixture';
import { changeOf, doneSince, turnsOf } from '@github-repo-stats/shared/trend';
import type { Quality } from '../../services/reporter/src/quality/quality.ts';
import { FAULTS, type Fault } from '../planted-faults.ts';
import { SimulatedRuns, type Collected, type Harvest } from '../simulated-runs.ts';
import { SimulatedYear, type SimulatedRepository } from '../simulated-year.ts';

export interface CollectedRun {
  run: Run;
  /** Everything else of it in run-info. */
  info: (Source | Plan | Outcome | Rows | Notices)[];
  stats: RepoStats[];
  fault: { of: Fault; size: number } | undefined;
  checks: Quality['checks'];
}

const BATCH = 65;
const BATCHES_OF_A_PLAN = 3;
const SOURCE = 's00001';
const ROWS_TTL = 40 * 86_400;
const [WEEK, MONTH] = [28, 120];
/** Runs between two faults, and before the first one: checks need something to compare with. */
const APART = 5;
const WARMING = 120;

const second = (epoch: number): string => new Date(epoch * 1000).toISOString().replace('.000Z', 'Z');
const nameOf = ({ owner, name }: SimulatedRepository): string => `${owner}/${name}`;

/** What was known of a repository after a run, to tell what became of it in the next. */
interface Known {
  repo: string;
  isArchived: boolean;
  merged: number;
  pushedAt: number;
}

export class CollectedRuns {
  readonly year: SimulatedYear;
  readonly #runs: SimulatedRuns;
  readonly #known = new Map<number, Known>();
  #count = 0;
  #sinceFault = 0;
  #faults = 0;

  constructor(seed: number, size: number) {
    this.year = new SimulatedYear(seed, size);
    this.#runs = new SimulatedRuns(this.year, DEFAULT_QUALITY_RULES);
  }

  /** Six hours later. */
  next(): CollectedRun {
    this.year.step();
    const harvest = this.#runs.harvest();
    const fault = this.#plant(harvest);
    const runId = String(this.year.now);
    const planned = this.#planned(harvest);
    const batches = Map.groupBy(planned, (_, i) => Math.floor(i / BATCH));
    const ids = [...batches.keys()].map((i) =>
      batchId(SOURCE, 1 + Math.floor(i / BATCHES_OF_A_PLAN), 1 + (i % BATCHES_OF_A_PLAN)),
    );
    const stats = new Map<string, RepoStats[]>();
    for (const [i, members] of batches)
      stats.set(
        ids[i]!,
        members.flatMap(({ id }) => {
          const one = harvest.collected.get(id);
          return one ? [this.#document(one, runId, ids[i]!, harvest)] : [];
        }),
      );
    const info = [...batches].flatMap(([i, members]) => [
      outcomeOf(runId, ids[i]!, members, stats.get(ids[i]!)!),
      mergeRows(undefined, { runId, batchId: ids[i]! }, stats.get(ids[i]!)!.map(rowOf), ROWS_TTL)!,
    ]);
    const all = [...stats.values()].flat();
    const run = endedRun(runId, planned.length, all);
    for (const one of harvest.collected.values()) this.#remember(one);
    this.#count++;
    return {
      run,
      info: [
        ...info.filter((document) => document !== undefined),
        ...listingOf(runId, ids, batches),
        noticesOf(run),
      ],
      stats: all,
      fault,
      checks: this.#runs.check(harvest),
    };
  }

  #plant(harvest: Harvest): CollectedRun['fault'] {
    if (this.#count < WARMING || ++this.#sinceFault < APART || this.year.random() < 0.5) return undefined;
    const of = FAULTS[this.#faults++ % FAULTS.length]!;
    this.#sinceFault = 0;
    return { of, size: of.plant(harvest, this.year, this.#runs) };
  }

  /** What was collected, and as many others as failed. */
  #planned({ collected, failed }: Harvest): SimulatedRepository[] {
    const others = this.year.list.filter(({ id }) => !collected.has(id));
    return [
      ...[...collected.values()].map(({ repository }) => repository),
      ...others.slice(0, failed),
    ].toSorted((a, b) => a.id - b.id);
  }

  #document({ repository, numbers }: Collected, runId: string, batch: string, harvest: Harvest): RepoStats {
    const { id, createdAt, isArchived } = repository;
    const repo = nameOf(repository);
    const known = this.#known.get(id);
    const then = {
      previous: this.#runs.before(id, harvest.astray.has(id) ? 2 : 1),
      d7: this.#runs.before(id, WEEK),
      d30: this.#runs.before(id, MONTH),
    };
    const turned = turnsOf({ isArchived }, known);
    const done = doneSince(numbers, then.previous);
    const pushedAt = this.#pushedAt({ repository, numbers });
    return {
      id: statsId(repo, runId),
      repo,
      repoId: `R_kgDO${String(id).padStart(6, '0')}`,
      runId,
      batchId: batch,
      attempt: 1,
      collectedAt: new Date(Number(runId) * 1000 + (id % 60_000)).toISOString(),
      isArchived,
      isTemplate: id % 97 === 0,
      isFork: id % 17 === 0,
      visibility: 'PUBLIC',
      language: id % 11 === 0 ? null : ['TypeScript', 'Go', 'Rust', 'Python'][id % 4]!,
      licence: id % 3 === 0 ? 'MIT' : null,
      createdAt: second(Math.floor(createdAt)),
      repoUpdatedAt: second(this.year.now - (id % 3600)),
      pushedAt: second(pushedAt),
      ...numbers,
      totalIssues: numbers.openIssues + numbers.closedIssues,
      totalPRs: numbers.openPRs + numbers.closedPRs + numbers.mergedPRs,
      diskUsage: 100 + id,
      change: changeOf(numbers, then),
      ...(Object.keys(done).length > 0 && { done }),
      ...(turned.length > 0 && { turned }),
      ...(known && known.repo !== repo && { previousName: known.repo }),
    };
  }

  /** Who merges, pushes. */
  #pushedAt({ repository: { id, createdAt }, numbers }: Collected): number {
    const known = this.#known.get(id);
    if (!known) return Math.floor(createdAt);
    return numbers.mergedPRs > known.merged ? this.year.now - 600 : known.pushedAt;
  }

  #remember(one: Collected): void {
    const { repository, numbers } = one;
    const pushedAt = this.#pushedAt(one);
    const { isArchived } = repository;
    this.#known.set(repository.id, {
      repo: nameOf(repository),
      isArchived,
      merged: numbers.mergedPRs,
      pushedAt,
    });
  }
}

/** Whether a check told of a fault that is large enough to be told of. */
export function isCaught({ fault, checks }: CollectedRun): boolean | undefined {
  const state = fault && checks[fault.of.check]?.state;
  if (!fault || state === 'skipped' || fault.size <= DEFAULT_QUALITY_RULES[fault.of.check].warn)
    return undefined;
  return isTold(checks, fault.of.check);
}

export const isTold = (checks: Quality['checks'], check: QualityCheck): boolean =>
  checks[check]?.state === 'warned' || checks[check]?.state === 'failed';

function outcomeOf(
  runId: string,
  batch: string,
  members: readonly SimulatedRepository[],
  stats: readonly RepoStats[],
): Outcome {
  const created = new Set(stats.map(({ repo }) => repo));
  const entry = (repo: string): OutcomeEntry =>
    created.has(repo)
      ? { state: 'created', attempt: 1 }
      : { state: 'failed', attempt: 1, reason: 'transport' };
  return {
    ...emptyOutcome(runId, batch),
    id: outcomeId(batch),
    entries: Object.fromEntries(members.map(nameOf).map((repo) => [repo, entry(repo)])),
    created: created.size,
    failed: members.length - created.size,
  };
}

function* listingOf(
  runId: string,
  ids: readonly string[],
  batches: ReadonlyMap<number, readonly SimulatedRepository[]>,
): Generator<Source | Plan> {
  const what = { kind: 'owner' as const, owner: 'owner-0', exclude: [], individual: [] };
  yield { id: sourceDocumentId(SOURCE), runId, type: 'source', sourceId: SOURCE, what, failedCount: 0 };
  for (let from = 0, page = 1; from < ids.length; from += BATCHES_OF_A_PLAN, page++) {
    const last = from + BATCHES_OF_A_PLAN >= ids.length;
    const planned = ids.slice(from, from + BATCHES_OF_A_PLAN).map((batch, i) => ({
      batchId: batch,
      repos: batches.get(from + i)!.map((r) => ({ nameWithOwner: nameOf(r), id: `R_kgDO${r.id}` })),
    }));
    yield {
      id: planId(SOURCE, page),
      runId,
      type: 'plan',
      sourceId: SOURCE,
      page,
      batches: planned,
      last,
      lastCount: last ? 1 : 0,
      planned: planned.reduce((sum, { repos }) => sum + repos.length, 0),
      calls: 1,
      points: 1,
      seconds: 0.4,
    };
  }
}

function endedRun(runId: string, planned: number, stats: readonly RepoStats[]): Run {
  const startedAt = new Date(Number(runId) * 1000).toISOString();
  const endedAt = new Date((Number(runId) + 90) * 1000).toISOString();
  return runOf({
    id: runId,
    runId,
    date: startedAt.slice(0, 10).replaceAll('-', ''),
    startedAt,
    endedAt,
    progressAt: endedAt,
    status: 'completed',
    revision: 1,
    sourcesResolved: 1,
    totalPlanned: planned,
    totalReceived: planned,
    totalProcessed: planned,
    totalCreatedCount: stats.length,
    totalFailedCount: planned - stats.length,
    createdList: stats.map(({ repo }) => repo).join(','),
  });
}

const noticesOf = ({ runId, revision }: Run): Notices => ({
  id: noticesId(revision),
  runId,
  type: 'notices',
  revision,
  kind: 'end',
  open: 0,
  event: { state: 'done', tries: 1 },
  mail: { state: 'off', tries: 0 },
});
