/**
 * Handles a page of run-info's change feed. The feed is a hint: it only groups by run and looks at the runs that seem worth it.
 * - a document that is none of ours: skipped;
 * - a run whose look fails: logged, the sweep looks again;
 * - it never throws, since the host moves its checkpoint on all the same.
 */
import { errorFields, type Log } from '@github-repo-stats/shared/log';
import { z } from 'zod';
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
});
/** Changes of these say that a run moved; notices and selections do not. */
const MOVING = new Set(['run', 'source', 'plan', 'outcome']);

export interface FeedDeps {
  hints: FeedHints;
  check: (runId: string) => Promise<number | undefined>;
  log: Log;
}

export async function foldFeed(documents: readonly unknown[], deps: FeedDeps): Promise<void> {
  const { hints, log } = deps;
  const runs = new Map<string, { settled: number; turned: boolean }>();
  for (const document of documents) {
    const parsed = Changed.safeParse(document);
    if (!parsed.success || !MOVING.has(parsed.data.type)) continue;
    const d = parsed.data;
    const run = runs.get(d.runId) ?? { settled: 0, turned: false };
    if (d.type === 'outcome') run.settled += (d.created ?? 0) + (d.failed ?? 0) + (d.duplicate ?? 0);
    // Any of these may be all that a run still waited for.
    if (d.type === 'run' || d.lastCount || d.failedCount) run.turned = true;
    runs.set(d.runId, run);
  }
  for (const [runId, { settled, turned }] of runs) {
    if (!hints.passed(runId, settled, turned)) continue;
    try {
      await hints.measure(runId, deps.check);
    } catch (error) {
      log('warn', 'a run could not be looked at; the sweep will', { runId, ...errorFields(error) });
    }
  }
}
