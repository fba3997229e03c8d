/** What the unfinished run of a data folder was started with, so that the next start goes on with it and makes no second one. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';

export interface Session {
  /** Path and digest of the sources. */
  sources: { file: string; digest: string };
  simulated: boolean;
  /** Size and seed of the simulated world. */
  repos: number;
  seed: number;
  /** Digest of the events ordered from the start, which make it another world; absent without any. */
  events?: string;
  /** Sent with the request for the run: written down before, so that a crash between request and answer makes no second run. */
  idempotencyKey?: string;
}

/** Undefined when there is none, or when it was cut by a crash of the machine. */
export function readSession(file: string): Session | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Session;
  } catch {
    return undefined;
  }
}

/** On the disk when this returns. */
export function writeSession(file: string, session: Session): void {
  const part = `${file}.part`;
  const descriptor = openSync(part, 'w');
  writeSync(descriptor, `${JSON.stringify(session, null, 2)}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(part, file);
}

/** The run is at its end: the next start makes a new one. */
export function endSession(file: string): void {
  rmSync(file, { force: true });
}

/** How two sessions differ, in words for the user; empty when the second can go on with the first. */
export function differences(before: Session, now: Session): string[] {
  const list: string[] = [];
  if (before.sources.digest !== now.sources.digest)
    list.push(
      before.sources.file === now.sources.file
        ? `--sources: ${now.sources.file} has changed since`
        : `--sources: it has those of ${before.sources.file}, not of ${now.sources.file}`,
    );
  if (before.simulated !== now.simulated)
    list.push(
      before.simulated
        ? 'it reads the simulated GitHub, not the real one'
        : 'it reads the real GitHub, not the simulated one',
    );
  if (before.simulated && now.simulated && before.repos !== now.repos)
    list.push(`--repos: it has ${before.repos}, not ${now.repos}`);
  if (before.simulated && now.simulated && before.seed !== now.seed)
    list.push(`Simulator_Seed: it has ${before.seed}, not ${now.seed}`);
  if (before.simulated && now.simulated && before.events !== now.events)
    list.push('--faults: the events of its world are others');
  return list;
}
