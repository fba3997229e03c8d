/** Measures runs of our own pipeline, one after the other on one platform: the first knows nothing of GitHub yet. */
import type { Fault } from './faults.ts';
import { githubUse, since, type Measured } from './measured.ts';
import { openPlatform, OWNER, type World } from './settings.ts';

/**
 * @param sides one run for each.
 * @param happen before the last of them.
 */
export async function ourRuns(
  world: World,
  sides: readonly string[],
  happen?: Fault['happen'],
): Promise<Measured[]> {
  const pipeline = await openPlatform(world, true);
  try {
    const measured: Measured[] = [];
    for (const side of sides) {
      if (side === sides.at(-1)) await happen?.(pipeline);
      const before = await githubUse(pipeline);
      const from = performance.now();
      const runId = await pipeline.run({ fullOrgs: [{ orgName: OWNER }] });
      const run = await pipeline.ended(runId);
      const seconds = (performance.now() - from) / 1000;
      measured.push({
        side,
        finished: run.status === 'completed',
        seconds,
        github: since(await githubUse(pipeline), before),
        requestUnits: run.costs.requestUnits,
        stored: (await pipeline.stats(runId)).length,
      });
    }
    return measured;
  } finally {
    await pipeline.stop();
  }
}
