/**
 * Runs ever more repositories, and tells whether each takes as long among many as among few, and what a run takes of memory, queues
 * and documents. GitHub answers at once and has no limits here.
 *
 *   npm run bench:scale -- [--repos 1000,10000,100000] [--owners 1]
 *
 * --repos: of each run, the largest last. --owners: organisations that share them.
 */
import { z } from 'zod';
import { loadRun, wholeRun, type LoadResult } from './load-run.ts';
import type { Memory } from './memory.ts';
import { number, readArguments, Report, whole, type Bound } from './report.ts';

const MB = 1_000_000;
/** What each app may hold, of an instance's 512 MB. */
const MOST_RSS = 200 * MB;
/**
 * The last quarter's median over that of the second. The first is left out, since code is compiled and caches fill in it; garbage
 * that is collected now or a little later moves a median by some per cent; a leak of as little as 350 bytes per
 * repository, in a run of 100,000, moves it by more than this.
 */
const MOST_GROWTH = 1.1;
/** Runs below this many are over before anything could grow. */
const GROWTH_FROM = 50_000;
/**
 * Bytes per repository, of whole messages as the broker keeps them, that are put on the queues ahead of GitHub: they may lie there for
 * as long as the run lasts. What goes to the writer holds the statistics themselves and waits for nobody; how much of it lies there
 * here depends on how fast a GitHub that takes no time is beside the writer, so it is told and not held.
 */
const MOST_QUEUED = 150;
/** Of a document; Cosmos DB takes 2 MB. */
const MOST_DOCUMENT = 0.5 * MB;
/** What one more repository takes of time, and of the processor, over what it took among fewer. */
const MOST_APART = 1.2;

const { repos, owners, ...options } = readArguments(
  'npm run bench:scale -- [--repos 1000,10000,100000] [--owners 1]',
  {
    repos: z
      .string()
      .regex(/^[1-9]\d*(,[1-9]\d*)*$/, 'must be whole numbers with commas between them')
      .default('1000,10000,100000')
      .transform((text) => text.split(',').map(Number)),
    owners: whole(1, 1),
  },
);

const mb = (bytes: number): string => number(bytes / MB);
const growth = ({ quarters }: Memory): number => (quarters[3] ?? 0) / (quarters[1] ?? 0);
const sumOf = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
const created = ({ run }: LoadResult): number => run.totalCreatedCount;
/** Of all processes, in seconds. */
const processor = ({ apps, platform }: LoadResult): number =>
  sumOf([...apps.values(), ...platform.values()].map((memory) => memory.processor));

const report = new Report(
  'Does each repository take as long among many as among few, and what does a run take of memory, queues and documents?',
);
report.say('Simulated GitHub without latency and limits, serverless mode, first runs.');
const logins = Array.from({ length: owners }, (_, n) => `acme-${n + 1}`);
const results: LoadResult[] = [];
for (const repositories of repos.toSorted((a, b) => a - b)) {
  results.push(wholeRun(await loadRun({ repositories, owners: logins }), repositories));
  console.error(`${number(repositories)} repositories are through`);
}
const largest = results.at(-1)!;
tellSizes();
tellMemory();
tellQueues(largest);
tellStored();
report.bound(...memoryBounds(), ...volumeBounds(), ...linearity());
report.end(options);

function tellSizes(): void {
  report.table(
    [
      'repositories',
      's',
      'ms each',
      'processor, ms each',
      'messages each',
      'documents',
      'MB of documents',
      'bytes each',
    ],
    results.map((result) => {
      const n = created(result);
      const stored = Object.values(result.stored);
      const bytes = sumOf(stored.map((s) => s.bytes));
      const messages = sumOf(Object.values(result.queues.sent).map((s) => s.messages));
      return [
        number(n),
        number(result.seconds, 1),
        number((1000 * result.seconds) / n, 3),
        number((1000 * processor(result)) / n, 3),
        number(messages / n, 4),
        number(sumOf(stored.map((s) => s.documents))),
        number(bytes / MB, 1),
        number(bytes / n),
      ];
    }),
  );
}

function tellMemory(): void {
  const { apps, platform } = largest;
  report.say(
    'Most resident memory of each process in each of these runs, in MB, and in the largest one by quarters of its work:',
  );
  report.table(
    [
      'process',
      ...results.map((r) => number(created(r))),
      'quarters, medians',
      'last over second',
      'processor, s',
    ],
    [...apps, ...platform].map(([name, memory]) => [
      name,
      ...results.map((r) => mb((r.apps.get(name) ?? r.platform.get(name))?.most ?? 0)),
      memory.quarters.map(mb).join(', '),
      number(growth(memory), 2),
      number(memory.processor, 1),
    ]),
  );
}

function tellQueues({ queues: { sent, mostAtOnce } }: LoadResult): void {
  const n = created(largest);
  report.table(
    ['queue', 'messages', 'bytes per repository'],
    Object.entries(sent).map(([queue, { messages, bytes }]) => [
      queue,
      number(messages),
      number(bytes / n, 1),
    ]),
  );
  report.say(
    `At once lay in all queues together at most ${number(mostAtOnce)} bytes, ${number(mostAtOnce / n, 1)} per repository.`,
  );
}

function tellStored(): void {
  report.table(
    ['container', 'documents', 'MB', 'largest document', 'its bytes'],
    Object.entries(largest.stored).map(([container, { documents, bytes, most }]) => [
      container,
      number(documents),
      number(bytes / MB, 1),
      most.id,
      number(most.bytes),
    ]),
  );
}

function memoryBounds(): Bound[] {
  return [...largest.apps].flatMap(([name, memory]) => [
    { what: `${name}: most resident memory, MB`, found: memory.most / MB, atMost: MOST_RSS / MB, digits: 0 },
    ...(created(largest) >= GROWTH_FROM
      ? [{ what: `${name}: last quarter over second`, found: growth(memory), atMost: MOST_GROWTH }]
      : []),
  ]);
}

function volumeBounds(): Bound[] {
  const { sent } = largest.queues;
  const ahead = (sent['resolve']?.bytes ?? 0) + (sent['fetch']?.bytes ?? 0);
  return [
    {
      what: 'bytes queued ahead of GitHub, per repository',
      found: ahead / created(largest),
      atMost: MOST_QUEUED,
      digits: 1,
    },
    ...Object.entries(largest.stored).map(([container, { most }]) => ({
      what: `${container}: largest document, bytes`,
      found: most.bytes,
      atMost: MOST_DOCUMENT,
      digits: 0,
    })),
  ];
}

/** Between two sizes one more repository takes so much: what a run takes to begin and to end is in neither. */
function linearity(): Bound[] {
  const more = (value: (result: LoadResult) => number): number[] =>
    results.slice(1).map((result, i) => {
      const before = results[i]!;
      return (value(result) - value(before)) / (created(result) - created(before));
    });
  const apart = (what: string, values: number[]): Bound[] =>
    values.slice(1).map((value, i) => ({
      what: `${what} of one more among ${number(created(results[i + 2]!))}, over among ${number(created(results[i + 1]!))}`,
      found: value / values[i]!,
      atMost: MOST_APART,
    }));
  return [
    ...apart(
      'time',
      more((r) => r.seconds),
    ),
    ...apart('processor time', more(processor)),
  ];
}
