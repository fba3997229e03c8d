/**
 * Runs ten thousand and a hundred thousand repositories, and tells what a run takes of memory, queues and documents and whether
 * each repository takes as long among many as among few. GitHub answers at once and has no limits here.
 *
 *   npm run bench:load -- [--repos 100000] [--among 10000] [--owners 1] [--check]
 *
 * --repos: of the run that is measured. --among: of the smaller run that it is compared with, 0 for none. --owners:
 * organisations that share them. --check: exit 1 when a bound does not hold.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { loadRun, type LoadResult } from './load-run.ts';
import type { Memory } from './memory.ts';

const MB = 1_000_000;
/** What each app may hold, of an instance's 512 MB. */
const MOST_RSS = 200 * MB;
/**
 * The last quarter's median over that of the second. The first is left out, since code is compiled and caches fill in it; garbage
 * that is collected now or a little later moves a median by some per cent; a leak of as little as 350 bytes per
 * repository, in a run of 100,000, moves it by more than this.
 */
const MOST_GROWTH = 1.1;
/**
 * Bytes per repository, of whole messages as the broker keeps them, that are put on the queues ahead of GitHub: they may lie there for
 * as long as the run lasts. What goes to the writer holds the statistics themselves and waits for nobody; how much of it lies there
 * here depends on how fast a GitHub that takes no time is beside the writer, so it is told and not held.
 */
const MOST_QUEUED = 150;
/** Of a document; Cosmos DB takes 2 MB. */
const MOST_DOCUMENT = 0.5 * MB;
/** Time per repository, and the processor's alone, which others on the machine do not change, over those of the smaller run. */
const MOST_SLOWER = 1.2;

const USAGE = 'npm run bench:load -- [--repos 100000] [--among 10000] [--owners 1] [--check]';
const WRONG_ARGUMENTS = 2;
const whole = (low: number) => z.coerce.number().int().min(low);
const Arguments = z.object({ repos: whole(1), among: whole(0), owners: whole(1), check: z.boolean() });

function argumentsOf(args: string[]): z.infer<typeof Arguments> {
  const text = (value: string) => ({ type: 'string' as const, default: value });
  const { values } = parseArgs({
    args,
    options: {
      repos: text('100000'),
      among: text('10000'),
      owners: text('1'),
      check: { type: 'boolean', default: false },
    },
  });
  return Arguments.parse(values);
}

const mb = (bytes: number): string => (bytes / MB).toFixed(0);
const count = (n: number): string => n.toLocaleString('en-US');

/** A bound, with what was found. */
interface Finding {
  what: string;
  found: number;
  most: number;
  digits: number;
}

const growth = ({ quarters }: Memory): number => (quarters[3] ?? 0) / (quarters[1] ?? 0);
/** Of all processes, milliseconds per repository. */
const processor = ({ apps, platform, run }: LoadResult): number =>
  [...apps.values(), ...platform.values()].reduce((sum, memory) => sum + memory.processor, 0) /
  (run.totalCreatedCount / 1000);
const milliseconds = ({ run, seconds }: LoadResult): number => (1000 * seconds) / run.totalCreatedCount;

function tellMemory({ apps, platform }: LoadResult): void {
  console.log(
    '\n| resident memory, MB | most | quarters of its work, medians | last over second | processor, s |',
  );
  console.log('| --- | ---: | --- | ---: | ---: |');
  for (const [name, memory] of [...apps, ...platform]) {
    const quarters = memory.quarters.map(mb).join(', ');
    const ratio = growth(memory).toFixed(2);
    console.log(`| ${name} | ${mb(memory.most)} | ${quarters} | ${ratio} | ${memory.processor.toFixed(1)} |`);
  }
}

