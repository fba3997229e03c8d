/**
 * Writes a full queue with several instances of the writer, and tells which share of its budget Cosmos DB really billed.
 *
 *   npm run bench:write-budget -- [--seconds 60] [--only 400-two,…] [--check] [--save]
 *
 * --seconds: of work in each row, at least 20. The share is taken over every ten seconds (a new one begins every 20 ms) between the first and
 * the last write; failed and throttled requests count. It is never to be above 100 %, nor below 85 % while there is work and a writer
 * that lives, and nothing is to be dropped.
 */
import { z } from 'zod';
import { number, readArguments, Report, whole } from './report.ts';
import { WriteStation, type Sample } from './write-station.ts';

const MOST = 1;
const LEAST = 0.85;
const WINDOW_MS = 10_000;
/** RU of one document as it is written here, to know how many fill the time. */
const RU_OF_WRITE = 5.9;

interface Row {
  budget: number;
  instances: number;
  /** A second run after it, whose documents are looked up in the first before they are written. */
  again?: true;
  /** SIGKILL for the instance that works, in the middle. */
  kill?: true;
  /** Lanes that the messages lie in: of a fetcher that was deployed in serverless mode. */
  lanes?: number;
}
const ROWS: Record<string, Row> = {
  '400-two': { budget: 400, instances: 2 },
  '1000-two': { budget: 1000, instances: 2 },
  '100-two': { budget: 100, instances: 2 },
  '400-one': { budget: 400, instances: 1 },
  '400-two-again': { budget: 400, instances: 2, again: true },
  '400-two-lanes': { budget: 400, instances: 2, lanes: 4 },
  '400-two-killed': { budget: 400, instances: 2, kill: true },
  '400-one-killed': { budget: 400, instances: 1, kill: true },
};

const { seconds, only, ...options } = readArguments(
  'npm run bench:write-budget -- [--seconds 60] [--only 400-two,…]',
  {
    seconds: whole(20, 60),
    only: z
      .string()
      .default(Object.keys(ROWS).join())
      .transform((text) => text.split(','))
      .pipe(z.array(z.enum(Object.keys(ROWS)))),
  },
);

/** Time in which nobody wrote, in monotonic ms. */
interface Gap {
  from: number;
  to: number;
}

/** Shares of the budget, over every window that lies in the samples. */
function shares(samples: readonly Sample[], budget: number): { from: number; to: number; share: number }[] {
  const found = [];
  let end = 0;
  for (const first of samples) {
    while (end < samples.length && samples[end]!.at - first.at < WINDOW_MS) end++;
    const last = samples[end];
    if (!last) break;
    const paid = (budget * (last.at - first.at)) / 1000;
    found.push({ from: first.at, to: last.at, share: (last.ru - first.ru) / paid });
  }
  return found;
}

/** From the first charge to the last: while there is work. */
function working(samples: readonly Sample[]): Sample[] {
  const total = samples.at(-1)?.ru ?? 0;
  const first = samples.findIndex(({ ru }) => ru > (samples[0]?.ru ?? 0));
  return samples.slice(first, samples.findIndex(({ ru }) => ru === total) + 1);
}

/** The longest time after an instance was killed in which nothing was charged. */
function standstill(samples: readonly Sample[], killedAt: number): Gap {
  let gap = { from: killedAt, to: killedAt };
  let charged = samples[0]!;
  for (const sample of samples) {
    if (sample.ru === charged.ru) continue;
    const from = Math.max(charged.at, killedAt);
    if (sample.at - from > gap.to - gap.from) gap = { from, to: sample.at };
    charged = sample;
  }
  return gap;
}

async function measure({ budget, instances, again, kill, lanes = 1 }: Row) {
  const station = await WriteStation.start(budget, instances);
  try {
    const runs = again ? ['1611000000', '1611021600'] : ['1611000000'];
    const repositories = Math.ceil((seconds * budget) / RU_OF_WRITE);
    const all = [];
    let gap: Gap | undefined;
    let dropped = 0;
    for (const [i, runId] of runs.entries()) {
      const before = station.samples.length;
      await station.fill({ runId, repositories, lanes, previousRunId: runs[i - 1] });
      const documents = repositories * (i + 1);
      if (kill) {
        await station.stored(documents / 2);
        const killedAt = performance.now();
        await station.kill();
        await station.stored(documents);
        gap = standstill(station.samples, killedAt);
      }
      await station.stored(documents);
      const { created = 0 } = await station.settled(runId, repositories);
      dropped += repositories - created;
      all.push(...shares(working(station.samples.slice(before)), budget));
    }
    return { all, gap, dropped, throttled: station.samples.at(-1)!.throttled };
  } finally {
    await station.stop();
  }
}

const percent = (share: number): string => `${number(100 * share, 2)} %`;

const report = new Report(
  'Which share of a budget for writing is used while there is work, and is it ever exceeded?',
);
report.say(`Shares of the budget over every ten seconds, from ${seconds} s of work in each row.`);
const rows = [];
for (const name of only) {
  const row = ROWS[name]!;
  const { all, gap, dropped, throttled } = await measure(row);
  const whole = all.filter(({ from, to }) => !gap || to < gap.from || from > gap.to);
  const sorted = whole.map(({ share }) => share).toSorted((a, b) => a - b);
  const most = Math.max(...all.map(({ share }) => share));
  const [least = 0, median = 0] = [sorted[0], sorted[Math.floor(sorted.length / 2)]];
  const what = gap ? `killed, ${number((gap.to - gap.from) / 1000, 1)} s` : (name.split('-')[2] ?? '');
  const shares = [least, median, most].map(percent);
  rows.push([number(row.budget), row.instances, what, ...shares, throttled, dropped]);
  report.bound(
    { what: `${name}: most of the budget`, found: most, atMost: MOST, digits: 4 },
    { what: `${name}: least of the budget`, found: least, atLeast: LEAST, digits: 4 },
    { what: `${name}: not stored`, found: dropped, atMost: 0, digits: 0 },
  );
}
report.table(['RU/s', 'instances', '', 'least', 'median', 'most', '429s', 'not stored'], rows);
report.end(options);
