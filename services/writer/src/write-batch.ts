/**
 * Writes the statistics of one batch. It ends in one of these ways:
 * - every document is stored, is found to be a duplicate, or is refused by itself: its numbers are merged into the rows of the
 *   batch, what was seen first is noted, then the outcome is merged: the batch is settled;
 * - Cosmos is away, or throttles for minutes: thrown as an outage, which becomes a scheduled copy; what was stored already is found again;
 * - the run or batch is unknown, or names are not of its plan: the message is not understood, and ends as a dead letter.
 */
import type { Outcome, OutcomeEntry, RepoStats } from '@github-repo-stats/shared/documents';
import { SHARE_SECONDS } from '@github-repo-stats/shared/host-settings';
import { isFirstSight } from '@github-repo-stats/shared/first-sights';
import type { Log } from '@github-repo-stats/shared/log';
import type { WriteStats } from '@github-repo-stats/shared/messages';
import type { OutcomeUpdate } from '@github-repo-stats/shared/outcome';
import { refuseUnplanned } from '@github-repo-stats/shared/planned-names';
import { rowOf, type Row } from '@github-repo-stats/shared/rows';
import { complete, type Settlement } from '@github-repo-stats/shared/settlement';
import { mapLimit } from '@github-repo-stats/shared/map-limit';
import { mayBeStored, storedBefore } from './stored-before.ts';
import { storeDocument, toldOf, type EarlierRuns, type StoreDeps, type Stored } from './store-document.ts';

export interface WriterDeps extends StoreDeps {
  outcomes: {
    /** Those of the names that the batch was not planned with; undefined when there is no such batch. */
    notPlanned(runId: string, batchId: string, names: readonly string[]): Promise<string[] | undefined>;
    read(runId: string, batchId: string): Promise<Outcome | undefined>;
    /** @param isFirst most likely there is none yet, so that it need not be looked for. */
    update(update: OutcomeUpdate, isFirst: boolean): Promise<unknown>;
  };
  rows: {
    /** Merges the numbers of these repositories into those of their batch. */
    update(batch: { runId: string; batchId: string }, rows: readonly Row[]): Promise<void>;
  };
  sights: {
    /** Notes that this batch saw these repositories first. */
    note(batch: { runId: string; batchId: string }, documents: readonly RepoStats[]): Promise<void>;
  };
  /** Those that the run names. */
  earlierRuns(runId: string): Promise<EarlierRuns>;
  /** Documents of a batch in flight at a time. */
  parallel: number;
  /** RU per second that writing may use; undefined without a budget. */
  budget: number | undefined;
  log: Log;
}

type Stats = WriteStats['stats'][number];

export async function writeBatch(message: WriteStats, deps: WriterDeps): Promise<Settlement> {
  const { runId, batchId, attempt } = message;
  const names = [...message.stats, ...message.failures].map((s) => s.name);
  refuseUnplanned(message, await deps.outcomes.notPlanned(runId, batchId, names));

  const started = performance.now();
  const entries: Record<string, OutcomeEntry> = {};
  for (const { name, reason, detail } of message.failures)
    entries[name] = { state: 'failed', attempt, reason, ...(detail && { detail }) };

  const { first, repeated } = byRepository(message.stats);
  const earlier = first.length > 0 ? await deps.earlierRuns(runId) : {};
  let throttled = 0;
  const counting: StoreDeps = {
    ...deps,
    onThrottled: () => void throttled++,
    patienceMs: () => SHARE_SECONDS * 1000 - (performance.now() - started),
  };
  const known = mayBeStored(attempt, first) ? await deps.outcomes.read(runId, batchId) : undefined;
  const stored = await mapLimit(first, deps.parallel, (s) => storeOnce(s, known, earlier, counting));
  const isAgain = stored.some((s) => s.state === 'created' && s.existed);
  const before = isAgain ? await deps.outcomes.read(runId, batchId) : undefined;
  let ru = 0;
  for (const [i, stats] of first.entries()) {
    const result = stored[i]!;
    ru += result.ru;
    entries[stats.name] = entryOf(stats, result, attempt, before);
    if (result.state === 'failed')
      deps.log('warn', 'document refused', {
        runId,
        batchId,
        repository: stats.document.repo,
        detail: result.detail,
      });
  }
  for (const { name, document } of repeated)
    entries[name] = {
      state: 'duplicate',
      attempt,
      as: document.repo,
      detail: `of another name in batch ${batchId}`,
    };

  // Before the outcome: whoever sees that finds them.
  const documents = stored.flatMap((s) => ('document' in s && s.document ? s.document : []));
  if (documents.length > 0) await deps.rows.update({ runId, batchId }, documents.map(rowOf));
  const fresh = documents.filter(isFirstSight);
  if (fresh.length > 0) await deps.sights.note({ runId, batchId }, fresh);
  const { cost, refusedBy } = message;
  const update = { runId, batchId, entries, cost, ru, ...(refusedBy && { refusedBy }) };
  await deps.outcomes.update(update, attempt === 1 && !isAgain);
  deps.log('info', 'batch written', {
    runId,
    batchId,
    attempt,
    repositories: message.stats.length,
    failures: message.failures.length,
    requestUnits: Number(ru.toFixed(2)),
    budget: deps.budget,
    throttled,
    seconds: Number(((performance.now() - started) / 1000).toFixed(3)),
  });
  return complete;
}

