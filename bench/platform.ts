/**
 * How long does the embedded platform take to its first batch, how much can its parts do in a second, and what does it cost at rest?
 *
 *   npm run bench:platform -- [--starts 5] [--rounds 5] [--seconds 1] [--idle 60] [--check] [--save]
 *
 * --starts: of the whole platform. --rounds, --seconds: of each operation. --idle: seconds at rest that are looked at.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceBusClient } from '@azure/service-bus';
import { buildServices } from '@github-repo-stats/local/build/services';
import { openDataFolder } from '@github-repo-stats/local/platform/data-folder';
import { ANY_PORTS } from '@github-repo-stats/local/platform/ports';
import { Supervisor } from '@github-repo-stats/local/platform/supervisor';
import { readUserSettings } from '@github-repo-stats/local/platform/user-settings';
import { cosmosOperations, DOCUMENT_BYTES } from './cosmos-speed.ts';
import { forgetBuilds, timeIdle, timeStart, type Started } from './platform-command.ts';
import { number, readArguments, Report, whole } from './report.ts';
import { MESSAGE_BYTES, serviceBusOperations } from './service-bus-speed.ts';
import { measure, type Speed } from './speed.ts';

const REPOSITORIES = 1_000;
const MOST_START_S = 3;
/** Per cent of one core, of all processes together. */
const MOST_IDLE = 1;
/** After the end of a run, until its last sessions are given back and its last looks are done. */
const SETTLE_MS = 10_000;

const seconds = (ms: number): string => number(ms / 1000, 2);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const MOMENTS = {
  firstFetched: 'first batch fetched',
  firstWritten: 'first batch written',
  runEnded: 'run ended',
  ended: 'command ended',
} as const satisfies Record<keyof Started, string>;

async function tellStarts(report: Report, starts: number): Promise<void> {
  forgetBuilds();
  const cold = await timeStart(REPOSITORIES);
  const warm: Started[] = [];
  for (let n = 0; n < starts; n++) warm.push(await timeStart(REPOSITORIES));
  report.say(
    `From the first moment of \`npm start\` over ${number(REPOSITORIES)} simulated repositories, npm itself included, in a data folder of its own. ` +
      `Built: medians of ${starts} starts; ready bundles and compile cache, as from the second start on; the bounds are on the fastest, which others on the ` +
      'machine disturbed least. To be built: one start with neither.',
  );
  const moments = Object.entries(MOMENTS) as [keyof Started, string][];
  report.table(
    ['seconds to', 'built', 'range', 'to be built'],
    moments.map(([moment, name]) => {
      const found = warm.map((started) => started[moment]);
      const range = `${seconds(Math.min(...found))} to ${seconds(Math.max(...found))}`;
      return [name, seconds(median(found)), range, seconds(cold[moment])];
    }),
  );
  for (const moment of ['firstFetched', 'firstWritten'] as const)
    report.bound({
      what: `start to ${MOMENTS[moment]}, fastest, s`,
      found: Math.min(...warm.map((started) => started[moment])) / 1000,
      atMost: MOST_START_S,
    });
}

function tellSpeeds(report: Report, part: string, speeds: readonly Speed[]): void {
  report.table(
    [part, 'per second', 'slowest', 'fastest', 'µs of the server each'],
    speeds.map(({ name, perSecond, slowest, fastest, server }) => [
      name,
      ...[perSecond, slowest, fastest, server].map((found) => number(found)),
    ]),
  );
  // Whoever else works on the machine makes rounds slower, and none faster.
  for (const { name, fastest, atLeast } of speeds)
    report.bound({ what: `${part}: ${name}, fastest`, found: fastest, atLeast, digits: 0 });
}

async function tellOperations(report: Report, rounds: number, ms: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'platform-'));
  const data = openDataFolder(folder);
  const supervisor = new Supervisor({
    data,
    user: readUserSettings({}, folder),
    apps: () => Promise.resolve([]),
    ports: ANY_PORTS,
  });
  try {
    await supervisor.start();
    const server = (name: string): number =>
      supervisor.processes().find((process) => process.name === name)!.pid!;
    const client = new ServiceBusClient(supervisor.addresses.serviceBusConnection);
    const bus = { rounds, ms, server: server('service-bus') };
    report.say(
      `One client, in a process of its own, with the real SDKs; servers as \`npm start\` runs them, each a process. ${rounds} rounds of ${ms / 1000} s each; ` +
        `per second: the median round; the bounds are on the fastest. Messages name 65 repositories, ${number(MESSAGE_BYTES)} bytes; documents are statistics, ${DOCUMENT_BYTES} bytes.`,
    );
    tellSpeeds(report, 'Service Bus', await measure(serviceBusOperations(client), bus));
    await client.close();
    const cosmos = { rounds, ms, server: server('cosmos') };
    const operations = await cosmosOperations(supervisor.containers);
    tellSpeeds(report, 'Cosmos DB', await measure(operations, cosmos));
  } finally {
    await supervisor.stop();
    data.release();
    await rm(folder, { recursive: true, force: true });
  }
}

async function tellIdle(report: Report, idleMs: number): Promise<void> {
  const processes = await timeIdle({ repositories: REPOSITORIES, settleMs: SETTLE_MS, idleMs });
  const share = (ms: number): number => (100 * ms) / idleMs;
  const all = share(processes.reduce((sum, { processor }) => sum + processor, 0));
  report.say(
    `\`npm run serve\` at rest, for ${idleMs / 1000} s, from ${SETTLE_MS / 1000} s after the end of a run over ${number(REPOSITORIES)} repositories: ` +
      'the processor time of all threads, in per cent of one core.',
  );
  report.table(
    ['process', '% of a core'],
    processes.map(({ name, processor }) => [name, number(share(processor), 3)]),
  );
  report.bound({ what: 'at rest, all processes, % of a core', found: all, atMost: MOST_IDLE });
}

async function main(): Promise<void> {
  const {
    starts,
    rounds,
    seconds: length,
    idle,
    ...options
  } = readArguments('npm run bench:platform -- [--starts 5] [--rounds 5] [--seconds 1] [--idle 60]', {
    starts: whole(1, 5),
    rounds: whole(1, 5),
    seconds: whole(1, 1),
    idle: whole(1, 60),
  });
  const report = new Report(
    'How long does the embedded platform take to its first batch, how much can its parts do in a second, and what does it cost at rest?',
  );
  await buildServices();
  await tellStarts(report, starts);
  await tellOperations(report, rounds, length * 1000);
  await tellIdle(report, idle * 1000);
  report.end(options);
}

await main();
