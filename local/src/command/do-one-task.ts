/** Starts the platform for one task, and takes it down again however that ends. */
import type { Supervisor } from '../platform/supervisor.ts';
import { aborted, onInterrupt } from './interrupt.ts';
import { sayPorts, type Prepared } from './start-up.ts';

/**
 * @param stopped what is said when Ctrl-C or its kin ended it.
 * @returns the exit code: the task's, or that of the signal.
 */
export async function doOneTask(
  { data }: Prepared,
  supervisor: Supervisor,
  task: (signal: AbortSignal) => Promise<number>,
  stopped: string,
): Promise<number> {
  const interruption = onInterrupt(() => supervisor.killAll());
  const { signal } = interruption;
  try {
    await Promise.race([supervisor.start(), aborted(signal)]);
    sayPorts(supervisor);
    return await task(signal);
  } catch (error) {
    const code = interruption.exitCode();
    if (code === undefined) throw error;
    console.log(`\n${stopped}`);
    return code;
  } finally {
    await supervisor.stop();
    data.release();
    interruption.end();
  }
}
