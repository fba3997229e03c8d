/** The command as a user runs it: `npm start` from its first moment to what a run does first, and `npm run serve` at rest. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { BUILD_RECORDS } from '@github-repo-stats/local/build/services';
import { ROOT } from '@github-repo-stats/local/build/service-folders';
import { inheritedEnvironment } from '@github-repo-stats/local/platform/app-settings';
import { COMPILE_CACHE } from '@github-repo-stats/local/platform/compile-cache';
import { processorTime, processTree } from './process-times.ts';

/** Simulated: a token in local.settings.json would read the real GitHub, and the environment wins over the file. */
const ENVIRONMENT = { ...inheritedEnvironment(), Github_Token: '', Github_Credentials: '', GITHUB_TOKEN: '' };

/** Runs work in a folder of its own that has sources to collect. */
async function inFolder<T>(work: (folder: string, args: readonly string[]) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'platform-'));
  try {
    const sources = join(folder, 'sources.json');
    writeFileSync(sources, '{"fullOrgs":[{"orgName":"acme"}]}');
    return await work(folder, ['--sources', sources, '--data', join(folder, 'data')]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface Started {
  /** Milliseconds from the start of the command to the first log line of each kind. */
  firstFetched: number;
  firstWritten: number;
  /** To the end of the run, and of the command. */
  runEnded: number;
  ended: number;
}

interface Line {
  time: string;
  message: string;
}

/** Epoch milliseconds at which an app said this first. */
function firstSaid(folder: string, app: string, message: string): number {
  const lines = readFileSync(join(folder, 'data/logs', `${app}.log`), 'utf8')
    .split('\n')
    .filter(Boolean);
  const times = lines
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => line.message === message)
    .map(({ time }) => Date.parse(time));
  if (times.length === 0) throw new Error(`${app} never said '${message}'`);
  return Math.min(...times);
}

/** One run of `npm start`. */
export function timeStart(repositories: number): Promise<Started> {
  return inFolder(async (folder, args) => {
    const began = Date.now();
    const command = spawn('npm', ['start', '--', ...args, '--repos', String(repositories)], {
      cwd: ROOT,
      env: ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = (await once(command, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`npm start ended with ${code}`);
    const ended = Date.now() - began;
    const since = (app: string, message: string): number => firstSaid(folder, app, message) - began;
    return {
      firstFetched: since('fetcher', 'batch fetched'),
      firstWritten: since('writer', 'batch written'),
      runEnded: since('reporter', 'run ended'),
      ended,
    };
  });
}

/** Forgets what was built and compiled, as in a fresh checkout. */
export function forgetBuilds(): void {
  for (const folder of [BUILD_RECORDS, COMPILE_CACHE]) rmSync(folder, { recursive: true, force: true });
}

/** Reads on to the first line that matches. @returns what its group holds. */
async function lineWith(lines: AsyncIterator<string>, pattern: RegExp): Promise<string> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error(`serve ended without a line like ${pattern.source}`);
    const [, found] = pattern.exec(value) ?? [];
    if (found !== undefined) return found;
  }
}

export interface IdleProcess {
  name: string;
  /** Milliseconds of the processor while it was looked at. */
  processor: number;
}

/** What each process of `npm run serve` takes while nothing is to be done, after a run. */
export function timeIdle(options: {
  repositories: number;
  /** How long after the end of the run. */
  settleMs: number;
  /** How long it is looked at. */
  idleMs: number;
}): Promise<IdleProcess[]> {
  return inFolder(async (_, args) => {
    const script = join(ROOT, 'local/bin/github-repo-stats.mjs');
    const command = spawn(
      process.execPath,
      [script, 'serve', ...args, '--repos', String(options.repositories)],
      { cwd: ROOT, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      const lines = createInterface({ input: command.stdout })[Symbol.asyncIterator]();
      const api = await lineWith(lines, /^ +API +(\S+)/);
      const answer = await fetch(`${api}/runs`, { method: 'POST' });
      if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`);
      await lineWith(lines, /run ended: (.*)/);
      await sleep(options.settleMs);
      const tree = [...processTree(command.pid!)];
      const before = new Map(tree.map(([pid]) => [pid, processorTime(pid)]));
      await sleep(options.idleMs);
      return tree.map(([pid, line]) => ({
        name: pid === command.pid ? 'the command itself' : line.replace('github-repo-stats:', ''),
        processor: processorTime(pid) - before.get(pid)!,
      }));
    } finally {
      const gone = command.exitCode === null ? once(command, 'exit') : undefined;
      command.kill('SIGINT');
      await gone;
    }
  });
}
