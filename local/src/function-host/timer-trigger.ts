// The timerTrigger: one run at a time, missed occurrences made up for at start, retry policy between.
import path from 'node:path';
import { messageOf } from './problems.ts';
import { readRetryPolicy, withRetries, type RetryPolicy } from './retry-policy.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import { createTimerMonitor, type TimerMonitor } from './timer-monitor.ts';
import {
  requiredText,
  type RunningTrigger,
  type StartTrigger,
  type TriggerRuntime,
  type TriggerSetup,
} from './trigger.ts';

/** Setting that names the folder for what the host itself must remember. */
const STATE_DIR = 'LOCAL_STATE_DIR';
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;
const MINUTE_MS = 60_000;

interface TimerOptions {
  schedule: Schedule;
  runOnStartup: boolean;
  useMonitor: boolean;
  retry: RetryPolicy | undefined;
  stateFile: string | undefined;
}

/** A timer that can also be run by hand (Azure: POST /admin/functions/<name>). */
export interface RunningTimer extends RunningTrigger {
  runNow(): void;
}

export function prepareTimerTrigger(setup: TriggerSetup, appName: string): StartTrigger {
  const { binding, fn, settings, report } = setup;
  const text = requiredText(setup, 'schedule');
  let schedule: Schedule = { next: (after) => after };
  try {
    schedule = parseSchedule(text);
  } catch (error) {
    report(`the timer trigger cannot be used: ${messageOf(error)}.`);
  }
  const now = new Date();
  const soon = schedule.next(now);
  const useMonitor = binding['useMonitor'] ?? schedule.next(soon).getTime() - soon.getTime() >= MINUTE_MS;
  const stateDir = settings[STATE_DIR];
  const options: TimerOptions = {
    schedule,
    runOnStartup: binding['runOnStartup'] === true,
    useMonitor: useMonitor === true,
    retry: readRetryPolicy(fn.metadata.retryOptions, report),
    stateFile:
      stateDir === undefined
        ? undefined
        : path.join(stateDir, 'timers', `${appName}.${fn.metadata.name}.json`),
  };
  return (runtime) => startTimer(options, runtime);
}

function startTimer(options: TimerOptions, runtime: TriggerRuntime): RunningTimer {
  const { schedule, useMonitor } = options;
  const stopping = new AbortController();
  const monitor = useMonitor ? createTimerMonitor(options.stateFile, schedule, new Date()) : undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  /** Runs after whatever runs already: a timer never overlaps itself. */
  function run(isPastDue: boolean, occurrence: (now: Date) => Date): Promise<void> {
    running = running.then(async () => {
      if (stopping.signal.aborted) return;
      const startedAt = new Date();
      const data = { json: JSON.stringify(timerInfo(monitor, isPastDue)) };
      await withRetries(options.retry, stopping.signal, (retryContext) =>
        runtime.invoke({ data, ...(retryContext && { retryContext }) }),
      ).catch(() => undefined); // logged by the invoker; the next occurrence comes all the same
      monitor?.ran(occurrence(startedAt), new Date());
    });
    return running;
  }

  function scheduleNext(): void {
    if (stopping.signal.aborted) return;
    const due = schedule.next(new Date());
    waitUntil(due, () => {
      void run(false, () => due).then(scheduleNext);
    });
  }

  function waitUntil(due: Date, fire: () => void): void {
    const left = due.getTime() - Date.now();
    if (left <= 0) fire();
    else timer = setTimeout(() => waitUntil(due, fire), Math.min(left, LONGEST_TIMEOUT_MS));
  }

  if (monitor?.pastDue === true || options.runOnStartup) {
    const reason = monitor?.pastDue ? 'The timer is past due; executing now' : 'The timer runs on start-up';
    runtime.logger.host('information', reason, {}, { function: runtime.functionName });
    void run(monitor?.pastDue === true, (now) => now).then(scheduleNext);
  } else {
    scheduleNext();
  }
  return {
    runNow: () => void run(false, (now) => now),
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
    close: () => Promise.resolve(),
  };
}

function timerInfo(monitor: TimerMonitor | undefined, isPastDue: boolean): object {
  const status = monitor?.status;
  const scheduleStatus = status && {
    Last: status.last?.toISOString() ?? '0001-01-01T00:00:00+00:00',
    Next: status.next.toISOString(),
    LastUpdated: status.lastUpdated.toISOString(),
  };
  return { Schedule: { AdjustForDST: true }, ScheduleStatus: scheduleStatus ?? null, IsPastDue: isPastDue };
}