function tellQueues({ queues: { sent, mostAtOnce }, run, largest }: LoadResult): void {
  const { totalCreatedCount: repositories } = run;
  console.log('\n| queue | messages | bytes per repository |\n| --- | ---: | ---: |');
  for (const [queue, { messages, bytes }] of Object.entries(sent))
    console.log(`| ${queue} | ${count(messages)} | ${(bytes / repositories).toFixed(1)} |`);
  console.log(
    `\nAt once lay in all queues together at most ${count(mostAtOnce)} bytes, ${(mostAtOnce / repositories).toFixed(1)} per repository.\n`,
  );
  console.log('| container | largest document | bytes |\n| --- | --- | ---: |');
  for (const [container, { id, bytes }] of Object.entries(largest))
    console.log(`| ${container} | ${id} | ${count(bytes)} |`);
}

function findings(result: LoadResult, smaller: LoadResult | undefined): Finding[] {
  const { apps, queues, run, largest } = result;
  const ahead = (queues.sent['resolve']?.bytes ?? 0) + (queues.sent['fetch']?.bytes ?? 0);
  return [
    ...[...apps].flatMap(([name, memory]) => [
      { what: `${name}: most resident memory, MB`, found: memory.most / MB, most: MOST_RSS / MB, digits: 0 },
      { what: `${name}: last quarter over second`, found: growth(memory), most: MOST_GROWTH, digits: 2 },
    ]),
    {
      what: 'bytes queued ahead of GitHub, per repository',
      found: ahead / run.totalCreatedCount,
      most: MOST_QUEUED,
      digits: 1,
    },
    ...Object.entries(largest).map(([container, { bytes }]) => ({
      what: `${container}: largest document, bytes`,
      found: bytes,
      most: MOST_DOCUMENT,
      digits: 0,
    })),
    ...(smaller
      ? [
          { what: 'time per repository', found: milliseconds(result) / milliseconds(smaller) },
          { what: 'processor time per repository', found: processor(result) / processor(smaller) },
        ].map(({ what, found }) => ({
          what: `${what}, over that among ${count(smaller.run.totalCreatedCount)}`,
          found,
          most: MOST_SLOWER,
          digits: 2,
        }))
      : []),
  ];
}

/** A run that was not whole proves nothing. */
function wholeRun(result: LoadResult, repositories: number): LoadResult {
  const { run, seconds, restarted } = result;
  const { status, totalCreatedCount: created, totalFailedCount: failed } = run;
  if (status !== 'completed' || created !== repositories || failed > 0 || restarted.length > 0)
    throw new Error(
      `of ${repositories} repositories ${created} were created, ${failed} failed; the run is ${status}; ` +
        `started again: ${restarted.join(', ') || 'none'}`,
    );
  console.log(
    `${count(created)} repositories in ${seconds.toFixed(1)} s: ${milliseconds(result).toFixed(3)} ms each, ` +
      `${processor(result).toFixed(3)} ms of the processor`,
  );
  return result;
}

async function main({ repos, among, owners, check }: z.infer<typeof Arguments>): Promise<void> {
  const logins = Array.from({ length: owners }, (_, n) => `acme-${n + 1}`);
  console.log('Simulated GitHub without latency and limits, serverless mode.\n');
  const measure = async (repositories: number): Promise<LoadResult> =>
    wholeRun(await loadRun({ repositories, owners: logins }), repositories);
  const smaller = among > 0 ? await measure(among) : undefined;
  const result = await measure(repos);
  tellMemory(result);
  tellQueues(result);
  console.log('\n| bound | found | most | |\n| --- | ---: | ---: | --- |');
  for (const { what, found, most, digits } of findings(result, smaller)) {
    const holds = found <= most;
    console.log(`| ${what} | ${found.toFixed(digits)} | ${most} | ${holds ? 'holds' : 'BROKEN'} |`);
    if (check && !holds) process.exitCode = 1;
  }
}

let given: z.infer<typeof Arguments> | undefined;
try {
  given = argumentsOf(process.argv.slice(2));
} catch (error) {
  const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
  console.error(`${why}\n${USAGE}`);
  process.exitCode = WRONG_ARGUMENTS;
}
if (given) await main(given);
