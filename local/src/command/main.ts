/** Runs the command and turns what it comes to into text and exit code. */
import { enableCompileCache } from 'node:module';
import { COMPILE_CACHE } from '../platform/compile-cache.ts';
import { UserError } from '../platform/user-error.ts';
import { readArguments, type Arguments } from './arguments.ts';
import { HELP } from './help.ts';

/** Each command is loaded when it is asked for. */
async function run(options: Arguments): Promise<number> {
  switch (options.command) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'start':
      return options.estimate
        ? (await import('./estimate.ts')).estimate(options)
        : (await import('./start.ts')).start(options);
    case 'serve':
      return (await import('./serve.ts')).serve(options);
    case 'truth':
      return (await import('./truth.ts')).truth(options);
    case 'restore':
      return (await import('./restore.ts')).restore(options);
    case 'query':
      return (await import('./query.ts')).query(options);
    case 'deadletters':
      return (await import('./dead-letters.ts')).deadLetters(options);
  }
}

const messages = (error: unknown): string =>
  error instanceof Error
    ? [error.message, ...(error.cause === undefined ? [] : [messages(error.cause)])].join(': ')
    : String(error);

/** Exit code 0 done, 1 not done, 2 the user's arguments, settings, sources or data folder; 130 Ctrl-C. */
export async function main(argv: readonly string[]): Promise<void> {
  let code: number;
  enableCompileCache(COMPILE_CACHE);
  // Whoever reads the output may stop reading (`| head`): the run goes on to its end all the same.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    code = await run(readArguments(argv));
  } catch (error) {
    code = error instanceof UserError ? 2 : 1;
    console.error(error instanceof UserError ? error.message : `It did not work: ${messages(error)}`);
  }
  // Exits as soon as the output is out, whatever timers or sockets are left.
  process.stdout.write('', () => process.exit(code));
}
