/** `start --estimate`: tells what a run would be, and makes none. */
import { estimateText } from './estimate-text.ts';
import { doOneTask } from './do-one-task.ts';
import { requestEstimate } from './request-estimate.ts';
import { prepare, sayGithub, supervisorOf } from './start-up.ts';
import type { Arguments } from './arguments.ts';

/** The scheduler alone, its timers off: what is unfinished in the data folder stays so. */
const APP = 'scheduler';
const NO_TIMERS = { 'AzureWebJobs.schedule.Disabled': 'true', 'AzureWebJobs.sweep.Disabled': 'true' };

/** @returns the exit code. @throws UserError for what the user can put right. */
export async function estimate(options: Arguments): Promise<number> {
  const prepared = await prepare(options);
  sayGithub(prepared);
  const supervisor = supervisorOf(prepared, { [APP]: NO_TIMERS }, APP);
  const tell = async (signal: AbortSignal): Promise<number> => {
    const api = `http://127.0.0.1:${supervisor.ports.scheduler}`;
    const found = await requestEstimate(api, prepared.sources.value, signal);
    console.log(`\n${estimateText(found)}`);
    if (options.json) console.log(JSON.stringify(found));
    return 0;
  };
  return doOneTask(prepared, supervisor, tell, 'Stopped.');
}
