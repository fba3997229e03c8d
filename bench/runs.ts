/**
 * Times whole runs through the command: process start to exit, and the run itself, several times each.
 *
 *   npm run bench:runs -- [--repositories 1000,6000] [--repeats 3] [--check] [--save]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Run } from '@github-repo-stats/shared/documents';
import { z } from 'zod';
import { number, readArguments, Report, whole } from './report.ts';

const BIN = join(import.meta.dirname, '../local/bin/github-repo-stats.mjs');

const options = readArguments('npm run bench:runs -- [--repositories 1000,6000] [--repeats 3]', {
  repositories: z
    .string()
    .regex(/^\d+(,\d+)*$/)
    .default('1000,6000'),
  repeats: whole(1, 3),
});

/** Seconds of the whole command and of the run in it. */
async function timedRun(repositories: number): Promise<{ command: number; run: number; document: Run }> {
  const data = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const began = performance.now();
    const child = spawn(
      process.execPath,
      [BIN, 'start', '--repos', String(repositories), '--data', data, '--json'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    const command = (performance.now() - began) / 1000;
    if (code !== 0) throw new Error(`ended with ${String(code)}:\n${output.slice(0, 2000)}`);
    const document = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Run;
    const run = (Date.parse(document.endedAt ?? '') - Date.parse(document.startedAt)) / 1000;
    return { command, run, document };
  } finally {
    await rm(data, { recursive: true });
  }
}

const range = (values: number[]): string => {
  const sorted = values.toSorted((a, b) => a - b);
  return `${number(sorted[0] ?? NaN, 1)} to ${number(sorted.at(-1) ?? NaN, 1)}`;
};

/** What a run takes to begin and to end weighs on small ones. */
const LEAST_RATE = 250;

const report = new Report(
  'How long do whole runs take here, when GitHub answers at once, and what do the statistics cost?',
);
const rows = [];
for (const size of options.repositories.split(',').map(Number)) {
  const results = [];
  for (let i = 0; i < options.repeats; i++) results.push(await timedRun(size));
  const { totalCreatedCount: created, totalFailedCount: failed, costs } = results[0]!.document;
  const rates = results.map((r) => created / r.run);
  rows.push([
    number(created),
    range(results.map((r) => r.command)),
    range(results.map((r) => r.run)),
    `${number(Math.min(...rates))} to ${number(Math.max(...rates))}`,
    number(costs.githubCalls),
    number(costs.requestUnits / created, 2),
  ]);
  report.bound(
    { what: `failed of ${number(size)}`, found: failed, atMost: 0, digits: 0 },
    {
      what: `repositories/s in the fastest run over ${number(size)}`,
      found: Math.max(...rates),
      atLeast: LEAST_RATE,
      digits: 0,
    },
  );
}
report.table(
  ['repositories', 'command, s', 'run, s', 'repositories/s in the run', 'GitHub calls', 'RU per repository'],
  rows,
);
report.end(options);
