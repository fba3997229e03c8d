/** A child process that is started again whenever it dies, until it is stopped. */
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import { readLogLine, type LogRecord } from './log-record.ts';
import { afterDeath, FRESH, type RestartState } from './restart-policy.ts';

export interface ChildSpec {
  /** For people, logs and process.title. */
  name: string;
  script: string;
  args?: readonly string[];
  /** The whole environment, asked for at every start. */
  env: () => Record<string, string>;
  /** Arguments of Node itself, by that environment. */
  nodeArguments?: (env: Record<string, string>) => readonly string[];
  /** Sent over IPC right after every start. */
  message?: () => unknown;
}

/** What a child says when it is ready; more fields depend on the child. */
export interface Listening {
  type: 'listening';
  port?: number;
  [field: string]: unknown;
}

export interface ChildEvents {
  log: [LogRecord];
  /** Every time it is ready. */
  listening: [Listening];
  /** What else it says over IPC. */
  said: [{ type: string; [field: string]: unknown }];
  /** It died by itself; it is started again after `delayMs`. */
  died: [{ code: number | null; signal: NodeJS.Signals | null; delayMs: number }];
  /** Five starts failed: it is not started again. */
  gaveUp: [Error];
}

/** A child that cannot be started; the message holds what it said last. */
export class ChildFailed extends Error {
  readonly code = 'child-failed';
}

/** Grace of a stop before the hard kill, ms: a Functions host waits up to 5 s for running invocations. */
const STOP_GRACE_MS = 6000;

const isTyped = (message: unknown): message is { type: string; [field: string]: unknown } =>
  typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string';

/**
 * idle --start--> starting --{type:'listening'}--> listening --death--> waiting --delay--> starting
 * starting --death--> waiting, or after five failed starts --> given-up
 * any --stop--> stopping (SIGTERM, SIGKILL after 6 s) --> stopped
 * The child must end by itself when its IPC channel closes: that is how it notices that this process was killed.
 */
export class SupervisedChild extends EventEmitter<ChildEvents> {
  readonly name: string;
  #spec: ChildSpec;
  #process: ChildProcess | undefined;
  #state: 'idle' | 'starting' | 'listening' | 'waiting' | 'given-up' | 'stopping' | 'stopped' = 'idle';
  #restart: RestartState = FRESH;
  #timer: NodeJS.Timeout | undefined;
  #lastWords: string[] = [];
  #starts = 0;

  constructor(spec: ChildSpec) {
    super();
    this.#spec = spec;
    this.name = spec.name;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }
  get state(): string {
    return this.#state;
  }
  /** How often it was started. */
  get starts(): number {
    return this.#starts;
  }

  /** Resolves when it listens for the first time. @throws ChildFailed when it gives up before. */
  start(): Promise<Listening> {
    return new Promise((resolve, reject) => {
      this.once('listening', resolve);
      this.once('gaveUp', reject);
      this.#spawn();
    });
  }

  /** Sends a signal to the living process, if there is one; its death then counts like any other. */
  kill(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Says something to the living process over IPC; lost when there is none, or when it dies of it. */
  send(message: object): void {
    if (this.#process?.connected)
      this.#process.send(message, (error) => error && this.#remember(error.message));
  }

  /** Stops it in good order, or hard after 6 s; resolves when the process is gone. */
  async stop(graceMs: number = STOP_GRACE_MS): Promise<void> {
    clearTimeout(this.#timer);
    const living = this.#process;
    this.#state = living ? 'stopping' : 'stopped';
    if (!living) return;
    const gone = new Promise<void>((resolve) => living.once('close', () => resolve()));
    living.kill('SIGTERM');
    const hard = setTimeout(() => living.kill('SIGKILL'), graceMs);
    await gone;
    clearTimeout(hard);
    this.#state = 'stopped';
  }

  #spawn(): void {
    const { script, args = [], message, name, nodeArguments } = this.#spec;
    const env = this.#spec.env();
    this.#state = 'starting';
    this.#starts++;
    this.#lastWords = [];
    const startedAt = performance.now();
    let listened = false;
    // A session of its own: Ctrl-C in the terminal must reach this process only, which stops the children in order.
    const child = fork(script, args, {
      env,
      execArgv: [...(nodeArguments?.(env) ?? [])],
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#process = child;
    for (const stream of ['stdout', 'stderr'] as const) {
      createInterface({ input: child[stream]!, crlfDelay: Infinity }).on('line', (line) => {
        const record = readLogLine(name, line, stream);
        if (record.level === 'error' || stream === 'stderr') this.#remember(record.message);
        this.emit('log', record);
      });
    }
    child.on('message', (said) => {
      if (!isTyped(said)) return;
      if (said.type === 'failed') this.#remember(String(said['message']));
      if (said.type !== 'listening') return void this.emit('said', said);
      if (this.#state !== 'starting') return;
      listened = true;
      this.#state = 'listening';
      this.emit('listening', said as Listening);
    });
    child.on('error', (error) => this.#remember(error.message));
    if (message) child.send(message() as object, (error) => error && this.#remember(error.message));
    child.once('close', (code, signal) => {
      this.#process = undefined;
      const ms = performance.now() - startedAt;
      if (this.#state !== 'stopping') this.#afterDeath({ listened, ms, code, signal });
    });
  }

  #afterDeath(life: {
    listened: boolean;
    ms: number;
    code: number | null;
    signal: NodeJS.Signals | null;
  }): void {
    const { next, delayMs } = afterDeath(this.#restart, { ...life, bySignal: life.signal !== null });
    this.#restart = next;
    if (delayMs === 'give-up') {
      this.#state = 'given-up';
      const why = [...new Set(this.#lastWords)].join('\n') || `it ended with code ${life.code}`;
      this.emit('gaveUp', new ChildFailed(`${this.name} cannot be started: ${why}`));
      return;
    }
    this.#state = 'waiting';
    this.#timer = setTimeout(() => this.#spawn(), delayMs);
    this.emit('died', { code: life.code, signal: life.signal, delayMs });
  }

  #remember(words: string): void {
    this.#lastWords.push(words);
    if (this.#lastWords.length > 20) this.#lastWords.shift();
  }
}
