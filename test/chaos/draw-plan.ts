/** Draws a plan from a seed: the same seed and size, the same plan. */
import { textHash, uniform } from '@github-repo-stats/local/github/hash';
import type { FaultOrdered } from '@github-repo-stats/local/github/order-schema';
import type { QueueName } from '@github-repo-stats/shared/topology';
import { PROCESSES, type Action, type ChaosPlan, type Step } from './plan.ts';

const KIND = textHash('chaos');
const OWNERS = ['acme', 'globex', 'initech', 'umbrella'];
const QUEUE_NAMES: QueueName[] = ['resolve', 'fetch', 'write'];
const FAILURES = ['not-found', 'forbidden', 'saml', 'ip-allow-list'] as const;

/** Chance in the words of a plan. */
class Dice {
  readonly #seed: number;
  #throws = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }
  /** From [low, high), whole. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low));
  }
  /** From [low, high), to two digits. */
  seconds(low: number, high: number): number {
    return Number((low + this.#next() * (high - low)).toFixed(2));
  }
  often(share: number): boolean {
    return this.#next() < share;
  }
  oneOf<T>(list: readonly T[]): T {
    return list[this.whole(0, list.length)]!;
  }
  #next(): number {
    return uniform(this.#seed, KIND, this.#throws++);
  }
}

/** What GitHub is told to answer; limits are told in whole real seconds, so they are short. */
function githubFaults(dice: Dice): FaultOrdered[] {
  const times = dice.whole(1, 5);
  return dice.oneOf<() => FaultOrdered[]>([
    () => [
      { fault: { secondaryLimit: { retryAfter: 1, status: dice.oneOf([200, 403, 429] as const) } }, times },
    ],
    () => [{ fault: { rateLimit: { resetAfter: 1 } }, times: 1 }],
    () => [{ fault: { status: dice.oneOf([500, 502, 503]) }, times }],
    () => [{ fault: dice.oneOf(['reset', 'cut-body', 'not-json', 'empty'] as const), times }],
    () => [
      { fault: dice.oneOf(['timeout-502', 'timeout-json', 'timeout-504', 'timeout-200'] as const), times },
    ],
    () => [{ fault: 'hang', times: 1 }],
    () => [{ fault: { delay: dice.seconds(0.1, 0.4) }, times }],
    () => [{ fault: { nulls: { share: 0.2 } }, kind: 'stats', times: 1 }],
    () => [{ fault: { resourceLimits: { share: 0.2 } }, kind: 'stats', times: 1 }],
  ])();
}

function action(dice: Dice, repositories: number): Action {
  const chance = dice.whole(0, 100);
  if (chance < 40) return { do: 'kill', process: dice.oneOf(PROCESSES) };
  if (chance < 43) return { do: 'kill-all' };
  // Past the lock of a delivery (60 s of the scaled ones), and short of it.
  if (chance < 55) return { do: 'freeze', process: dice.oneOf(PROCESSES), seconds: dice.seconds(0.1, 4.5) };
  if (chance < 73) return { do: 'github', faults: githubFaults(dice) };
  if (chance < 78)
    return { do: 'refuse-notices', status: dice.oneOf([429, 500, 503]), times: dice.whole(1, 4) };
  if (chance < 91)
    return {
      do: 'repeat',
      queue: dice.oneOf(QUEUE_NAMES),
      messages: dice.whole(1, 20),
      late: dice.often(0.5) ? 0 : dice.seconds(0.5, 6),
    };
  if (chance < 93) return { do: 'send-garbage', queue: dice.oneOf(QUEUE_NAMES) };
  return {
    do: 'world',
    event: dice.oneOf(['rename', 'delete', 'change', 'archive'] as const),
    repository: dice.whole(0, repositories),
  };
}

export function drawPlan(seed: number, repositories: number): ChaosPlan {
  const dice = new Dice(seed);
  const credentials = dice.often(0.4) ? 2 : 1;
  const batch = dice.oneOf([5, 10, 20, 40]);
  const batches = Math.ceil(repositories / batch);
  const places: Step['after']['entry'][] = ['page planned', 'batch fetched', 'batch written'];
  const after = (): Step['after'] => {
    const entry = dice.oneOf(places);
    const most = entry === 'page planned' ? Math.ceil(repositories / 100) : Math.ceil(batches * 0.8);
    return { entry, times: dice.whole(1, most + 1) };
  };
  const steps: Step[] = Array.from({ length: dice.whole(8, 17) }, () => ({
    after: after(),
    action: action(dice, repositories),
  }));
  if (credentials === 2 && dice.often(0.5)) steps.push({ after: after(), action: { do: 'revoke' } });
  if (dice.often(0.5))
    steps.push({
      after: { entry: 'run started', times: 1 },
      action: { do: 'kill', process: dice.oneOf(['scheduler', 'resolver', 'reporter'] as const) },
    });
  if (dice.often(0.4))
    steps.push({ after: { entry: 'run ended', times: 1 }, action: { do: 'kill', process: 'reporter' } });
  if (dice.often(0.4)) steps.push({ after: { entry: 'run ended', times: 1 }, action: { do: 'rerun' } });
  return {
    seed,
    repositories,
    owners: OWNERS.slice(0, dice.whole(1, OWNERS.length + 1)),
    credentials,
    batch,
    ...(dice.often(0.4) && { throughput: dice.oneOf([1500, 3000]) }),
    durationScale: 0.05,
    failing: Array.from({ length: dice.whole(0, 6) }, () => ({
      repository: dice.whole(0, repositories),
      failure: dice.oneOf(FAILURES),
    })),
    steps,
  };
}
