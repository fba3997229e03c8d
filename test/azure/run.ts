/** npm run test:azure: reads the arguments, minds Ctrl-C, and says by its exit code how it ended. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT_CODES, runConformance } from './conformance-run.ts';

const USAGE = 'npm run test:azure -- [--location REGION]     default westeurope';
const WRONG_ARGUMENTS = 2;

function locationOf(args: string[]): string | undefined {
  try {
    const { values } = parseArgs({ args, options: { location: { type: 'string', default: 'westeurope' } } });
    if (/^[a-z0-9]+$/.test(values.location)) return values.location;
    console.error(`--location: '${values.location}' is no region, as westeurope.\n${USAGE}`);
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
  }
  return undefined;
}

const location = locationOf(process.argv.slice(2));
if (location === undefined) process.exitCode = WRONG_ARGUMENTS;
else {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      console.log(
        'Interrupted: what Pulumi has begun is finished first, then everything is removed. Please wait.',
      );
      interruption.abort();
    });
  const root = join(import.meta.dirname, '..', '..');
  const ending = await runConformance({
    root,
    env: process.env,
    location,
    folder: join(root, '.data', 'azure'),
    interrupted: interruption.signal,
    say: (line) => console.log(line),
  });
  console.log(`Ended: ${ending}.`);
  process.exitCode = EXIT_CODES[ending];
}
