/** The processor time of processes and of what they started, as Linux tells it. */
import { readdirSync, readFileSync } from 'node:fs';

const NANOSECONDS_PER_MS = 1_000_000;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has ended.
    return undefined;
  }
}

/** Milliseconds of all threads that are alive, to the microsecond: what /proc/<pid>/stat says is counted in steps of 10 ms. */
export function processorTime(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const [ran = '0'] = (read(`/proc/${pid}/task/${thread}/schedstat`) ?? '').split(' ');
    return Number(ran);
  });
  return nanoseconds.reduce((a, b) => a + b, 0) / NANOSECONDS_PER_MS;
}

/** The parent is the second field after the name, which may hold anything. */
function parentOf(pid: number): number | undefined {
  const [, fields = ''] = /\)(.*)$/s.exec(read(`/proc/${pid}/stat`) ?? '') ?? [];
  const [, parent] = fields.trim().split(' ');
  return parent === undefined ? undefined : Number(parent);
}

/** A process and all that it started, directly or not, by id, with their command lines. */
export function processTree(root: number): Map<number, string> {
  const running = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  const parents = new Map(running.map((pid) => [pid, parentOf(pid)]));
  const isBelow = (pid: number | undefined): boolean =>
    pid === root || (pid !== undefined && isBelow(parents.get(pid)));
  const command = (pid: number): string => (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim();
  return new Map(running.filter(isBelow).map((pid) => [pid, command(pid)]));
}
