/**
 * Handles a page of run-info's change feed. The feed is a hint: it only groups by run and looks at the runs that seem worth it.
 * - a document that is none of ours: skipped;
 * - a run whose look fails: logged, the sweep looks again;
 * - it never throws, since the host moves its checkpoint on all the same.
 */
import { errorFields, type Log } from '@github-repo-stats/shared/log';
import { contextOfWork } from '@github-repo-stats/shared/telemetry/run-trace';
import { inSpan } from '@github-repo-stats/shared/telemetry/spans';
import * as z from 'zod';
import type { FeedHints } from './feed-hints.ts';

const n = z.number().optional();
const Changed = z.object({
  type: z.string(),
  runId: z.string(),
  lastCount: n,
  failedCount: n,
  created: n,
  failed: n,
  duplicate: n,
  /** When Cosmos DB wrote it, in epoch seconds. */
  _ts: n,
  traceparent: z.string().optional(),
});
/** Changes of these say that a run moved; notices and selections do not. */
const MOVING = new Set(['run', 'source', 'plan', 'outcome']);

export interface FeedDeps {
  hints: FeedHints;
  check: (runId: string) => Promise<number | undefined>;
  log: Log;
  now: () => number;
  /** The host's own trace of this invocation. */
  link?: string | undefined;
}

/** What a page of the feed brings of one run. */
interface Moved {
  settled: number;
  turned: boolean;
  outcomes: number;
  /** When the oldest of its outcomes was written, epoch ms. */
  oldest: number;
  /** The span that wrote the latest of its documents that names one. */
  traceparent: string | undefined;
}

export async function foldFeed(documents: readonly unknown[], deps: FeedDeps): Promise<void> {
  const runs = new Map<string, Moved>();
  for (const document of documents) {
    const parsed = Changed.safeParse(document);
    if (!parsed.success || !MOVING.has(parsed.data.type)) continue;
    const d = parsed.data;
    const run = runs.get(d.runId) ?? newlyMoved();
    if (d.type === 'outcome') {
      run.settled += (d.created ?? 0) + (d.failed ?? 0) + (d.duplicate ?? 0);
      run.outcomes++;
      run.oldest = Math.min(run.oldest, (d._ts ?? Infinity) * 1000);
      run.traceparent = d.traceparent ?? run.traceparent;
    }
    // Any of these may be all that a run still waited for.
    if (d.type === 'run' || d.lastCount || d.failedCount) run.turned = true;
    runs.set(d.runId, run);
  }
  for (const [runId, moved] of runs) {
    const within = contextOfWork(runId, moved.traceparent);
    const { outcomes } = moved;
    const options = { kind: 'consumer' as const, within, link: deps.link, attributes: { runId, outcomes } };
    await inSpan('fold', { ...options, onlyIfDone: true }, () => fold(runId, moved, deps));
  }
}

const newlyMoved = (): Moved => ({
  settled: 0,
  turned: false,
  outcomes: 0,
  oldest: Infinity,
  traceparent: undefined,
});

async function fold(
  runId: string,
  { settled, turned, outcomes, oldest }: Moved,
  { hints, check, log, now }: FeedDeps,
): Promise<void> {
  const began = now();
  if (hints.passed(runId, settled, turned))
    try {
      await hints.measure(runId, check);
    } catch (error) {
      log('warn', 'a run could not be looked at; the sweep will', { runId, ...errorFields(error) });
    }
  if (outcomes === 0) return;
  const waited = Math.max(0, began - oldest) / 1000;
  log('info', 'outcomes folded', { runId, outcomes, waited, seconds: (now() - began) / 1000 });
}
