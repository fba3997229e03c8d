/** Ctrl-C and its kin: the first asks for an orderly stop, the second ends everything at once. */

export interface Interruption {
  /** Aborts at the first signal. */
  signal: AbortSignal;
  /** The exit code that the signal stands for (130 for Ctrl-C); undefined before it came. */
  exitCode(): number | undefined;
  /** Stops listening. */
  end(): void;
}

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof CODES;

/** @param killAll called at the second signal, right before the process exits. */
export function onInterrupt(killAll: () => void): Interruption {
  const controller = new AbortController();
  let code: number | undefined;
  const handle = (signal: NodeJS.Signals): void => {
    if (code !== undefined) {
      killAll();
      process.exit(code);
    }
    code = CODES[signal as Signal];
    controller.abort(new Error(`stopped by ${signal}`));
  };
  for (const signal of Object.keys(CODES) as Signal[]) process.on(signal, handle);
  return {
    signal: controller.signal,
    exitCode: () => code,
    end: () => {
      for (const signal of Object.keys(CODES) as Signal[]) process.off(signal, handle);
    },
  };
}

/** Rejects when the signal aborts, and never resolves. */
export const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
