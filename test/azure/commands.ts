/** Runs the command-line tools that test:azure is made of, each to its end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface CommandOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Ends the command, and what it started, when it comes. Without it the command is left to end by itself. */
  until?: AbortSignal;
}

/** What a shell answers for a command that is not there. */
export const NOT_FOUND = 127;
const KILLED = 130;

function start(name: string, args: readonly string[], output: 'inherit' | 'pipe', options: CommandOptions) {
  const { cwd, env, until } = options;
  const child = spawn(name, args, {
    cwd,
    env,
    stdio: ['ignore', output, output],
    // A group of its own: Ctrl-C stops no deployment half-way, since the terminal does not tell it.
    detached: true,
  });
  const stop = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It has just ended.
    }
  };
  until?.addEventListener('abort', stop, { once: true });
  if (until?.aborted) stop();
  const ended = once(child, 'close')
    .then(
      ([code]) => (code as number | null) ?? KILLED,
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? NOT_FOUND : 1),
    )
    .finally(() => until?.removeEventListener('abort', stop));
  return { child, ended };
}

/** What it prints goes where ours goes. @returns its exit code. */
export const run = (name: string, args: readonly string[], options: CommandOptions): Promise<number> =>
  start(name, args, 'inherit', options).ended;

/** @returns its exit code, and what it printed. */
export async function ask(
  name: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<{ code: number; out: string; err: string }> {
  const { child, ended } = start(name, args, 'pipe', options);
  const [code, out, err] = await Promise.all([ended, text(child.stdout!), text(child.stderr!)]);
  return { code, out, err };
}
