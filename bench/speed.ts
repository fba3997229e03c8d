/** How often something can be done in a second, by a client in this process, with what it takes of the server's processor time. */
import { processorTime } from './process-times.ts';

export interface Operation {
  name: string;
  /** Makes what one round needs; not measured. */
  prepare?: () => Promise<void>;
  /** Does it once more. @returns how many messages, documents or answers that were. */
  once: () => Promise<number>;
  /** Per second, in the fastest round: about a third of what two cores for the bench alone were seen to do. */
  atLeast: number;
}

export interface Speed {
  name: string;
  atLeast: number;
  /** Per second: the median of the rounds. */
  perSecond: number;
  slowest: number;
  fastest: number;
  /** Microseconds of the server's processor time for each, in the median round. */
  server: number;
}

const MICROSECONDS = 1_000;

interface Round {
  perSecond: number;
  server: number;
}

async function round({ prepare, once }: Operation, ms: number, server: number): Promise<Round> {
  await prepare?.();
  const processor = processorTime(server);
  const began = performance.now();
  let done = 0;
  while (performance.now() - began < ms) done += await once();
  const elapsed = performance.now() - began;
  return {
    perSecond: (1_000 * done) / elapsed,
    server: (MICROSECONDS * (processorTime(server) - processor)) / done,
  };
}

/**
 * Each operation for so many rounds, and one before that is not counted.
 * @param ms of a round. @param server its process id.
 */
export async function measure(
  operations: readonly Operation[],
  { rounds, ms, server }: { rounds: number; ms: number; server: number },
): Promise<Speed[]> {
  const speeds: Speed[] = [];
  for (const operation of operations) {
    await round(operation, ms / 2, server);
    const found: Round[] = [];
    for (let n = 0; n < rounds; n++) found.push(await round(operation, ms, server));
    found.sort((a, b) => a.perSecond - b.perSecond);
    const { name, atLeast } = operation;
    const middle = found[Math.floor(rounds / 2)]!;
    const [slowest, fastest] = [found[0]!.perSecond, found.at(-1)!.perSecond];
    speeds.push({ name, atLeast, ...middle, slowest, fastest });
  }
  return speeds;
}
