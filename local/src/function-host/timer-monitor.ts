// Remembers on disk when a timer last ran and is due next, so that an occurrence missed while the host was down is made up for.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Schedule } from './schedule.ts';

/** As in the blob `timers/…/status` of Azure. `last` is absent until the first run. */
export interface ScheduleStatus {
  last?: Date;
  next: Date;
  lastUpdated: Date;
}

export interface TimerMonitor {
  status: ScheduleStatus;
  /** True when `status.next` had passed when the host started. */
  pastDue: boolean;
  /** Stores that the timer ran for the occurrence. */
  ran(occurrence: Date, now: Date): void;
}

/** @param file where the status is kept; undefined keeps it in memory only */
export function createTimerMonitor(file: string | undefined, schedule: Schedule, now: Date): TimerMonitor {
  const stored = file === undefined ? undefined : readStatus(file);
  let status: ScheduleStatus;
  let pastDue = false;
  if (stored && stored.next.getTime() === schedule.next(stored.last ?? stored.lastUpdated).getTime()) {
    status = stored;
    pastDue = now > stored.next;
  } else {
    // Never ran, or its schedule is another one now: nothing can have been missed.
    status = { next: schedule.next(now), lastUpdated: now };
    save();
  }

  function save(): void {
    if (file === undefined) return;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, JSON.stringify(status));
    renameSync(`${file}.new`, file);
  }

  return {
    get status() {
      return status;
    },
    pastDue,
    ran(occurrence, at) {
      status = { last: occurrence, next: schedule.next(occurrence), lastUpdated: at };
      save();
    },
  };
}

function readStatus(file: string): ScheduleStatus | undefined {
  try {
    const { last, next, lastUpdated } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    if (next === undefined || lastUpdated === undefined) return undefined;
    const status = { next: new Date(next), lastUpdated: new Date(lastUpdated) };
    return last === undefined ? status : { ...status, last: new Date(last) };
  } catch {
    // Absent, or cut off by a crash: as if the timer had never run.
    return undefined;
  }
}
