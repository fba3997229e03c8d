/**
 * Starts a run on demand, under the next free second. It ends in one of these ways:
 * - started under a new id;
 * - the same Idempotency-Key was used before: that run, never a second one.
 */
import type { Selection } from '@github-repo-stats/shared/documents';
import { startRun, type StartDeps } from './start-run.ts';

export interface RequestStore {
  /** The run id that a key is tied to, or undefined. */
  readKey(key: string): Promise<string | undefined>;
  /** Ties a key to a run id, unless it is tied to another than `from` already; resolves to the id that stands. */
  tieKey(key: string, runId: string, from?: string): Promise<string>;
  /** The key with which a run was requested, if any. */
  keyOfRun(runId: string): Promise<string | undefined>;
}

export async function requestRun(
  selection: Selection,
  key: string | undefined,
  deps: StartDeps & { requests: RequestStore },
): Promise<string> {
  const { requests } = deps;
  let second = Math.floor(deps.now().getTime() / 1000);
  if (key === undefined) {
    while ((await startRun(String(second), 'request', selection, deps)) === 'exists') second++;
    return String(second);
  }
  // The key is tied before the run exists: a repetition after a crash between the two finds the id and makes that run.
  let runId = (await requests.readKey(key)) ?? (await requests.tieKey(key, String(second)));
  for (;;) {
    if ((await startRun(runId, 'request', selection, deps, key)) === 'started') return runId;
    if ((await requests.keyOfRun(runId)) === key) return runId;
    // Somebody else's run took that second.
    runId = await requests.tieKey(key, String(Number(runId) + 1), runId);
  }
}
