/** npm run chaos: whole runs on platforms that are killed, frozen, refused and lied to, by plans drawn from seeds; exit code 1 when something did not hold. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { drawPlan } from '../test/chaos/draw-plan.ts';
import { ChaosPlan } from '../test/chaos/plan.ts';
import { runPlan, type ChaosResult } from '../test/chaos/run-plan.ts';
import { totalsOf } from '../test/chaos/totals.ts';

const USAGE = 'npm run chaos -- [--seed 1] [--runs 1] [--repos 1000], or --plan FILE';
const WRONG_ARGUMENTS = 2;
const PLANS = join(import.meta.dirname, '../.data/chaos');

const whole = (low: number) => z.coerce.number().int().min(low);
const Arguments = z.object({ seed: whole(0), runs: whole(1), repos: whole(20), plan: z.string().optional() });

/** @throws with what is wrong. */
function plansOf(args: string[]): Iterable<ChaosPlan> {
  const text = (value?: string) => ({
    type: 'string' as const,
    ...(value !== undefined && { default: value }),
  });
  const { values } = parseArgs({
    args,
    options: { seed: text('1'), runs: text('1'), repos: text('1000'), plan: text() },
  });
  const { seed, runs, repos, plan } = Arguments.parse(values);
  if (plan !== undefined) return [ChaosPlan.parse(JSON.parse(readFileSync(plan, 'utf8')))];
  return Array.from({ length: runs }, (_, i) => drawPlan(seed + i, repos));
}

const listed = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ') || 'none';

function tell(plan: ChaosPlan, file: string, { done, seconds, violations, folder }: ChaosResult): void {
  const { kills, faults, githubReplies, steps, reached, secondsFrozen, ...counts } = done;
  console.log(
    `seed ${plan.seed}: ${violations.length === 0 ? 'holds' : 'BROKEN'} in ${seconds.toFixed(1)} s; ` +
      `${reached} of ${steps} steps; killed: ${listed(kills)}; faults: ${listed(faults)}; GitHub said: ${listed(githubReplies)}; ` +
      `${listed({ ...counts, 'seconds frozen': Number(secondsFrozen.toFixed(1)) })}`,
  );
  for (const violation of violations.slice(0, 20)) console.log(`  - ${violation}`);
  if (violations.length > 20) console.log(`  - and ${violations.length - 20} more`);
  if (folder !== undefined) console.log(`  data: ${folder}\n  again: npm run chaos -- --plan ${file}`);
}

async function main(plans: Iterable<ChaosPlan>): Promise<void> {
  await mkdir(PLANS, { recursive: true });
  const broken: number[] = [];
  const results: Pick<ChaosResult, 'done' | 'seconds'>[] = [];
  for (const plan of plans) {
    const file = join(PLANS, `${plan.seed}-${plan.repositories}.json`);
    await writeFile(file, JSON.stringify(plan, undefined, 2));
    const result = await runPlan(plan);
    tell(plan, file, result);
    results.push(result);
    if (result.violations.length > 0) broken.push(plan.seed);
  }
  console.log(
    `${results.length - broken.length} of ${results.length} hold${broken.length > 0 ? `; broken: seeds ${broken.join(', ')}` : ''}; ` +
      `together: ${listed(totalsOf(results))}.`,
  );
  process.exitCode = broken.length > 0 ? 1 : 0;
}

let plans: Iterable<ChaosPlan> | undefined;
try {
  plans = plansOf(process.argv.slice(2));
} catch (error) {
  const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
  console.error(`${why}\n${USAGE}`);
  process.exitCode = WRONG_ARGUMENTS;
}
if (plans) await main(plans);