/** Under one name, though it was renamed between two tries. */
async function storeOnce(
  stats: Stats,
  known: Outcome | undefined,
  earlier: EarlierRuns,
  deps: StoreDeps,
): Promise<Stored | Kept> {
  const { as, document, ru } = await storedBefore(stats, known, deps);
  if (as !== undefined) return { state: 'kept', ru, as, ...(document && { document }) };
  const stored = await storeDocument(stats.document, earlier, deps);
  return { ...stored, ru: stored.ru + ru };
}

/** Stored under another name by an earlier try, and left so. */
interface Kept {
  state: 'kept';
  ru: number;
  as: string;
  /** As it stands; left out when the outcome told of it, whose rows have it. */
  document?: RepoStats;
}

/** Two names of one batch may lead to one repository (a rename): the first one stands for it. */
function byRepository(stats: readonly Stats[]): { first: Stats[]; repeated: Stats[] } {
  const seen = new Set<string>();
  const first: Stats[] = [];
  const repeated: Stats[] = [];
  for (const s of stats) {
    (seen.has(s.document.id) ? repeated : first).push(s);
    seen.add(s.document.id);
  }
  return { first, repeated };
}

function entryOf(
  { name, document }: Stats,
  stored: Stored | Kept,
  attempt: number,
  before: Outcome | undefined,
): OutcomeEntry {
  const canonical = 'as' in stored ? stored.as : document.repo;
  const as = canonical === name ? {} : { as: canonical };
  if (stored.state === 'kept')
    return { state: 'created', attempt, detail: `its name is ${document.repo} by now`, ...as };
  if (stored.state === 'failed')
    return { state: 'failed', attempt, reason: 'storage', detail: stored.detail.slice(0, 300), ...as };
  if (stored.state === 'duplicate')
    return { state: 'duplicate', attempt, detail: `stored by batch ${stored.by}`, ...as };
  const other =
    stored.existed &&
    Object.entries(before?.entries ?? {}).find(([n, e]) => stands(n, e, name, document.repo));
  if (other) return { state: 'duplicate', attempt, detail: `the same repository as ${other[0]}`, ...as };
  const { previousName, tookNameOf } = toldOf(stored.document);
  return {
    state: 'created',
    attempt,
    ...as,
    ...(previousName !== undefined && { renamedFrom: previousName }),
    ...(tookNameOf !== undefined && { tookNameOf, repoId: document.repoId }),
  };
}

const stands = (entryName: string, entry: OutcomeEntry, name: string, repo: string): boolean =>
  entryName !== name &&
  (entry.state === 'created' || entry.was === 'created') &&
  (entry.as ?? entryName) === repo;
