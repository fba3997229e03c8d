/** Times whole runs through the command: process start to exit, and the run itself, several times each. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Run } from '@github-repo-stats/shared/documents';

const SIZES = [1_000, 6_000];
const REPEATS = 3;
const BIN = join(import.meta.dirname, '../local/bin/github-repo-stats.mjs');

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
  return `${sorted[0]?.toFixed(1)} to ${sorted.at(-1)?.toFixed(1)}`;
};

console.log(
  '| repositories | command, s | run, s | repositories/s in the run | GitHub calls | RU per repository |',
);
console.log('|---|---|---|---|---|---|');
for (const size of SIZES) {
  const results = [];
  for (let i = 0; i < REPEATS; i++) results.push(await timedRun(size));
  const { totalCreatedCount: created, costs } = results[0]!.document;
  const rates = results.map((r) => created / r.run);
  const cells = [
    created.toLocaleString('en-US'),
    range(results.map((r) => r.command)),
    range(results.map((r) => r.run)),
    `${Math.round(Math.min(...rates))} to ${Math.round(Math.max(...rates))}`,
    costs.githubCalls,
    (costs.requestUnits / created).toFixed(2),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
