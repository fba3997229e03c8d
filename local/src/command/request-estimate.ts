/** Asks the scheduler what a run would be, through its HTTP API like anybody else. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Estimate } from '@github-repo-stats/shared/estimate';
import { UserError } from '../platform/user-error.ts';

/** How long GitHub, or a scheduler that is being started again, is waited for. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 200;

/**
 * @param api address of the scheduler, `http://127.0.0.1:7071`
 * @param sources in the form of sources.json
 * @throws UserError when the scheduler refuses the sources; Error when there is no estimate for another reason.
 */
export async function requestEstimate(api: string, sources: unknown, signal: AbortSignal): Promise<Estimate> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    let why: unknown;
    let pause = PAUSE_MS;
    try {
      const answer = await fetch(`${api}/api/runs?dryRun=true`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sources }),
        signal,
      });
      const text = await answer.text();
      if (answer.status === 200) return JSON.parse(text) as Estimate;
      if (answer.status === 400)
        throw new UserError([`The scheduler refuses the sources: ${text.slice(0, 2000)}`]);
      why = `status ${answer.status}: ${text.slice(0, 500)}`;
      const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
      if (retryAfter > 0) pause = retryAfter * 1000;
    } catch (error) {
      if (error instanceof UserError || signal.aborted) throw error;
      why = error;
    }
    if (Date.now() + pause > deadline) throw new Error('The run cannot be estimated.', { cause: why });
    await sleep(pause, undefined, { signal });
  }
}
