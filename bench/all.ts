/**
 * Runs the short benches one after the other, each against its bounds, and ends with 1 when one does not hold.
 *
 *   npm run bench -- [--save]
 *
 * --save: keeps what they found in results/. The long ones are in README.md.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { number } from './report.ts';

/** Name and arguments; about a quarter of an hour on two cores. */
const SHORT: readonly (readonly [name: string, ...args: string[]])[] = [
  ['cold-start'],
  ['platform'],
  ['overhead'],
  ['scale', '--repos', '1000,10000,60000'],
  ['makespan'],
  ['request-units'],
  ['first-generation'],
  ['archive'],
];

const { values } = parseArgs({ options: { save: { type: 'boolean', default: false } } });
const common = ['--check', ...(values.save ? ['--save'] : [])];
const ends = SHORT.map(([name, ...args]) => {
  const began = performance.now();
  console.log(`\n## ${name}\n`);
  const { status } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, `${name}.ts`), ...args, ...common],
    {
      stdio: 'inherit',
    },
  );
  return { name, status, seconds: (performance.now() - began) / 1000 };
});
console.log('\n| bench | s | |\n| --- | ---: | --- |');
for (const { name, status, seconds } of ends)
  console.log(
    `| ${name} | ${number(seconds)} | ${status === 0 ? 'holds' : `ended with ${String(status)}`} |`,
  );
if (ends.some(({ status }) => status !== 0)) process.exitCode = 1;
