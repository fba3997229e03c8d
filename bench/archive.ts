/**
 * Archives whole runs, and tells how long that takes, what the archiver needs of memory, and what is kept: over what is archived
 * twice, so that changes are known in the second run.
 *
 *   npm run bench:archive -- [--repos 6000] [--check] [--save]
 */
import { readFileSync } from 'node:fs';
import type { ArchiveMark } from '@github-repo-stats/shared/archive/mark';
import { Pipeline } from '../test/pipeline.ts';
import { number, readArguments, Report, whole } from './report.ts';

const MB = 1_000_000;
const MOST_SECONDS = 5;
const MOST_RSS = 200;
const MOST_BYTES = 40;
const RUNS = 2;

const { repos, ...options } = readArguments('npm run bench:archive -- [--repos 6000]', {
  repos: whole(1, 6000),
});

interface Archived {
  mark: ArchiveMark;
  /** From the end of the run to its mark, with the event, the queue and what the archiver loads. */
  afterEnd: number;
  /** Of the archiver's own work. */
  work: number;
  requestUnits: number;
}

/** The most memory that a process ever had resident, in bytes, as Linux tells it. */
function peakOf(pid: number): number {
  const [, kilobytes = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

async function oneRun(pipeline: Pipeline): Promise<Archived> {
  const runId = await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] });
  const ended = await pipeline.logged((r) => r.message === 'run ended' && r['runId'] === runId);
  const archived = await pipeline.logged((r) => r.message === 'run archived' && r['runId'] === runId);
  const mark = await pipeline.document<ArchiveMark>('runInfo', 'archive.1', runId);
  return {
    mark: mark!,
    afterEnd: (Date.parse(archived.time) - Date.parse(ended.time)) / 1000,
    work: Number(archived['seconds']),
    requestUnits: Number(archived['requestUnits']),
  };
}

const report = new Report(
  'How long does it take to archive a run, and what does it take of memory and of storage?',
);
report.say(
  'Simulated GitHub without latency and limits, serverless mode, Azurite, from the end of the run to the mark.',
);
const pipeline = await Pipeline.start({
  world: { repositories: repos, owners: [{ login: 'acme' }] },
  archive: true,
});
const results: Archived[] = [];
let peak = 0;
try {
  for (let i = 0; i < RUNS; i++) results.push(await oneRun(pipeline));
  const archiver = pipeline.supervisor.processes().find(({ name }) => name === 'archiver');
  peak = peakOf(archiver?.pid ?? 0) / MB;
} finally {
  await pipeline.stop();
}

report.table(
  ['run', 'repositories', 's after its end', 's of work', 'RU for each', 'bytes for each'],
  results.map(({ mark, afterEnd, work, requestUnits }, i) => [
    i + 1,
    number(mark.rows),
    number(afterEnd, 2),
    number(work, 2),
    number(requestUnits / mark.rows, 2),
    number(mark.bytes / mark.rows, 1),
  ]),
);
report.bound(
  {
    what: 'seconds after the end of the run',
    found: Math.max(...results.map((r) => r.afterEnd)),
    atMost: MOST_SECONDS,
  },
  { what: 'most resident memory of the archiver, MB', found: peak, atMost: MOST_RSS, digits: 0 },
  {
    what: 'bytes per repository and run',
    found: Math.max(...results.map(({ mark }) => mark.bytes / mark.rows)),
    atMost: MOST_BYTES,
    digits: 1,
  },
);
report.end(options);
