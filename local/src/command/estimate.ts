/** `start --estimate`: tells what a run would be, and makes none. */
import { estimateText } from './estimate-text.ts';
import { aborted, onInterrupt } from './interrupt.ts';
import { requestEstimate } from './request-estimate.ts';
import { prepare, sayGithub, sayPorts, supervisorOf } from './start-up.ts';
import type { Arguments } from './arguments.ts';

/** The scheduler alone, its timers off: what is unfinished in the data folder stays so. */
const APP = 'scheduler';
const NO_TIMERS = { 'AzureWebJobs.schedule.Disabled': 'true', 'AzureWebJobs.sweep.Disabled': 'true' };

/** @returns the exit code. @throws UserError for what the user can put right. */
export async function estimate(options: Arguments): Promise<number> {
  const prepared = await prepare(options);
  sayGithub(prepared);
  const supervisor = supervisorOf(prepared, { [APP]: NO_TIMERS }, APP);
  const interruption = onInterrupt(() => supervisor.killAll());
  const { signal } = interruption;
  try {
    await Promise.race([supervisor.start(), aborted(signal)]);
    sayPorts(supervisor);
    const api = `http://127.0.0.1:${supervisor.ports.scheduler}`;
    const found = await requestEstimate(api, prepared.sources.value, signal);
    console.log(`\n${estimateText(found)}`);
    if (options.json) console.log(JSON.stringify(found));
    return 0;
  } catch (error) {
    const code = interruption.exitCode();
    if (code === undefined) throw error;
    console.log('\nStopped.');
    return code;
  } finally {
    await supervisor.stop();
    prepared.data.release();
    interruption.end();
  }
}
