/** Analyses the platform's runs by itself, once they are archived: one at a time, each in a process of its own, on no run's way. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { dueRuns, switchOn } from '@github-repo-stats/analytics/due-runs';
import { COMMAND_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { inheritedEnvironment, settingsOf } from '../platform/app-settings.ts';
import { COMPILE_CACHE } from '../platform/compile-cache.ts';
import type { DataFolder } from '../platform/data-folder.ts';
import { openLogFile, type LogFile } from '../platform/log-file.ts';
import { readLogLine, type LogRecord } from '../platform/log-record.ts';
import type { Supervisor } from '../platform/supervisor.ts';
import type { UserSettings } from '../platform/user-settings.ts';
import type { AnalysisEnd, AnalysisOrder } from './analysis-process.ts';

export interface RunAnalysesOptions {
  /** Started, and archiving. */
  supervisor: Supervisor;
  user: UserSettings;
  data: Pick<DataFolder, 'analytics' | 'logs'>;
  /** Told of every run that was analysed, or could not be. */
  tell: (runId: string, end: AnalysisEnd) => void;
}

const NAME = 'analysis';
const SCRIPT = join(import.meta.dirname, 'analysis-process.ts');
/** As often as the archiver itself looks for what was missed: it may die between the mark of a run and telling of it. */
const SWEEP_MS = 300_000;

/**
 * resting --look--> working: all that are due, and again if it was asked meanwhile --nothing is due--> resting
 * any --stop--> stopped: its process is killed, at whatever instant; the next start does that run again.
 */
export class RunAnalyses {
  readonly #options: RunAnalysesOptions;
  readonly #log: LogFile;
  readonly #sweep: NodeJS.Timeout;
  /** Not tried again before somebody asks: what fails now mostly fails in five minutes. */
  readonly #failed = new Set<string>();
  #asked = false;
  #working: Promise<void> | undefined;
  #process: ChildProcess | undefined;
  #stopped = false;
  readonly #hear = ({ message }: LogRecord): void => {
    if (message === 'run archived') this.look();
  };

  private constructor(options: RunAnalysesOptions) {
    this.#options = options;
    this.#log = openLogFile(options.data.logs, NAME);
    this.#sweep = setInterval(() => this.#work(), SWEEP_MS);
    options.supervisor.on('log', this.#hear);
  }

  /** Begins with what was missed since it was switched on. */
  static async open(options: RunAnalysesOptions): Promise<RunAnalyses> {
    await switchOn(options.supervisor.containers.runInfo, new Date());
    const analyses = new RunAnalyses(options);
    analyses.look();
    return analyses;
  }

  /** A run may be due. */
  look(): void {
    this.#failed.clear();
    this.#work();
  }

  /** Resolves when nothing is due, or all that is has failed. */
  idle(): Promise<void> {
    return this.#working ?? Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#sweep);
    this.#options.supervisor.off('log', this.#hear);
    this.#process?.kill('SIGKILL');
    await this.#working;
    this.#log.close();
  }

  #work(): void {
    this.#asked = true;
    if (!this.#stopped) this.#working ??= this.#analyseAll();
  }

  async #analyseAll(): Promise<void> {
    while (this.#asked && !this.#stopped) {
      this.#asked = false;
      for (const runId of await this.#due()) {
        if (this.#stopped || this.#failed.has(runId)) continue;
        const end = await this.#analyse(runId);
        // It did not fail: it was killed, to be done again.
        if (this.#stopped) continue;
        if (end.type === 'failed') this.#failed.add(runId);
        this.#note('information', 'analysis ended', { runId, ...end });
        this.#options.tell(runId, end);
      }
    }
    this.#working = undefined;
  }

  async #due(): Promise<string[]> {
    try {
      return await dueRuns(this.#options.supervisor.containers.runInfo);
    } catch (error) {
      // The database is away for a moment; the next run, the sweep or the next start looks again.
      this.#note('error', 'runs could not be looked for', { error: String(error) });
      return [];
    }
  }

  /** By the addresses of the platform that runs, since it alone may open the data folder. */
  #analyse(runId: string): Promise<AnalysisEnd> {
    const { supervisor, user, data } = this.#options;
    // In a session of its own: Ctrl-C in the terminal must reach the parent alone.
    const child = fork(SCRIPT, {
      env: {
        ...inheritedEnvironment(),
        ...settingsOf(COMMAND_SETTINGS, user, supervisor.addresses),
        NODE_COMPILE_CACHE: COMPILE_CACHE,
      },
      execArgv: [],
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#process = child;
    this.#note('information', 'analysis begun', { runId, pid: child.pid });
    let end: AnalysisEnd | undefined;
    let lastWords = '';
    for (const stream of ['stdout', 'stderr'] as const)
      createInterface({ input: child[stream]!, crlfDelay: Infinity }).on('line', (line) => {
        if (stream === 'stderr') lastWords = line;
        this.#log.write(JSON.stringify(readLogLine(NAME, line, stream)));
      });
    child.on('message', (said: AnalysisEnd) => (end = said));
    child.on('error', (error) => (lastWords = error.message));
    child.send({ runId, cache: data.analytics } satisfies AnalysisOrder, () => undefined);
    return new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#process = undefined;
        const how = `its process ended (${signal ?? `code ${code}`})`;
        resolve(end ?? { type: 'failed', message: lastWords === '' ? how : `${how}: ${lastWords}` });
      });
    });
  }

  #note(level: string, message: string, fields: object): void {
    const time = new Date().toISOString();
    this.#log.write(JSON.stringify({ time, level, app: NAME, category: 'supervisor', message, ...fields }));
  }
}
