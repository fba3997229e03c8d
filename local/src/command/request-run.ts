/** Asks the scheduler for a run, through its HTTP API like anybody else. */
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../platform/user-error.ts';

/** How long a scheduler that is being started again is waited for. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 200;

/**
 * @param api address of the scheduler, `http://127.0.0.1:7071`
 * @param sources in the form of sources.json
 * @param key makes it safe to repeat: the same key is the same run
 * @returns the run id
 * @throws UserError when the scheduler refuses the sources; Error when it does not answer.
 */
export async function requestRun(
  api: string,
  sources: unknown,
  key: string,
  signal: AbortSignal,
): Promise<string> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    let why: unknown;
    try {
      const answer = await fetch(`${api}/api/runs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ sources }),
        signal,
      });
      const text = await answer.text();
      if (answer.status === 202) return (JSON.parse(text) as { runId: string }).runId;
      why = `status ${answer.status}: ${text.slice(0, 500)}`;
      if (answer.status === 400)
        throw new UserError([`The scheduler refuses the run: ${text.slice(0, 2000)}`]);
    } catch (error) {
      if (error instanceof UserError || signal.aborted) throw error;
      why = error;
    }
    if (Date.now() > deadline) throw new Error('The scheduler does not answer.', { cause: why });
    await sleep(PAUSE_MS, undefined, { signal });
  }
}
