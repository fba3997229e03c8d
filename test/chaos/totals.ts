/** What many chaos runs held together, to be quoted in a line. */
import type { ChaosResult } from './run-plan.ts';

type Counts = Record<string, number>;

const sum = (counts: Counts, which: (name: string) => boolean = () => true): number =>
  Object.entries(counts).reduce((n, [name, count]) => (which(name) ? n + count : n), 0);
/** Labels of faults end in what was answered: `cosmos 503`, `sinks reset after`. */
const answers =
  (status: string) =>
  (name: string): boolean =>
    name === status || name.endsWith(` ${status}`);
const is429 = answers('429');
const is503 = answers('503');
/** Of GitHub: whatever else a 200 says. */
const isGood = (name: string): boolean => name === '200';
const isKill = (name: string): boolean => / kill( |$)/.test(name);
const isFullDisk = (name: string): boolean => name.endsWith(' disk-full');
/** Carried out, and answered or delivered late. */
const isLate = (name: string): boolean => name.endsWith('Ms');

/** By what it is; the seconds are those of the runs, one after the other. */
export function totalsOf(results: readonly Pick<ChaosResult, 'done' | 'seconds'>[]): Counts {
  const over = (count: (done: ChaosResult['done']) => number): number =>
    results.reduce((n, { done }) => n + count(done), 0);
  /** Of the platform and of GitHub alike. */
  const replies = (which: (name: string) => boolean): number =>
    over(({ faults, githubReplies }) => sum(faults, which) + sum(githubReplies, which));
  return {
    kills: over(({ kills }) => sum(kills)),
    'of them at a crash point': over(({ faults }) => sum(faults, isKill)),
    freezes: over((d) => d.freezes),
    'copies of messages': over((d) => d.repeated),
    'messages delivered again': over((d) => d.redelivered),
    '429s': replies(is429),
    '503s': replies(is503),
    'other refused or broken answers': replies(
      (name) => ![is429, is503, isGood, isKill, isLate, isFullDisk].some((other) => other(name)),
    ),
    'late answers and deliveries': replies(isLate),
    'writes throttled': over((d) => d.throttled),
    outages: over((d) => d.outages),
    'clock jumps': over((d) => d.clockJumps),
    'leases stolen': over((d) => d.leasesStolen),
    'second instances': over((d) => d.secondInstances),
    'full disks': over((d) => d.disksFull),
    'writes refused by a full disk': over(({ faults }) => sum(faults, isFullDisk)),
    'changes of the world': over((d) => d.worldChanges),
    reruns: over((d) => d.reruns),
    'messages nobody can understand': over((d) => d.garbage),
    seconds: Math.round(results.reduce((n, { seconds }) => n + seconds, 0)),
  };
}
